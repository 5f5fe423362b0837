// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Wrong PINs in a row, as the database counts them for one user.
package struct PINAttempts: Hashable, Sendable {
    package static let none = PINAttempts(failures: 0, barredUntil: nil)

    package var failures: Int
    package var barredUntil: WallTime?

    package init(failures: Int, barredUntil: WallTime?) {
        self.failures = failures
        self.barredUntil = barredUntil
    }
}

/// Guessing a PIN is made slow, not impossible: five tries, then waits of 1, 2, 4 … minutes up to a day, each followed
/// by one more try. A right PIN starts over; so does an administrator who unlocks the user or sets a new PIN.
package enum LockRule {
    package static let freeTries = 5
    package static let firstBar = Duration.seconds(60)
    package static let longestBar = Duration.seconds(24 * 3600)
    /// So many failures without a success in between, and only an administrator helps (NIST SP 800-63B, 5.2.2).
    package static let failureLimit = 100
    /// Failures for a number or name that nobody has are kept for so long after the last one. Those of a user are kept
    /// until they log in, and who guesses should not learn by waiting which of the two it is. What a guesser can make
    /// us keep is bounded by what ``PlaceLockRule`` lets them try.
    package static let recordLife = Duration.seconds(366 * 24 * 3600)

    /// How long no PIN is accepted any more; `nil` when one is accepted now. A clock that was set back cannot make
    /// the wait longer than the longest.
    package static func bar(_ attempts: PINAttempts, at now: WallTime) -> Duration? {
        bar(until: attempts.barredUntil, longest: longestBar, at: now)
    }

    package static func needsAdministrator(_ attempts: PINAttempts) -> Bool { attempts.failures >= failureLimit }

    /// Tries until the next wait, given that one is accepted now.
    package static func triesLeft(_ attempts: PINAttempts) -> Int { max(1, freeTries - attempts.failures) }

    package static func afterFailure(_ attempts: PINAttempts, at now: WallTime) -> PINAttempts {
        let failures = attempts.failures + 1
        return PINAttempts(
            failures: failures,
            barredUntil: barredUntil(failures, free: freeTries, longest: longestBar, at: now))
    }

    fileprivate static func bar(until: WallTime?, longest: Duration, at now: WallTime) -> Duration? {
        guard let until, now < until else { return nil }
        return min(.milliseconds(until.milliseconds - now.milliseconds), longest)
    }

    fileprivate static func barredUntil(
        _ failures: Int, free: Int, longest: Duration, at now: WallTime
    ) -> WallTime? {
        guard failures >= free else { return nil }
        let doublings = min(failures - free, 16)
        return now.advanced(by: min(firstBar * (1 << doublings), longest))
    }
}

/// Wrong answers at one place, whoever they were meant for.
package struct PlaceAttempts: Hashable, Sendable {
    package static let none = PlaceAttempts(failures: 0, barredUntil: nil, failedAt: nil)

    package var failures: Int
    package var barredUntil: WallTime?
    package var failedAt: WallTime?

    package init(failures: Int, barredUntil: WallTime?, failedAt: WallTime?) {
        self.failures = failures
        self.barredUntil = barredUntil
        self.failedAt = failedAt
    }
}

/// Where somebody tries the PINs of many people one after the other, the counters of these people hardly rise. So wrong
/// answers are counted at the reader and at the agent as well. A right answer does not lower what others have done,
/// time does.
package enum PlaceLockRule: CaseIterable, Sendable {
    case reader
    case agent

    /// Many people mistype at one reader in a day.
    package var freeTries: Int {
        switch self {
        case .reader: 10
        case .agent: 20
        }
    }

    /// A reader that is shut hits everybody who comes to it.
    package static let longestBar = Duration.seconds(3600)

    /// After so long one failure is forgotten.
    package var forgets: Duration {
        switch self {
        case .reader: .seconds(600)
        case .agent: .seconds(300)
        }
    }

    package static func bar(until: WallTime?, at now: WallTime) -> Duration? {
        LockRule.bar(until: until, longest: longestBar, at: now)
    }

    /// When that is over; `nil` when it is.
    package static func end(_ until: WallTime?, at now: WallTime) -> WallTime? {
        bar(until: until, at: now).map { now.advanced(by: $0) }
    }

    package func afterFailure(_ attempts: PlaceAttempts, at now: WallTime) -> PlaceAttempts {
        let failures = max(0, attempts.failures - forgotten(since: attempts.failedAt, at: now)) + 1
        let barred = LockRule.barredUntil(failures, free: freeTries, longest: Self.longestBar, at: now)
        return PlaceAttempts(failures: failures, barredUntil: barred, failedAt: now)
    }

    /// A clock that was set back forgets nothing.
    private func forgotten(since failedAt: WallTime?, at now: WallTime) -> Int {
        guard let failedAt, failedAt < now else { return 0 }
        return Int((now.milliseconds - failedAt.milliseconds) / (forgets.components.seconds * 1000))
    }

    /// Counters that were not touched for so long say nothing any more.
    package static let recordLife = Duration.seconds(2 * 24 * 3600)
}
