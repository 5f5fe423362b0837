// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// Which jobs come out, where, and who may fetch their documents.
package enum ReleaseRule {
    /// Held jobs that one release brings out; the rest waits for the next.
    package static let jobLimit = 256

    package enum Refusal: Hashable, Sendable {
        case sessionExpired
        case notPermitted
        case noPrinter
    }

    /// - Parameters:
    ///   - sessionPrinter: where the session was opened to.
    ///   - agentPrinter: the printer that the agent drives now.
    package static func refusal(
        sessionIsOpen: Bool, userIsLocked: Bool, sessionPrinter: PrinterID, agentPrinter: PrinterID?
    ) -> Refusal? {
        guard sessionIsOpen else { return .sessionExpired }
        guard !userIsLocked else { return .notPermitted }
        return sessionPrinter == agentPrinter ? nil : .noPrinter
    }

    package enum Opening: Hashable, Sendable {
        /// Commit `sending`, then hand the document out.
        case begin
        /// Nobody may have it any more: the job is held again, or over.
        case putBack
        /// It was opened before by the same agent, which goes on from an offset.
        case again
        case noSuchRelease
        case alreadyReleased
        case inDoubt
    }

    /// An agent learns nothing of another agent's releases, not even that they exist.
    /// - Parameter isWanted: its user may print, has not withdrawn the job, and the printer is still there. Once bytes
    ///   may be on paper that does not matter any more.
    package static func open(
        _ state: ReleaseState, holder: AgentID, asking: AgentID, isWanted: Bool = true
    ) -> Opening {
        guard holder == asking else { return .noSuchRelease }
        return switch state {
        case .reserved: isWanted ? .begin : .putBack
        case .sending: .again
        case .confirmed, .failed: .alreadyReleased
        case .inDoubt: .inDoubt
        }
    }
}
