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

    /// How long no PIN is accepted any more; `nil` when one is accepted now. A clock that was set back cannot make
    /// the wait longer than the longest.
    package static func bar(_ attempts: PINAttempts, at now: WallTime) -> Duration? {
        guard let until = attempts.barredUntil, now < until else { return nil }
        return min(.milliseconds(until.milliseconds - now.milliseconds), longestBar)
    }

    /// Tries until the next wait, given that one is accepted now.
    package static func triesLeft(_ attempts: PINAttempts) -> Int { max(1, freeTries - attempts.failures) }

    package static func afterFailure(_ attempts: PINAttempts, at now: WallTime) -> PINAttempts {
        let failures = attempts.failures + 1
        guard failures >= freeTries else { return PINAttempts(failures: failures, barredUntil: nil) }
        let doublings = min(failures - freeTries, 16)
        let wait = min(firstBar * (1 << doublings), longestBar)
        return PINAttempts(failures: failures, barredUntil: now.advanced(by: wait))
    }
}
