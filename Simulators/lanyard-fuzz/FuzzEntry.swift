// SPDX-License-Identifier: Apache-2.0

import Fuzz
import Glibc

private let target = getenv("LANYARD_FUZZ_TARGET").flatMap { FuzzTarget(rawValue: String(cString: $0)) }

/// libFuzzer's own name for it: its library refers to it. A rule that does not hold ends the process like a trap.
@_cdecl("LLVMFuzzerTestOneInput")
package func LLVMFuzzerTestOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    do throws(Finding) {
        try target?.check(Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
        let text = "FINDING: \(error)\n"
        _ = text.withCString { Glibc.write(2, $0, strlen($0)) }
        abort()
    }
    return 0
}
