// SPDX-License-Identifier: Apache-2.0

import ReleaseWire

extension LinkClosed {
    /// What the technician at the box can do about it; `nil` where the agent comes back by itself.
    /// - Parameter name: what the administrator calls the box.
    func remedy(for name: String) -> String? {
        guard case .refused(let refusal) = self else { return nil }
        switch refusal.code {
        case .notApproved: return "An administrator must approve this box: lanyard agent approve \(name)"
        case .revoked:
            return
                "An administrator has revoked this box. To have it back, remove agent.pem in the state folder and enrol."
        case .unknownAgent: return "The server does not know this box: lanyard agent enrol-code there, then enrol here."
        case .keyRejected, .version: return "Are server and agent of versions that fit? See the server's log."
        case .badFrame, .tooLarge, .notCanonical, .unexpected, .enrolmentCode, .fenced, .unknownStream,
            .unknownCredential, .wrongPIN, .locked, .sessionExpired, .notPermitted, .quota, .readExpired, .noJobs,
            .pinNotAcceptable, .activationCode, .badgeTaken, .differentBadge, .noSuchRelease, .custodyElsewhere,
            .alreadyReleased, .inDoubt, .documentUnavailable, .notHeld, .noSuchAccount, .accountRequired,
            .reportUnknown, .noPrinter, .busy, .storeFull, .maintenance:
            return nil
        }
    }
}
