// SPDX-License-Identifier: Apache-2.0

package import Primitives
package import ReleaseWire

/// What an enrolled key may do. Agents release; a program that reads reports may do nothing else.
package enum AgentRight: String, CaseIterable, Sendable {
    case release
    case reports
}

/// One line of the audit: who did what to whom.
package struct AuditEntry: Hashable, Sendable {
    package var id: Int64
    package var at: WallTime
    package var by: String
    package var action: String
    package var subject: String

    package init(id: Int64, at: WallTime, by: String, action: String, subject: String) {
        self.id = id
        self.at = at
        self.by = by
        self.action = action
        self.subject = subject
    }
}

/// A connection that must end, and why.
package struct SeatEnd: Hashable, Sendable {
    package var seat: AgentSeat
    package var refusal: Refusal

    package init(seat: AgentSeat, refusal: Refusal) {
        self.seat = seat
        self.refusal = refusal
    }
}
