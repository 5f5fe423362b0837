// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
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

    @Test(
        arguments: [(-5, 3000), (0, 3000), (24, 3000), (25, 3125), (480, 60_000), (481, 60_000), (99_999, 60_000)]
            as [(Int64, Int64)])
    func whoWaitsForApprovalAsksLessAndLessOften(waited: Int64, wait: Int64) {
        let now = WallTime(milliseconds: 1_700_000_000_000)
        let since = now.advanced(by: .seconds(-waited))
        #expect(HelloRule.approvalWait(since: since, at: now) == .milliseconds(wait))
        #expect(
            HelloRule.approvalWait(since: WallTime(milliseconds: .min), at: now) == HelloRule.lastApprovalWait)
    }
}
