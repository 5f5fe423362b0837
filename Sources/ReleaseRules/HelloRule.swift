// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// What becomes of an agent's open releases when it says hello, or never will again.
package enum HelloRule {
    /// What the server knows of the agent's journal, which the stream id names.
    package enum Journal: Hashable, Sendable {
        /// The one the server saw last.
        case same
        /// Another one: what the agent had begun, it has forgotten.
        case lost
        /// Its next event has a number that is committed already: an old copy of the journal came back. Its events
        /// would be taken for known ones, so the agent must begin a new stream.
        case rolledBack
    }

    /// - Parameter committed: the last event of this stream; `nil` when the stream is new to the server.
    package static func journal(committed: UInt64?, nextSequence: UInt64) -> Journal {
        guard let committed else { return .lost }
        return nextSequence > committed ? .same : .rolledBack
    }

    /// A release that an intact journal does not know did not begin: the agent writes its record before the first
    /// byte goes to the printer. With the journal lost, a release that the server saw begin may have printed.
    package static func settle(_ state: ReleaseState, isUnsettled: Bool, journal: Journal) -> Settlement {
        guard !isUnsettled else { return .unchanged }
        return switch state {
        case .confirmed, .failed, .inDoubt: .unchanged
        case .reserved: .heldAgain
        case .sending: journal == .same ? .heldAgain : .inDoubt
        }
    }

    /// The agent's connection is gone. It may still be printing what it had begun; what it had not, it can only begin
    /// on a new connection, which asks for everything anew.
    package static func leave(_ state: ReleaseState) -> Settlement { state == .reserved ? .heldAgain : .unchanged }

    package static let firstApprovalWait = Duration.seconds(3)
    /// Whoever approves a box that has waited for long need not wait much longer for it.
    package static let lastApprovalWait = Duration.seconds(60)

    /// When an agent that waits for its approval may ask again: soon at first, while somebody is likely to be at it,
    /// and then less and less often.
    package static func approvalWait(since enrolledAt: WallTime, at now: WallTime) -> Duration {
        let waited = now.milliseconds.subtractingReportingOverflow(enrolledAt.milliseconds)
        let share = Duration.milliseconds(waited.overflow ? Int64.max : waited.partialValue / 8)
        return min(max(firstApprovalWait, share), lastApprovalWait)
    }

    /// The agent was revoked: nobody will report on its releases any more.
    package static func abandon(_ state: ReleaseState) -> Settlement {
        settle(state, isUnsettled: false, journal: .lost)
    }
}

/// The numbers of an agent's durable events.
package enum StreamRule {
    /// Streams remembered for each agent; the oldest is forgotten first. A new one comes only with a lost journal.
    package static let streamLimit = 16

    package enum Step: Hashable, Sendable {
        case apply
        /// Committed before: skipped.
        case known
        /// Something before it is missing.
        case gap
    }

    /// - Parameter committed: 0 for a stream that is new, which therefore begins at 1.
    package static func step(_ sequence: UInt64, after committed: UInt64) -> Step {
        if sequence <= committed { return .known }
        return sequence == committed + 1 ? .apply : .gap
    }
}
