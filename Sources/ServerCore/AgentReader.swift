// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives
package import ReleaseRules

/// What an operator should hear of a reader.
package struct ReaderNews: Hashable, Sendable {
    package var reader: String
    package var change: ReaderRule.Change
    /// What is in the way and what to do about it; empty for nothing.
    package var obstacle: String

    package init(reader: String, change: ReaderRule.Change, obstacle: String) {
        self.reader = reader
        self.change = change
        self.obstacle = obstacle
    }
}

/// A reader and whose it is.
package struct AgentReader: Hashable, Sendable {
    package var agent: String
    package var status: ReaderStatus
    /// No PIN is taken there until then, after too many wrong ones.
    package var barredUntil: WallTime?

    package init(agent: String, status: ReaderStatus) {
        self.agent = agent
        self.status = status
    }
}

/// An administrator's wish that the next badge at a reader become a user's.
package struct EnrolmentOrder: Hashable, Sendable {
    package var user: String
    package var agent: String
    /// `nil`: whichever of the agent's readers the badge is held to.
    package var reader: String?
    package var label: String

    package init(user: String, agent: String, reader: String?, label: String) {
        self.user = user
        self.agent = agent
        self.reader = reader
        self.label = label
    }

    package var place: String { reader.map { "reader \($0) of \(agent)" } ?? "the readers of \(agent)" }
}

package struct EnrolmentFacts: Hashable, Sendable {
    package enum State: String, CaseIterable, Hashable, Sendable {
        /// For the badge.
        case waiting
        /// It was held once.
        case holdAgain = "hold-again"
        case enrolled
        /// It is somebody's already.
        case taken
        /// The second badge was not the first one.
        case different
        /// The read names no badge.
        case unfit
        case expired
        case cancelled

        package var isOver: Bool { self != .waiting && self != .holdAgain }
    }

    package var id: Int64
    package var user: String
    package var agent: String
    package var reader: String?
    package var state: State
    package var expires: WallTime
    /// Once it is enrolled.
    package var badge: BadgeFacts?
    /// Whose it is, when it is taken.
    package var holder: String?

    package init(id: Int64, user: String, agent: String, reader: String?, state: State, expires: WallTime) {
        self.id = id
        self.user = user
        self.agent = agent
        self.reader = reader
        self.state = state
        self.expires = expires
    }
}
