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
    /// Where the agent cannot log people out.
    package static let idleLife = Duration.seconds(180)
    package static let standardLogOut = Duration.seconds(60)
    /// No agent lets somebody who does nothing stay logged in for longer, whatever its server says.
    package static let longestLogOut = Duration.seconds(300)
    /// What a server's settings may say, as they did before the limit: it counts as the longest then.
    package static let longestLogOutSetting = Duration.seconds(600)
    /// The agent sees keys that the server does not hear of, so it logs people out; the server only makes sure.
    package static let logOutSlack = Duration.seconds(120)

    /// `epoch` is the agent's current one. A clock that was set back ends it: nobody knows how long it has lain idle.
    package static func isOpen(
        _ session: SessionFacts, agent: AgentID, epoch: UInt64, life: Duration = idleLife, at now: WallTime
    ) -> Bool {
        !session.isEnded && session.agent == agent && session.epoch == epoch
            && session.usedAt <= now && now <= session.usedAt.advanced(by: life)
    }
}

/// Who pays for a release.
package enum AccountRule {
    package enum Refusal: Hashable, Sendable {
        case required
        case unknown
    }

    /// - Parameter isKnown: whether the chosen one exists; `nil` when none was chosen.
    package static func refusal(_ policy: BillingCode, isKnown: Bool?) -> Refusal? {
        switch (policy, isKnown) {
        case (.required, nil): .required
        case (.none, .some), (.optional, false?), (.required, false?): .unknown
        case (.none, nil), (.optional, nil), (.optional, true?), (.required, true?): nil
        }
    }
}

/// Whether releases may, or must, name who pays.
package enum BillingCode: String, CaseIterable, Sendable {
    case none
    case optional
    case required
}
