// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

struct ReadRuleTests {
    private let now = WallTime(milliseconds: 5_000_000)
    private let later = WallTime(milliseconds: 5_060_000)

    private func holder(
        _ user: Int64, locked: Bool = false, pin: Bool = false, attempts: PINAttempts = .none
    ) -> BadgeHolder {
        BadgeHolder(user: UserID(user), isLocked: locked, hasPIN: pin, attempts: attempts)
    }

    private func identify(_ holders: [BadgeHolder], age: Duration = .zero) -> ReadRule.Identification {
        ReadRule.identify(age: age, holders: holders, at: now)
    }

    @Test func nobodyAndSeveralPeopleAreTheSameAnswer() {
        #expect(identify([]) == .unknown)
        #expect(identify([holder(2), holder(1), holder(2)]) == .ambiguous([UserID(1), UserID(2)]))
    }

    @Test func twoBadgesOfOnePersonAreThatPerson() {
        #expect(identify([holder(1), holder(1)]) == .known(UserID(1)))
    }

    @Test func aReadIsFreshForFiveSeconds() {
        #expect(identify([holder(1)], age: .seconds(5)) == .known(UserID(1)))
        #expect(identify([holder(1)], age: .seconds(5) + .nanoseconds(1)) == .expired)
        #expect(identify([holder(1)], age: .nanoseconds(-1)) == .expired)
        #expect(identify([], age: .seconds(6)) == .expired)
    }

    @Test func aLockComesBeforeThePIN() {
        let barred = PINAttempts(failures: 5, barredUntil: later)
        #expect(identify([holder(1, locked: true, pin: true)]) == .locked(retryAfter: nil))
        #expect(identify([holder(1, pin: true, attempts: barred)]) == .locked(retryAfter: .seconds(60)))
        let tired = PINAttempts(failures: 3, barredUntil: nil)
        #expect(identify([holder(1, pin: true, attempts: tired)]) == .needsPIN(UserID(1), triesLeft: 2))
    }

    @Test func withoutAPINWrongPINsDoNotMatter() {
        let barred = PINAttempts(failures: 5, barredUntil: later)
        #expect(identify([holder(1, attempts: barred)]) == .known(UserID(1)))
    }

    @Test func aSessionNeedsAPrinterAndJobs() {
        #expect(ReadRule.open(hasPrinter: false, heldJobs: 0) == .noPrinter)
        #expect(ReadRule.open(hasPrinter: false, heldJobs: 1) == .noPrinter)
        #expect(ReadRule.open(hasPrinter: true, heldJobs: 0) == .noJobs)
        #expect(ReadRule.open(hasPrinter: true, heldJobs: 1) == .session)
    }

    @Test func aPINIsAwaitedForTwoMinutes() {
        #expect(ReadRule.awaitsPIN(readAt: now, at: now.advanced(by: .seconds(120))))
        #expect(!ReadRule.awaitsPIN(readAt: now, at: now.advanced(by: .milliseconds(120_001))))
    }
}
