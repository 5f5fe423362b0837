// SPDX-License-Identifier: Apache-2.0

import AgentCore
import ReaderMachines
import Testing

@Suite struct FeedbackTests {
    @Test(
        arguments: [
            (.enterPIN(typed: 0), .askPIN), (.enterPIN(typed: 1), nil), (.checking, .idle),
            (.releasing(user: "ana", documents: 1), .success), (.printed(documents: 1, pages: 2), .success),
            (.noJobs, .noJobs), (.unknownBadge, .unknown), (.wrongPIN, .denied), (.locked, .denied),
            (.notPermitted, .denied), (.abandoned, .denied), (.tooLate, .readError), (.readError, .readError),
            (.serverAway, .serverAway), (.printerUnavailable(held: 1), .serverAway),
            (.holdAgain, .holdAgain), (.notHeldAgain, .denied), (.registered(user: "ana"), .success),
            (.differentBadge, .denied), (.mayHavePrinted(documents: 1), .serverAway), (.outOfOrder, .serverAway),
        ] as [(Feedback, ReaderSignal?)])
    func aReaderWithLampsSaysTheSame(feedback: Feedback, signal: ReaderSignal?) {
        #expect(feedback.signal == signal)
    }
}
