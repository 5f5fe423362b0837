// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// How often an agent can put a line of one kind into the audit.
package enum AuditPauseRule {
    package static let pause = Duration.seconds(60)

    /// A clock that was set back ends it.
    package static func lasts(since last: WallTime, at now: WallTime) -> Bool {
        last <= now && now < last.advanced(by: pause)
    }
}
