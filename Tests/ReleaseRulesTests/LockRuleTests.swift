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

    @Test(arguments: [(99, false), (100, true), (101, true)])
    func afterAHundredFailuresOnlyTheAdministratorHelps(failures: Int, isHard: Bool) {
        #expect(LockRule.needsAdministrator(PINAttempts(failures: failures, barredUntil: nil)) == isHard)
    }

    // MARK: Places

    private func fail(_ rule: PlaceLockRule, times: Int, every pause: Duration) -> (PlaceAttempts, WallTime) {
        var (attempts, time) = (PlaceAttempts.none, now)
        for _ in 0..<times {
            attempts = rule.afterFailure(attempts, at: time)
            time = time.advanced(by: pause)
        }
        return (attempts, time.advanced(by: .zero - pause))
    }

    @Test(arguments: [(PlaceLockRule.reader, 10), (.agent, 20)])
    func aPlaceHasMoreFreeTriesThanAUser(rule: PlaceLockRule, free: Int) {
        let (before, at) = fail(rule, times: free - 1, every: .seconds(1))
        #expect(PlaceLockRule.bar(until: before.barredUntil, at: at) == nil)
        var (attempts, time) = (before, at)
        var waits: [Duration?] = []
        for _ in 0..<4 {
            attempts = rule.afterFailure(attempts, at: time)
            waits.append(PlaceLockRule.bar(until: attempts.barredUntil, at: time))
        }
        #expect(waits == [.seconds(60), .seconds(120), .seconds(240), .seconds(480)])
        for _ in 0..<20 { attempts = rule.afterFailure(attempts, at: time) }
        #expect(PlaceLockRule.bar(until: attempts.barredUntil, at: time) == .seconds(3600))
        time = WallTime(milliseconds: -1_000_000_000_000)
        #expect(PlaceLockRule.bar(until: attempts.barredUntil, at: time) == .seconds(3600))
    }

    @Test func aPlaceForgetsAFailureNowAndThen() {
        // People mistype six times an hour, all day long.
        #expect(fail(.reader, times: 100, every: .seconds(600)).0.failures == 1)
        #expect(fail(.reader, times: 9, every: .seconds(599)).0.failures == 9)
        let attempts = PlaceAttempts(failures: 9, barredUntil: nil, failedAt: now)
        #expect(PlaceLockRule.reader.afterFailure(attempts, at: now.advanced(by: .seconds(1800))).failures == 7)
        #expect(PlaceLockRule.agent.afterFailure(attempts, at: now.advanced(by: .seconds(1800))).failures == 4)
        #expect(PlaceLockRule.reader.afterFailure(attempts, at: WallTime(milliseconds: 0)).failures == 10)
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
