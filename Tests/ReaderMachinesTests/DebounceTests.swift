// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

@Suite struct DebounceTests {
    static let start = MonotonicTime(nanoseconds: 0)

    @Test func aHeldBadgePassesOnce() {
        var debounce = Debounce()
        #expect(debounce.check(badge(1), from: "left", at: Self.start) == .pass)
        for step in 1...200 {
            let now = Self.start + .milliseconds(50 * step)
            #expect(debounce.check(badge(1), from: "left", at: now) == .duplicate(step))
        }
        let last = Self.start + .seconds(10)
        #expect(debounce.check(badge(1), from: "left", at: last + .milliseconds(1999)) == .duplicate(201))
        #expect(debounce.check(badge(1), from: "left", at: last + .milliseconds(3999)) == .pass)
    }

    @Test func otherBadgesAndOtherReadersAreNeverHeldBack() {
        var debounce = Debounce()
        #expect(debounce.check(badge(1), from: "left", at: Self.start) == .pass)
        #expect(debounce.check(badge(2), from: "left", at: Self.start) == .pass)
        #expect(debounce.check(badge(1), from: "right", at: Self.start) == .pass)
        #expect(debounce.check(badge(1), from: "left", at: Self.start) == .duplicate(1))
    }

    @Test func aBadgeThatWasAskedForOnceMorePassesOnceItWasTakenAway() {
        var debounce = Debounce()
        #expect(debounce.check(badge(1), from: "left", at: Self.start) == .pass)
        #expect(debounce.check(badge(1), from: "right", at: Self.start) == .pass)
        debounce.expectAgain(at: "left")
        for step in 1...8 {
            let now = Self.start + .milliseconds(100 * step)
            #expect(debounce.check(badge(1), from: "left", at: now) == .duplicate(step), "it is still held")
        }
        let again = Self.start + .milliseconds(1300)
        #expect(debounce.check(badge(1), from: "right", at: again) == .duplicate(1), "only at that reader")
        #expect(debounce.check(badge(1), from: "left", at: again) == .pass)
        #expect(debounce.check(badge(1), from: "left", at: again + .seconds(1)) == .duplicate(1), "only once")
    }

    @Test func theTableIsBounded() {
        var limits = Debounce.Limits()
        limits.entries = 3
        var debounce = Debounce(limits: limits)
        for number in 1...4 { #expect(debounce.check(badge(number), from: "left", at: Self.start) == .pass) }
        #expect(debounce.check(badge(4), from: "left", at: Self.start) == .duplicate(1))
        #expect(debounce.check(badge(2), from: "left", at: Self.start) == .duplicate(1))
        #expect(debounce.check(badge(1), from: "left", at: Self.start) == .pass)
    }

    private func badge(_ number: Int) -> RawRead {
        RawRead(technology: .em4100, bits: BitString(value: UInt128(number), count: 40)!)
    }
}
