// SPDX-License-Identifier: Apache-2.0

import ReleaseWire
import Testing

struct EnrolmentRemedyTests {
    @Test(
        arguments: [
            (Refusal.Code.revoked, "remove agent.pem"), (.keyRejected, "remove agent.pem"),
            (.busy, "still good"), (.storeFull, "still good"), (.maintenance, "still good"),
            (.enrolmentCode, "for what it was made for"), (.enrolmentCode, "`agent enrol-code`"),
            (.enrolmentCode, "for 10 minutes"),
            (.unexpected, "`agent enrol-code`"),
        ])
    func whatToDoDependsOnTheCode(code: Refusal.Code, words: String) {
        let remedy = Refusal(code).enrolmentRemedy(
            newKey: "remove agent.pem", life: "10 minutes", command: "agent enrol-code")
        #expect(remedy.contains(words), "\(remedy)")
    }
}
