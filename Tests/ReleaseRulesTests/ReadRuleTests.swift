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

    private func identify(
        _ holders: [BadgeHolder], age: Duration = .zero, typed: Bool = false, dialogue: Bool = true,
        placeBar: Duration? = nil, policy: SecondFactor = .ifSet
    ) -> ReadRule.Identification {
        let facts = ReadFacts(age: age, isTyped: typed, canChoosePIN: dialogue, placeBar: placeBar)
        return ReadRule.identify(facts, holders: holders, policy: policy, at: now)
    }

    private let ada = UserID(1)

    /// Policy, typed, has a PIN, and what follows.
    @Test(
        arguments: [
            (.ifSet, false, false, .known(UserID(1))), (.ifSet, false, true, .needsPIN(UserID(1), triesLeft: 5)),
            (.ifSet, true, false, .known(UserID(1))), (.ifSet, true, true, .needsPIN(UserID(1), triesLeft: 5)),
            (.whenTyped, false, false, .known(UserID(1))), (.whenTyped, false, true, .known(UserID(1))),
            (.whenTyped, true, false, .needsPIN(UserID(1), triesLeft: 5)),
            (.whenTyped, true, true, .needsPIN(UserID(1), triesLeft: 5)),
            (.always, false, false, .needsNewPIN(UserID(1))),
            (.always, false, true, .needsPIN(UserID(1), triesLeft: 5)),
            (.always, true, false, .needsPIN(UserID(1), triesLeft: 5)),
            (.always, true, true, .needsPIN(UserID(1), triesLeft: 5)),
            (.never, false, true, .known(UserID(1))), (.never, true, true, .known(UserID(1))),
        ] as [(SecondFactor, Bool, Bool, ReadRule.Identification)])
    func theSecondFactorFollowsThePolicy(
        policy: SecondFactor, typed: Bool, pin: Bool, answer: ReadRule.Identification
    ) {
        #expect(identify([holder(1, pin: pin)], typed: typed, policy: policy) == answer)
    }

    @Test func whereNobodyCanChooseAPINTheBadgeIsRefused() {
        #expect(identify([holder(1)], dialogue: false, policy: .always) == .notPermitted(ada))
        #expect(identify([holder(1, pin: true)], dialogue: false, policy: .always) == .needsPIN(ada, triesLeft: 5))
    }

    @Test func aTypedNumberThatNobodyHasLooksLikeOneThatSomebodyHas() {
        for policy in [SecondFactor.whenTyped, .always] {
            #expect(identify([], typed: true, policy: policy) == .needsPIN(nil, triesLeft: 5))
            #expect(identify([], typed: false, policy: policy) == .unknown)
            for failures in [3, 5, 100] {
                let attempts = PINAttempts(failures: failures, barredUntil: failures == 5 ? later : nil)
                var facts = ReadFacts(age: .zero, isTyped: true)
                let known = ReadRule.identify(
                    facts, holders: [holder(1, pin: true, attempts: attempts)], policy: policy, at: now)
                facts.attempts = attempts
                let unknown = ReadRule.identify(facts, holders: [], policy: policy, at: now)
                if case .needsPIN(_, let left) = known {
                    #expect(unknown == .needsPIN(nil, triesLeft: left))
                } else {
                    #expect(unknown == known)
                }
            }
        }
        for policy in [SecondFactor.ifSet, .never] { #expect(identify([], typed: true, policy: policy) == .unknown) }
    }

    /// Nobody's, somebody's without and with a PIN, a locked person's, several people's.
    @Test func whatANumberIsWorthDoesNotShowBeforeThePIN() {
        for policy in [SecondFactor.whenTyped, .always] {
            for (failures, barredUntil) in [(0, nil), (3, nil), (5, later), (6, later), (100, nil)] {
                let attempts = PINAttempts(failures: failures, barredUntil: barredUntil)
                for placeBar in [nil, Duration.seconds(30)] {
                    let numbers = [
                        [], [holder(1, attempts: attempts)], [holder(1, pin: true, attempts: attempts)],
                        [holder(1, locked: true, attempts: attempts)],
                        [holder(1, locked: true, pin: true, attempts: attempts)],
                        [holder(1, pin: true), holder(2, locked: true)],
                    ]
                    var facts = ReadFacts(age: .zero, isTyped: true, placeBar: placeBar)
                    facts.attempts = attempts
                    let answers = numbers.map {
                        ReadRule.identify(facts, holders: $0, policy: policy, at: now).shown
                    }
                    #expect(Set(answers).count == 1, "\(policy), \(failures) failures: \(answers)")
                }
            }
        }
    }

    @Test func theAdministratorLearnsOfANumberThatSeveralPeopleHave() {
        let answer = identify([holder(2), holder(1)], typed: true, policy: .whenTyped)
        #expect(answer == .ambiguous([UserID(1), UserID(2)], triesLeft: 5))
        #expect(identify([holder(2), holder(1)], typed: true) == .ambiguous([UserID(1), UserID(2)]))
    }

    @Test func aBadgeInTheHandOfALockedPersonIsRefusedAtOnce() {
        for policy in SecondFactor.allCases {
            #expect(identify([holder(1, locked: true)], policy: policy) == .locked(retryAfter: nil))
        }
    }

    @Test func aBarredPlaceTakesNoPINAndStillTakesBadges() {
        let wait = Duration.seconds(30)
        #expect(identify([holder(1, pin: true)], placeBar: wait) == .locked(retryAfter: wait))
        #expect(identify([holder(1)], placeBar: wait) == .known(ada))
        #expect(identify([holder(1)], placeBar: wait, policy: .always) == .needsNewPIN(ada))
        #expect(identify([], typed: true, placeBar: wait, policy: .always) == .locked(retryAfter: wait))
        #expect(identify([], placeBar: wait) == .unknown)
    }

    @Test(arguments: SecondFactor.allCases)
    func aBarredPlaceTakesNoTypedNumberWhoseverItIs(policy: SecondFactor) {
        let locked = ReadRule.Identification.locked(retryAfter: .seconds(30))
        for holders in [[], [holder(1)], [holder(1, pin: true)], [holder(1), holder(2)]] {
            #expect(identify(holders, typed: true, placeBar: .seconds(30), policy: policy) == locked)
        }
    }

    @Test func aHundredWrongPINsNeedTheAdministrator() {
        let tired = PINAttempts(failures: 100, barredUntil: nil)
        #expect(identify([holder(1, pin: true, attempts: tired)]) == .locked(retryAfter: nil))
        #expect(identify([holder(1, pin: true, attempts: tired)], policy: .never) == .known(ada))
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
        #expect(ReadRule.open(hasPrinter: true, heldJobs: 0, mayBeEmpty: true) == .session)
        #expect(ReadRule.open(hasPrinter: false, heldJobs: 0, mayBeEmpty: true) == .noPrinter)
    }

    @Test func anAnswerIsAwaitedForTwoMinutes() {
        #expect(ReadRule.awaitsAnswer(askedAt: now, at: now.advanced(by: .seconds(120))))
        #expect(!ReadRule.awaitsAnswer(askedAt: now, at: now.advanced(by: .milliseconds(120_001))))
        // Nor by a clock that was set back.
        #expect(!ReadRule.awaitsAnswer(askedAt: now, at: now.advanced(by: .milliseconds(-1))))
    }

    @Test(
        arguments: [
            (.always, true, true), (.always, false, true), (.ifSet, true, true), (.ifSet, false, false),
            (.whenTyped, true, false), (.whenTyped, false, false), (.never, true, false), (.never, false, false),
        ] as [(SecondFactor, Bool, Bool)])
    func thePolicyDecidesWhetherABadgeIsEnough(policy: SecondFactor, hasPIN: Bool, needsMore: Bool) {
        #expect(ReadRule.needsSecondFactor(policy: policy, hasPIN: hasPIN) == needsMore)
    }
}

extension ReadRule.Identification {
    /// What the person at the reader sees of it.
    fileprivate var shown: String {
        switch self {
        case .needsPIN(_, let tries), .ambiguous(_, let tries?): "PIN, \(tries) left"
        case .locked(let wait): "locked \(wait.map { "\($0)" } ?? "")"
        case .unknown, .ambiguous(_, nil): "unknown"
        case .expired, .needsNewPIN, .notPermitted, .known: "\(self)"
        }
    }
}
