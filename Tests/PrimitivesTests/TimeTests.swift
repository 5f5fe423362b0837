// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct TimeTests {
    private let second = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test func aWaitIsAddedToTheNanosecond() {
        #expect((second + .milliseconds(1500)).nanoseconds == 2_500_000_000)
        #expect((second + .nanoseconds(1)).nanoseconds == 1_000_000_001)
        #expect(second + .zero == second)
    }

    @Test func elapsedTimeIsNeverNegative() {
        #expect((second + .seconds(3)).elapsed(since: second) == .seconds(3))
        #expect(second.elapsed(since: second + .seconds(3)) == .zero)
        #expect(
            MonotonicTime(nanoseconds: .max).elapsed(since: MonotonicTime(nanoseconds: 0)) == .nanoseconds(Int64.max))
    }

    @Test func timesAreOrdered() {
        #expect(second < second + .nanoseconds(1))
        #expect(WallTime(milliseconds: -1) < WallTime(milliseconds: 0))
    }

    @Test func theWallClockGoesBothWays() {
        let noon = WallTime(milliseconds: 43_200_000)
        #expect(noon.advanced(by: .seconds(-43_200)).milliseconds == 0)
        #expect(noon.advanced(by: .milliseconds(1)).milliseconds == 43_200_001)
        #expect(noon.advanced(by: .milliseconds(-1)).milliseconds == 43_199_999)
    }
}
