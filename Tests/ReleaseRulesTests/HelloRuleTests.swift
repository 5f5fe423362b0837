// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseRules
import Testing

struct HelloRuleTests {
    @Test func aJournalIsKnownByItsStreamAndItsNextNumber() {
        #expect(HelloRule.journal(committed: nil, nextSequence: 1) == .lost)
        #expect(HelloRule.journal(committed: 0, nextSequence: 1) == .same)
        #expect(HelloRule.journal(committed: 7, nextSequence: 8) == .same)
        #expect(HelloRule.journal(committed: 7, nextSequence: 20) == .same)
        #expect(HelloRule.journal(committed: 7, nextSequence: 7) == .rolledBack)
    }

    @Test func whatTheAgentDoesNotKnowDidNotStart() {
        for state in [ReleaseState.reserved, .sending] {
            #expect(HelloRule.settle(state, isUnsettled: false, journal: .same) == .heldAgain)
            #expect(HelloRule.settle(state, isUnsettled: true, journal: .same) == .unchanged)
        }
    }

    @Test func withItsJournalLostTheAgentsSilenceProvesNothing() {
        #expect(HelloRule.settle(.sending, isUnsettled: false, journal: .lost) == .inDoubt)
        #expect(HelloRule.settle(.reserved, isUnsettled: false, journal: .lost) == .heldAgain)
    }

    @Test(arguments: [ReleaseState.confirmed, .failed, .inDoubt])
    func settledReleasesStay(state: ReleaseState) {
        #expect(HelloRule.settle(state, isUnsettled: false, journal: .same) == .unchanged)
        #expect(HelloRule.abandon(state) == .unchanged)
        #expect(HelloRule.leave(state) == .unchanged)
    }

    @Test func aLostConnectionGivesBackWhatHadNotBegun() {
        #expect(HelloRule.leave(.reserved) == .heldAgain)
        #expect(HelloRule.leave(.sending) == .unchanged)
    }

    @Test func aRevokedAgentLeavesDoubtBehind() {
        #expect(HelloRule.abandon(.reserved) == .heldAgain)
        #expect(HelloRule.abandon(.sending) == .inDoubt)
    }

    @Test func eventsFollowOneAnother() {
        #expect(StreamRule.step(1, after: 0) == .apply)
        #expect(StreamRule.step(2, after: 0) == .gap)
        #expect(StreamRule.step(5, after: 5) == .known)
        #expect(StreamRule.step(6, after: 5) == .apply)
        #expect(StreamRule.step(0, after: 0) == .known)
    }
}
