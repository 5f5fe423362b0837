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

    /// With another key each time.
    @Test func strangersDoNotFillTheLog() {
        var keys = RefusedKeys()
        for number in 0..<RefusedKeys.lineLimit {
            #expect(keys.isNews(.unknownAgent, of: key(number), at: time(0)) == true)
        }
        #expect(keys.deadline == nil)
        #expect(keys.takeReport(at: time(59)) == nil)
        // Many more than are told apart.
        let more = 2 * RefusedKeys.limit
        for number in 0..<more {
            #expect(keys.isNews(.unknownAgent, of: key(1_000_000 + number), at: time(1)) == false)
        }
        #expect(keys.hasLine(at: time(59)) == false)
        #expect(keys.deadline == time(60))
        #expect(keys.takeReport(at: time(59)) == nil)
        #expect(keys.takeReport(at: time(60)) == UInt64(more) + 1)
        #expect(keys.takeReport(at: time(60)) == nil)
        #expect(keys.deadline == nil)
        #expect(keys.hasLine(at: time(60)) == true)
    }
}
