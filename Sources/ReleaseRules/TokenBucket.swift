// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// So many at once, and one more each so often. Kept as the time at which it will be full again, so that nothing has to
/// be counted up while nobody comes.
package struct TokenBucket: Hashable, Sendable {
    package struct Rate: Hashable, Sendable {
        package let burst: Int
        package let interval: Duration

        package init(burst: Int, interval: Duration) {
            precondition(burst > 0 && interval > .zero, "a bucket holds something and is filled")
            self.burst = burst
            self.interval = interval
        }
    }

    private var fullAt = MonotonicTime(nanoseconds: 0)

    package init() {}

    package func isFull(at now: MonotonicTime) -> Bool { fullAt <= now }

    /// How long until there is one; `nil` when there is one now.
    package func wait(_ rate: Rate, at now: MonotonicTime) -> Duration? {
        let wait = fullAt.elapsed(since: now) + rate.interval - rate.interval * rate.burst
        return wait > .zero ? wait : nil
    }

    /// Takes them whether they are there or not: what is lacking is waited for afterwards.
    package mutating func take(_ rate: Rate, _ count: Int = 1, at now: MonotonicTime) {
        precondition(count >= 0, "nothing is given back by taking")
        fullAt = max(fullAt, now) + rate.interval * count
    }

    /// One that was taken and not needed.
    package mutating func giveBack(_ rate: Rate) {
        let one = (MonotonicTime(nanoseconds: 0) + rate.interval).nanoseconds
        fullAt = MonotonicTime(nanoseconds: fullAt.nanoseconds - min(one, fullAt.nanoseconds))
    }
}
