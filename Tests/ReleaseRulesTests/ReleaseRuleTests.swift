// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseRules
import Testing

struct ReleaseRuleTests {
    private func refusal(open: Bool = true, locked: Bool = false, agentPrinter: Int64? = 3) -> ReleaseRule.Refusal? {
        ReleaseRule.refusal(
            sessionIsOpen: open, userIsLocked: locked, sessionPrinter: PrinterID(3),
            agentPrinter: agentPrinter.map { PrinterID($0) })
    }

    @Test func onlyAnOpenSessionOfAPermittedUserReleasesToItsPrinter() {
        #expect(refusal() == nil)
        #expect(refusal(open: false) == .sessionExpired)
        #expect(refusal(locked: true) == .notPermitted)
        #expect(refusal(agentPrinter: nil) == .noPrinter)
        #expect(refusal(agentPrinter: 4) == .noPrinter)
    }

    @Test(arguments: ReleaseState.allCases)
    func anotherAgentLearnsNothing(state: ReleaseState) {
        #expect(ReleaseRule.open(state, holder: AgentID(1), asking: AgentID(2)) == .noSuchRelease)
    }

    @Test func aDocumentOpensOnceAndThenAgainForItsHolder() {
        let openings = ReleaseState.allCases.map { ReleaseRule.open($0, holder: AgentID(1), asking: AgentID(1)) }
        #expect(openings == [.begin, .again, .alreadyReleased, .alreadyReleased, .inDoubt])
    }

    /// Once bytes may be on paper it does not matter any more.
    @Test func whatIsNotWantedAnyMoreIsNotBegun() {
        let agent = AgentID(1)
        for state: ReleaseState in [.reserved, .sending, .confirmed, .failed, .inDoubt] {
            let unwanted = ReleaseRule.open(state, holder: agent, asking: agent, isWanted: false)
            let wanted = ReleaseRule.open(state, holder: agent, asking: agent)
            #expect(unwanted == (state == .reserved ? .putBack : wanted))
            #expect(ReleaseRule.open(state, holder: agent, asking: AgentID(2), isWanted: false) == .noSuchRelease)
        }
    }
}
