// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// What an enrolled agent may do in a time. An honest one is far below all of it; one that was broken into has a valid
/// key, and is bounded by this in what it learns and in what it makes the server write down.
package enum AgentBudgetRule {
    /// Reads of badges that nobody has, at one reader. Strangers come, and so do badges that a reader disturbs.
    package static let unknownAtReader = TokenBucket.Rate(burst: 60, interval: .seconds(10))
    /// At all readers of an agent together.
    package static let unknownAtAgent = TokenBucket.Rate(burst: 240, interval: .milliseconds(2500))
    /// People who were not at this agent lately. So many come to no copier by themselves, so a badge that is made up
    /// and happens to be somebody's costs more than the titles of their documents are worth.
    package static let newUsers = TokenBucket.Rate(burst: 120, interval: .seconds(2))
    /// Of each agent so many people are no news when they come again.
    package static let usersKept = 64
    /// Requests each of which is a row or a line in the database, whatever becomes of it: reads, log-ins, reports.
    package static let requests = TokenBucket.Rate(burst: 2000, interval: .milliseconds(50))
    /// Events that nothing the server knows of called for. A journal that filled up while the server was away is told
    /// at once: it has as many.
    package static let uncalledEvents = TokenBucket.Rate(burst: 100_000, interval: .milliseconds(100))
    /// Statements about the readers; an agent makes one a second at most.
    package static let readerStatements = TokenBucket.Rate(burst: 10, interval: .seconds(1))
    /// Changes of its key.
    package static let rotations = TokenBucket.Rate(burst: 16, interval: .seconds(60))
    /// Retired keys of one agent that are remembered, the latest.
    package static let retiredKeys = 64

    /// Whom a read names, as far as the agent can tell by the answer.
    package enum Met: Hashable, Sendable {
        case nobody
        case user(UserID)
    }

    /// `nil` when the answer tells nothing of whose the badge is, and for a typed number that is nobody's: that is
    /// counted as a wrong secret is.
    /// - Parameter isAsked: a secret is asked for whatever was typed.
    package static func met(
        _ identification: ReadRule.Identification, holders: [BadgeHolder], isTyped: Bool, isAsked: Bool
    ) -> Met? {
        if isAsked { return nil }
        switch identification {
        case .expired: return nil
        case .unknown, .ambiguous: return isTyped ? nil : .nobody
        case .known(let user), .needsNewPIN(let user), .notPermitted(let user): return .user(user)
        case .needsPIN(let user, _): return user.map { .user($0) }
        case .locked:
            // In the hand it tells that the badge is somebody's; a typed number is refused for the place as well.
            guard !isTyped, let holder = holders.first else { return nil }
            return .user(holder.user)
        }
    }
}
