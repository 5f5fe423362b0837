// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Unclaimed jobs do not lie about for ever.
package enum PurgeRule {
    package static let standardLife = Duration.seconds(12 * 3600)

    /// Jobs held since before this moment are purged. Only held jobs: what is reserved, sending or in doubt has its
    /// paper on the way.
    package static func cutoff(life: Duration, at now: WallTime) -> WallTime { now.advanced(by: .zero - life) }
}

/// Some clients send a job again when the answer was slow (LPD, RFC 1179, has no other remedy).
package enum DuplicateRule {
    package static let window = Duration.seconds(600)

    /// Jobs received before this moment are not the same submission. A client that numbers nothing repeats nothing.
    package static func cutoff(clientNumber: String, at now: WallTime) -> WallTime? {
        clientNumber.isEmpty ? nil : now.advanced(by: .zero - window)
    }
}
