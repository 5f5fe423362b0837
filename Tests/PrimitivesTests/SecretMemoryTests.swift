// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@Suite struct SecretMemoryTests {
    @Test func overwritingLeavesOtherHoldersAlone() {
        var bytes: [UInt8] = Array(1...64)
        let kept = bytes
        bytes.overwrite()
        #expect(bytes == [UInt8](repeating: 0, count: 64) && kept == Array(1...64))
        var empty: [UInt8] = []
        empty.overwrite()
        #expect(empty == [])
    }

    @Test func whatWasRevealedOutlivesItsSecret() {
        let revealed = { SecretBytes(Array("4711".utf8)).revealed }()
        #expect(revealed == Array("4711".utf8))
        let digits = Array("0815".utf8)
        do { _ = SecretBytes(digits) }
        #expect(digits == Array("0815".utf8))
    }
}
