// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

struct AgentBudgetRuleTests {
    private static let ada = BadgeHolder(user: UserID(1), isLocked: false, hasPIN: false, attempts: .none)
    private static let met = AgentBudgetRule.Met.user(UserID(1))

    @Test(
        arguments: [
            (.expired, nil, nil), (.unknown, .nobody, nil), (.ambiguous([UserID(1), UserID(2)]), .nobody, nil),
            (.known(UserID(1)), met, met), (.needsNewPIN(UserID(1)), met, met),
            (.notPermitted(UserID(1)), met, met), (.needsPIN(UserID(1), triesLeft: 5), met, met),
            (.locked(retryAfter: nil), met, nil),
        ] as [(ReadRule.Identification, AgentBudgetRule.Met?, AgentBudgetRule.Met?)])
    func whomAReadNames(
        identification: ReadRule.Identification, held: AgentBudgetRule.Met?, typed: AgentBudgetRule.Met?
    ) {
        for (isTyped, expected) in [(false, held), (true, typed)] {
            #expect(
                AgentBudgetRule.met(identification, holders: [Self.ada], isTyped: isTyped, isAsked: false) == expected)
        }
    }

    /// A budget that runs out sooner for numbers that somebody has would tell which these are.
    @Test func whereASecretIsAskedForWhateverWasTypedNothingCounts() {
        for identification: ReadRule.Identification in [
            .needsPIN(UserID(1), triesLeft: 5), .needsPIN(nil, triesLeft: 5), .locked(retryAfter: nil),
            .ambiguous([UserID(1)], triesLeft: 5),
        ] {
            #expect(
                AgentBudgetRule.met(identification, holders: [Self.ada], isTyped: true, isAsked: true) == nil)
        }
    }

    @Test func aLockedPlaceNamesNobody() {
        #expect(
            AgentBudgetRule.met(.locked(retryAfter: nil), holders: [], isTyped: false, isAsked: false) == nil)
    }

    /// Whoever is there when it opens and everybody who comes after that gets in.
    @Test func aCopierAtItsBusiestStaysFarBelow() {
        #expect(AgentBudgetRule.newUsers.interval * 30 == .seconds(60))
        #expect(AgentBudgetRule.unknownAtAgent.burst == 4 * AgentBudgetRule.unknownAtReader.burst)
        #expect(AgentBudgetRule.unknownAtAgent.interval * 4 == AgentBudgetRule.unknownAtReader.interval)
    }
}
