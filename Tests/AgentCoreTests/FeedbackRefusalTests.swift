// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseWire
import Testing

@testable import AgentCore

struct FeedbackRefusalTests {
    /// Whoever waits for a few minutes can wait there; who waits longer, or for a person, asks.
    @Test(
        arguments: [
            (Duration.milliseconds(1), "Locked for 1 minute"), (.seconds(60), "Locked for 1 minute"),
            (.milliseconds(60_001), "Locked for 2 minutes"), (.seconds(600), "Locked for 10 minutes"),
            (.seconds(601), "Locked for now, please ask the print room"),
            (nil, "Locked for now, please ask the print room"),
        ] as [(Duration?, String)])
    func aShortWaitIsNamed(wait: Duration?, text: String) {
        let (feedback, result) = Feedback.telling(Refusal(.locked, retryAfter: wait))
        #expect(feedback.text == text && feedback.outcome == "locked" && result == .locked)
    }
}
