// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import Testing

struct TokenBucketTests {
    private static let rate = TokenBucket.Rate(burst: 3, interval: .seconds(10))

    private func at(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: (1000 + seconds) * 1_000_000_000) }

    @Test func soManyAreThereAtOnceAndOneMoreEachInterval() {
        var bucket = TokenBucket()
        #expect(bucket.isFull(at: at(0)))
        for _ in 0..<3 {
            #expect(bucket.wait(Self.rate, at: at(0)) == nil)
            bucket.take(Self.rate, at: at(0))
        }
        #expect(bucket.wait(Self.rate, at: at(0)) == .seconds(10))
        #expect(bucket.wait(Self.rate, at: at(4)) == .seconds(6))
        #expect(bucket.wait(Self.rate, at: at(10)) == nil)
        bucket.take(Self.rate, at: at(10))
        #expect(bucket.wait(Self.rate, at: at(10)) == .seconds(10))
        #expect(!bucket.isFull(at: at(39)) && bucket.isFull(at: at(40)))
    }

    @Test func itHoldsNoMoreThanItsBurst() {
        var bucket = TokenBucket()
        bucket.take(Self.rate, at: at(0))
        for _ in 0..<3 { bucket.take(Self.rate, at: at(100_000)) }
        #expect(bucket.wait(Self.rate, at: at(100_000)) == .seconds(10))
    }

    @Test func whatIsLackingIsWaitedFor() {
        var bucket = TokenBucket()
        bucket.take(Self.rate, 5, at: at(0))
        #expect(bucket.wait(Self.rate, at: at(0)) == .seconds(30))
        #expect(bucket.wait(Self.rate, at: at(30)) == nil)
    }

    @Test func whatIsGivenBackIsThereAgain() {
        var bucket = TokenBucket()
        for _ in 0..<3 { bucket.take(Self.rate, at: at(0)) }
        bucket.giveBack(Self.rate)
        #expect(bucket.wait(Self.rate, at: at(0)) == nil)
        // And no more than that.
        for _ in 0..<9 { bucket.giveBack(Self.rate) }
        for _ in 0..<3 { bucket.take(Self.rate, at: at(0)) }
        #expect(bucket.wait(Self.rate, at: at(0)) == .seconds(10))
    }
}
