// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import Testing

@testable import ServerCore

struct OpeningRatesTests {
    private func key(_ number: Int) -> KeyHash {
        KeyHash(checked: [UInt8](repeating: 0, count: 24) + UInt64(number).bigEndianBytes)
    }

    private let now = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test func aKeyHasSoManyAtOnceAndThenOneAnInterval() {
        var rates = OpeningRates()
        for _ in 0..<OpeningRates.rate.burst { #expect(rates.wait(of: key(1), at: now) == nil) }
        #expect(rates.wait(of: key(1), at: now) == OpeningRates.rate.interval)
        #expect(rates.wait(of: key(2), at: now) == nil)
        let later = now + OpeningRates.rate.interval
        #expect(rates.wait(of: key(1), at: now + .milliseconds(500)) == OpeningRates.rate.interval - .milliseconds(500))
        #expect(rates.wait(of: key(1), at: later) == nil)
        #expect(rates.wait(of: key(1), at: later) == OpeningRates.rate.interval)
        // Whoever rests has all of them again.
        let rested = later + OpeningRates.rate.interval * OpeningRates.rate.burst
        for _ in 0..<OpeningRates.rate.burst { #expect(rates.wait(of: key(1), at: rested) == nil) }
        #expect(rates.wait(of: key(1), at: rested) != nil)
    }

    @Test func strangersDoNotFillIt() {
        var rates = OpeningRates()
        for number in 0..<OpeningRates.limit { #expect(rates.wait(of: key(number), at: now) == nil) }
        #expect(rates.keyCount == OpeningRates.limit)
        let later = now + OpeningRates.rate.interval
        for _ in 0..<3 { #expect(rates.wait(of: key(7), at: later) == nil) }
        // The others have rested, this one has not.
        #expect(rates.wait(of: key(OpeningRates.limit), at: later) == nil)
        #expect(rates.keyCount == 2)
    }
}
