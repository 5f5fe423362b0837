// SPDX-License-Identifier: Apache-2.0

package import Primitives
package import ReleaseRules

/// A person of whom no PIN and no password is taken after too many wrong ones.
package struct LockOut: Hashable, Sendable {
    /// Since the last right one.
    package var failures: Int
    /// `nil`: until an administrator unlocks.
    package var until: WallTime?

    package init(failures: Int, until: WallTime?) {
        self.failures = failures
        self.until = until
    }

    /// `nil` when one is taken now.
    package init?(_ attempts: PINAttempts, at now: WallTime) {
        if LockRule.needsAdministrator(attempts) {
            self.init(failures: attempts.failures, until: nil)
        } else {
            guard let bar = LockRule.bar(attempts, at: now) else { return nil }
            self.init(failures: attempts.failures, until: now.advanced(by: bar))
        }
    }
}
