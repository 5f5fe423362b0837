// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import Testing

struct LockRuleTests {
    private let now = WallTime(milliseconds: 1_000_000)

    @Test func fiveTriesAreFreeAndThenTheWaitDoubles() {
        var attempts = PINAttempts.none
        var waits: [Duration?] = []
        var time = now
        for _ in 0..<9 {
            attempts = LockRule.afterFailure(attempts, at: time)
            let wait = LockRule.bar(attempts, at: time)
            waits.append(wait)
            time = time.advanced(by: wait ?? .zero)
        }
        #expect(
            waits == [nil, nil, nil, nil, .seconds(60), .seconds(120), .seconds(240), .seconds(480), .seconds(960)])
    }

    @Test func theWaitNeverExceedsADay() {
        for failures in [15, 40, 1_000_000] {
            let attempts = LockRule.afterFailure(PINAttempts(failures: failures, barredUntil: nil), at: now)
            #expect(LockRule.bar(attempts, at: now) == .seconds(86_400))
        }
    }

    @Test func theWaitEndsOnTime() {
        let attempts = PINAttempts(failures: 5, barredUntil: WallTime(milliseconds: 1_060_000))
        #expect(LockRule.bar(attempts, at: WallTime(milliseconds: 1_059_999)) == .milliseconds(1))
        #expect(LockRule.bar(attempts, at: WallTime(milliseconds: 1_060_000)) == nil)
    }

    @Test func aClockSetBackDoesNotLockForYears() {
        let attempts = PINAttempts(failures: 5, barredUntil: now)
        #expect(LockRule.bar(attempts, at: WallTime(milliseconds: -1_000_000_000_000)) == .seconds(86_400))
    }

    @Test(arguments: [(0, 5), (1, 4), (4, 1), (5, 1), (30, 1)])
    func triesAreCountedDown(failures: Int, left: Int) {
        #expect(LockRule.triesLeft(PINAttempts(failures: failures, barredUntil: nil)) == left)
    }

    /// 4-digit PINs: what a patient guesser gets in 30 days.
    @Test func aGuesserGetsFewTriesAMonth() {
        var (attempts, time, tries) = (PINAttempts.none, now, 0)
        let end = now.advanced(by: .seconds(30 * 86_400))
        while time < end {
            attempts = LockRule.afterFailure(attempts, at: time)
            tries += 1
            time = time.advanced(by: LockRule.bar(attempts, at: time) ?? .milliseconds(1))
        }
        #expect(tries <= 45)
    }
}
