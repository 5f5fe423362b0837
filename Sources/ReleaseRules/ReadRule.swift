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

/// When a badge alone does not suffice.
package enum SecondFactor: String, CaseIterable, Sendable {
    /// Whoever has a PIN is asked for it.
    case ifSet = "if-set"
    /// A number that was typed needs the PIN; a badge in the hand does not.
    case whenTyped = "when-typed"
    /// Whoever has no PIN yet chooses one.
    case always
    case never
}

/// What is known of a read besides whose badge it is.
package struct ReadFacts: Hashable, Sendable {
    package var age: Duration
    /// The number came from a keypad.
    package var isTyped: Bool
    /// The agent can ask for a new PIN.
    package var canChoosePIN: Bool
    /// How long this reader takes no PIN and no typed number from anybody.
    package var placeBar: Duration?
    /// Wrong PINs for a typed number that is not one person's: it must look as if it were.
    package var attempts = PINAttempts.none

    package init(age: Duration, isTyped: Bool = false, canChoosePIN: Bool = false, placeBar: Duration? = nil) {
        self.age = age
        self.isTyped = isTyped
        self.canChoosePIN = canChoosePIN
        self.placeBar = placeBar
    }
}

/// What becomes of a badge that was held to a reader, in two steps: who is it, and what is there for them.
package enum ReadRule {
    /// A read older than this is answered to nobody: the person has left, and paper in an empty room is disclosure.
    package static let freshness = Duration.seconds(5)
    /// How long an answer is awaited after the question.
    package static let challengeLife = Duration.seconds(120)

    package enum Identification: Hashable, Sendable {
        case expired
        case unknown
        /// A read that matches badges of several people is nobody's. The reader's person learns no difference to an
        /// unknown one, the administrator does.
        /// - Parameter triesLeft: a PIN is asked for, as of an unknown number that was typed.
        case ambiguous([UserID], triesLeft: Int? = nil)
        case locked(retryAfter: Duration?)
        /// Of nobody, when the typed number is unknown: that must look as if there were one.
        case needsPIN(UserID?, triesLeft: Int)
        /// Has none yet and must choose one.
        case needsNewPIN(UserID)
        /// Must have a PIN, has none, and cannot choose one here.
        case notPermitted(UserID)
        case known(UserID)
    }

    package enum Opening: Hashable, Sendable {
        case noPrinter
        case noJobs
        case session
    }

    package static func identify(
        _ read: ReadFacts, holders: [BadgeHolder], policy: SecondFactor, at now: WallTime
    ) -> Identification {
        guard isFresh(read.age) else { return .expired }
        let users = Set(holders.map(\.user)).sorted()
        if asksWhateverWasTyped(read, policy) { return question(read, holders, users, at: now) }
        guard let holder = holders.first else { return bar(read) ?? .unknown }
        guard users.count == 1 else { return bar(read) ?? .ambiguous(users) }
        if holder.isLocked { return .locked(retryAfter: nil) }
        let demand = demand(holder, read, policy)
        if case .needsPIN = demand {
            if let refusal = lock(holder, at: now) { return refusal }
            if let bar = read.placeBar { return .locked(retryAfter: bar) }
        }
        return bar(read) ?? demand
    }

    /// A number is guessed more easily than a badge is found, so it tells nothing by itself: whether it is nobody's,
    /// somebody's, several people's or a locked person's shows after the PIN at the earliest.
    package static func asksWhateverWasTyped(_ read: ReadFacts, _ policy: SecondFactor) -> Bool {
        read.isTyped && (policy == .whenTyped || policy == .always)
    }

    private static func question(
        _ read: ReadFacts, _ holders: [BadgeHolder], _ users: [UserID], at now: WallTime
    ) -> Identification {
        let attempts = users.count == 1 ? holders[0].attempts : read.attempts
        if let refusal = lock(attempts, at: now) ?? bar(read) { return refusal }
        let tries = LockRule.triesLeft(attempts)
        return users.count > 1 ? .ambiguous(users, triesLeft: tries) : .needsPIN(users.first, triesLeft: tries)
    }

    /// Where numbers were guessed none is taken for a while, right or wrong. A badge in the hand is no guess.
    private static func bar(_ read: ReadFacts) -> Identification? {
        read.isTyped ? read.placeBar.map { .locked(retryAfter: $0) } : nil
    }

    private static func demand(
        _ holder: BadgeHolder, _ read: ReadFacts, _ policy: SecondFactor
    ) -> Identification {
        guard needsSecondFactor(policy: policy, hasPIN: holder.hasPIN) else { return .known(holder.user) }
        if holder.hasPIN {
            return .needsPIN(holder.user, triesLeft: LockRule.triesLeft(holder.attempts))
        }
        return read.canChoosePIN ? .needsNewPIN(holder.user) : .notPermitted(holder.user)
    }

    /// Whether a badge in the hand is not enough. Who needs more is neither lent jobs nor let in while the server is
    /// away: no verifier of a PIN ever leaves it.
    package static func needsSecondFactor(policy: SecondFactor, hasPIN: Bool) -> Bool {
        switch policy {
        case .always: true
        case .ifSet: hasPIN
        case .whenTyped, .never: false
        }
    }

    /// Whoever held a badge to the reader, or is logged in, is refused before the PIN is asked for, so that a wait
    /// cannot be used for guessing. What is answered after it, ``LoginRule`` says.
    package static func lock(_ holder: BadgeHolder, at now: WallTime) -> Identification? {
        holder.isLocked ? .locked(retryAfter: nil) : lock(holder.attempts, at: now)
    }

    private static func lock(_ attempts: PINAttempts, at now: WallTime) -> Identification? {
        if LockRule.needsAdministrator(attempts) { return .locked(retryAfter: nil) }
        return LockRule.bar(attempts, at: now).map { .locked(retryAfter: $0) }
    }

    /// The printer comes first: whoever stands at a broken site should hear that, not "no jobs".
    /// - Parameter mayBeEmpty: the agent can show a person that there is nothing.
    package static func open(hasPrinter: Bool, heldJobs: Int, mayBeEmpty: Bool = false) -> Opening {
        guard hasPrinter else { return .noPrinter }
        return heldJobs > 0 || mayBeEmpty ? .session : .noJobs
    }

    package static func isFresh(_ age: Duration) -> Bool { (.zero...freshness).contains(age) }

    /// An answer settles the question that was asked at the same reader, for as long as that is awaiting it. A clock
    /// that was set back ends the wait.
    package static func awaitsAnswer(askedAt: WallTime, at now: WallTime) -> Bool {
        askedAt <= now && now <= askedAt.advanced(by: challengeLife)
    }
}
