// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LabRuntime
import Testing

/// The small form of `make canary`: no number, PIN or document in logs, store, spool, journal or on the wire.
@Suite(.timeLimit(.minutes(3))) struct CanaryTests {
    @Test func noSecretLeavesItsCage() throws {
        guard getuid() == 0 else {
            print("SKIPPED: noSecretLeavesItsCage: capturing the release port needs root")
            return
        }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = root.appending(path: "Simulators/Canary/canary.py").path
        let (run, pipe) = (Process(), Pipe())
        run.executableURL = URL(filePath: "/usr/bin/python3")
        run.arguments = [script, try Programs(folder: nil).folder, "--reads", "200"]
        (run.standardOutput, run.standardError) = (pipe, pipe)
        try run.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        run.waitUntilExit()
        #expect(run.terminationStatus == 0 && output.contains("no canary left its cage"), "\(output)")
    }
}
