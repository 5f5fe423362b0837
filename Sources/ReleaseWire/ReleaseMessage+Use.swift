// SPDX-License-Identifier: Apache-2.0

/// Which message may be said when.
extension ReleaseMessage {
    /// Whether this travels as an event that the agent keeps until it is acknowledged.
    package var isDurable: Bool {
        switch self {
        case .readOutcome, .progress, .account: true
        default: false
        }
    }

    /// Whether an agent may ask this once the connection is open.
    package var isRequest: Bool {
        switch self {
        case .credential, .challengeReply, .sessionEnd, .login, .accountQuery, .jobList, .release, .hold, .delete,
            .changePIN, .documentOpen, .readers, .rotateKey, .reportQuery:
            true
        case .offline(let message): message.isRequest
        default: false
        }
    }

    /// What must be agreed for this to be said as it is.
    package var capability: Capability? {
        switch self {
        case .rotateKey, .keyAnnounced: .rotation
        case .reportQuery, .report: .reports
        case .login, .accountQuery, .accounts, .jobList, .jobs, .hold, .held, .delete, .deleted, .registered,
            .changePIN:
            .dialogue
        case .readers, .readersNoted: .readers
        case .challenge(let challenge): challenge.kind == .pin ? nil : .dialogue
        case .session(let grant): grant.terms == nil ? nil : .dialogue
        case .release(let order): order.wishes == nil ? nil : .dialogue
        case .releases(let grants, let elsewhere):
            elsewhere != nil || grants.contains { $0.override != nil } ? .dialogue : nil
        case .offline, .account: .offline
        default: nil
        }
    }

    /// Whether this answers a request of that type.
    func answers(type asked: UInt16) -> Bool {
        switch (asked, self) {
        case (_, .refused), (1, .welcome), (3, .enrolled), (20, .sessionEnd), (30, .documentOpened): true
        case (16, .challenge), (16, .session), (18, .challenge), (18, .session), (22, .challenge), (22, .session): true
        case (16, .registered), (34, .readersNoted), (5, .keyAnnounced), (52, .report): true
        case (23, .accounts), (24, .jobs), (25, .releases), (26, .held), (27, .deleted), (29, .challenge): true
        case (38, .documentOpened): true
        case (_, .offline(let message)): message.answers(type: asked)
        default: false
        }
    }
}
