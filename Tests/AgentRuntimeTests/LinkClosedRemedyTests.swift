// SPDX-License-Identifier: Apache-2.0

import ReleaseWire
import Testing

@testable import AgentRuntime

@Suite struct LinkClosedRemedyTests {
    @Test(arguments: [
        (Refusal.Code.notApproved, "lanyard agent approve box-3"), (.revoked, "revoked"), (.unknownAgent, "enrol-code"),
        (.version, "versions"),
    ])
    func whatATechnicianCanDoIsSaid(code: Refusal.Code, part: String) {
        #expect(LinkClosed.refused(Refusal(code)).remedy(for: "box-3")?.contains(part) == true)
    }

    @Test func whatEndsByItselfNeedsNobody() {
        for reason in [
            LinkClosed.goAway, .silent, .peerLeft, .refused(Refusal(.busy)), .refused(Refusal(.maintenance)),
        ] {
            #expect(reason.remedy(for: "box-3") == nil)
        }
    }
}
