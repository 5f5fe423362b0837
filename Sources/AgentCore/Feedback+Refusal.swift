// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseWire

extension Feedback {
    /// Who waits longer asks the print room.
    private static let longestWait = Duration.seconds(600)

    /// Rounded up; `nil` for a wait that is not worth standing there, or that has no end.
    private static func minutes(_ wait: Duration?) -> Int? {
        guard let wait, wait <= longestWait else { return nil }
        let (seconds, rest) = wait.components
        return max(1, Int((seconds + (rest > 0 ? 1 : 0) + 59) / 60))
    }

    /// How a refusal is told, and how it is recorded.
    static func telling(_ refusal: Refusal) -> (Feedback, ReadResult) {
        switch refusal.code {
        case .unknownCredential: (.unknownBadge, .unknown)
        case .wrongPIN: (.wrongPIN, .pinWrong)
        case .pinNotAcceptable: (.pinNotAcceptable, .pinWrong)
        case .locked: (.locked(minutes: minutes(refusal.retryAfter)), .locked)
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
