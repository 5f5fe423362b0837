// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseWire

extension Feedback {
    /// How a refusal is told, and how it is recorded.
    static func telling(_ refusal: Refusal) -> (Feedback, ReadResult) {
        switch refusal.code {
        case .unknownCredential: (.unknownBadge, .unknown)
        case .wrongPIN: (.wrongPIN, .pinWrong)
        case .pinNotAcceptable: (.pinNotAcceptable, .pinWrong)
        case .locked: (.locked, .locked)
        case .noJobs: (.noJobs, .noJobs)
        case .quota: (.quota, .quota)
        case .readExpired, .sessionExpired: (.tooLate, .expired)
        case .activationCode: (.codeRefused, .activationFailed)
        case .badgeTaken: (.badgeTaken, .activationFailed)
        case .differentBadge: (.differentBadge, .activationFailed)
        case .noPrinter: (.notPermitted, .printerUnavailable)
        case .notPermitted, .unknownAgent, .revoked, .enrolmentCode, .fenced, .notApproved, .keyRejected:
            (.notPermitted, .notPermitted)
        case .noSuchAccount: (.accountUnknown, .notPermitted)
        case .accountRequired: (.accountNeeded, .notPermitted)
        case .busy, .storeFull, .maintenance, .unknownStream: (.serverAway, .serverAway)
        case .badFrame, .tooLarge, .version, .notCanonical, .unexpected, .reportUnknown: (.serverAway, .serverAway)
        case .notHeld: (.notHeld, .noJobs)
        case .custodyElsewhere: (.elsewhere(documents: nil), .noJobs)
        case .noSuchRelease, .alreadyReleased, .inDoubt, .documentUnavailable: (.noJobs, .noJobs)
        }
    }
}
