// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

struct SessionRuleTests {
    private let session = SessionFacts(
        agent: AgentID(1), epoch: 7, usedAt: WallTime(milliseconds: 1000), isEnded: false)

    private func isOpen(_ session: SessionFacts, agent: Int64 = 1, epoch: UInt64 = 7, at time: Int64 = 1000) -> Bool {
        SessionRule.isOpen(session, agent: AgentID(agent), epoch: epoch, at: WallTime(milliseconds: time))
    }

    @Test func itIsOpenToTheAgentThatOpenedIt() {
        #expect(isOpen(session))
        #expect(!isOpen(session, agent: 2))
    }

    @Test func itEndsWithItsEpoch() {
        #expect(!isOpen(session, epoch: 8))
        #expect(!isOpen(session, epoch: 6))
    }

    @Test func itEndsThreeMinutesAfterItsLastUse() {
        #expect(isOpen(session, at: 181_000))
        #expect(!isOpen(session, at: 181_001))
    }

    @Test func aSiteMaySetTheLife() {
        func isOpen(at time: Int64) -> Bool {
            SessionRule.isOpen(
                session, agent: AgentID(1), epoch: 7, life: .seconds(10), at: WallTime(milliseconds: time))
        }
        #expect(isOpen(at: 11_000))
        #expect(!isOpen(at: 11_001))
    }

    @Test(
        arguments: [
            (.none, nil, nil), (.none, true, .unknown), (.none, false, .unknown), (.optional, nil, nil),
            (.optional, true, nil), (.optional, false, .unknown), (.required, nil, .required), (.required, true, nil),
            (.required, false, .unknown),
        ] as [(BillingCode, Bool?, AccountRule.Refusal?)])
    func aReleaseNamesABillingCodeAsTheSiteSays(policy: BillingCode, isKnown: Bool?, refusal: AccountRule.Refusal?) {
        #expect(AccountRule.refusal(policy, isKnown: isKnown) == refusal)
    }

    @Test func itStaysEnded() {
        var ended = session
        ended.isEnded = true
        #expect(!isOpen(ended))
    }

    /// It would go on for as long as the clock went back.
    @Test func aClockSetBackEndsIt() { #expect(!isOpen(session, at: -1)) }
}
