// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// A person whose badge matches one of the forms of a read.
package struct BadgeHolder: Hashable, Sendable {
    package var user: UserID
    /// Locked by an administrator.
    package var isLocked: Bool
    package var hasPIN: Bool
    package var attempts: PINAttempts

    package init(user: UserID, isLocked: Bool, hasPIN: Bool, attempts: PINAttempts) {
        self.user = user
        self.isLocked = isLocked
        self.hasPIN = hasPIN
        self.attempts = attempts
    }
}

/// What becomes of a badge that was held to a reader, in two steps: who is it, and what is there for them.
package enum ReadRule {
    /// A read older than this is answered to nobody: the person has left, and paper in an empty room is disclosure.
    package static let freshness = Duration.seconds(5)
    /// How long a PIN is awaited after the badge.
    package static let challengeLife = Duration.seconds(120)

    package enum Identification: Hashable, Sendable {
        case expired
        case unknown
        /// A read that matches badges of several people is nobody's. The reader's person learns no difference to an
        /// unknown one, the administrator does.
        case ambiguous([UserID])
        case locked(retryAfter: Duration?)
        case needsPIN(UserID, triesLeft: Int)
        case known(UserID)
    }

    package enum Opening: Hashable, Sendable {
        case noPrinter
        case noJobs
        case session
    }

    package static func identify(age: Duration, holders: [BadgeHolder], at now: WallTime) -> Identification {
        guard isFresh(age) else { return .expired }
        guard let holder = holders.first else { return .unknown }
        guard holders.allSatisfy({ $0.user == holder.user }) else {
            return .ambiguous(Set(holders.map(\.user)).sorted())
        }
        if let refusal = lock(holder, at: now) { return refusal }
        guard holder.hasPIN else { return .known(holder.user) }
        return .needsPIN(holder.user, triesLeft: LockRule.triesLeft(holder.attempts))
    }

    /// A locked user is refused before and after the PIN was checked, right or wrong, so that a wait cannot be used
    /// for guessing.
    package static func lock(_ holder: BadgeHolder, at now: WallTime) -> Identification? {
        if holder.isLocked { return .locked(retryAfter: nil) }
        guard holder.hasPIN, let bar = LockRule.bar(holder.attempts, at: now) else { return nil }
        return .locked(retryAfter: bar)
    }

    /// The printer comes first: whoever stands at a broken site should hear that, not "no jobs".
    package static func open(hasPrinter: Bool, heldJobs: Int) -> Opening {
        guard hasPrinter else { return .noPrinter }
        return heldJobs > 0 ? .session : .noJobs
    }

    package static func isFresh(_ age: Duration) -> Bool { (.zero...freshness).contains(age) }

    /// A PIN settles the badge that was read at the same reader, for as long as that badge is awaiting it.
    package static func awaitsPIN(readAt: WallTime, at now: WallTime) -> Bool {
        now <= readAt.advanced(by: challengeLife)
    }
}
