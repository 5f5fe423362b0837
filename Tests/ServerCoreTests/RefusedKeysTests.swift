// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire
import Testing

@testable import ServerCore

struct RefusedKeysTests {
    private func key(_ number: Int) -> KeyHash {
        KeyHash(checked: [UInt8](repeating: 0, count: 24) + UInt64(number).bigEndianBytes)
    }

    private func time(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    @Test func aKeyIsNewsOnceAMinuteAndForEachReason() {
        var keys = RefusedKeys()
        #expect(keys.isNews(.notApproved, of: key(1), at: time(0)) == true)
        #expect(keys.isNews(.notApproved, of: key(1), at: time(3)) == false)
        #expect(keys.isNews(.notApproved, of: key(2), at: time(3)) == true)
        #expect(keys.isNews(.notApproved, of: key(1), at: time(59)) == false)
        #expect(keys.isNews(.notApproved, of: key(1), at: time(60)) == true)
        #expect(keys.isNews(.revoked, of: key(1), at: time(61)) == true)
    }

    @Test func strangersDoNotFillIt() {
        var keys = RefusedKeys()
        for number in 0..<RefusedKeys.limit {
            #expect(keys.isNews(.unknownAgent, of: key(number), at: time(0)) == true)
        }
        #expect(keys.isNews(.unknownAgent, of: key(0), at: time(1)) == false)
        // One more than are told apart: all begin anew.
        #expect(keys.isNews(.unknownAgent, of: key(RefusedKeys.limit), at: time(1)) == true)
        #expect(keys.isNews(.unknownAgent, of: key(0), at: time(1)) == true)
        #expect(keys.isNews(.unknownAgent, of: key(RefusedKeys.limit), at: time(2)) == false)
    }
}
