// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// What the store knows of a session: one user at one reader of one agent, from badge to log-out.
package struct SessionFacts: Hashable, Sendable {
    package var agent: AgentID
    /// The agent's epoch in which the session was opened.
    package var epoch: UInt64
    package var usedAt: WallTime
    package var isEnded: Bool

    package init(agent: AgentID, epoch: UInt64, usedAt: WallTime, isEnded: Bool) {
        self.agent = agent
        self.epoch = epoch
        self.usedAt = usedAt
        self.isEnded = isEnded
    }
}

/// A session belongs to the connection that opened it. It ends when it lay idle, when the agent says hello again, or
/// when another badge is held to the same reader.
package enum SessionRule {
    package static let idleLife = Duration.seconds(180)

    /// `epoch` is the agent's current one.
    package static func isOpen(
        _ session: SessionFacts, agent: AgentID, epoch: UInt64, at now: WallTime
    ) -> Bool {
        !session.isEnded && session.agent == agent && session.epoch == epoch
            && now <= session.usedAt.advanced(by: idleLife)
    }
}
