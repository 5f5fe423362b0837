// SPDX-License-Identifier: Apache-2.0

import Glibc
import LabRuntime
import Testing

/// The small form of `make canary`: no number, PIN or document in logs, store, spool, journal or on the wire.
@Suite(.timeLimit(.minutes(10))) struct CanaryTests {
    private static var isRoot: Bool {
        if getuid() != 0 { print("SKIPPED: noSecretLeavesItsCage: capturing the release port needs root") }
        return getuid() == 0
    }

    @Test(.enabled(if: isRoot)) func noSecretLeavesItsCage() throws {
        let script = try Script(
            """
            python3 "$(dirname "$DOCUMENT")/../Canary/canary.py" "$(dirname "$LAB")" --reads 200 > output 2>&1
            """, on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 0, "\(script.text("output"))")
        #expect(script.text("output").contains("no canary left its cage"))
    }
}
