// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// What an agent answers to a badge while its server is away. It knows only whom it has seen and what it was lent.
package enum OfflineRule {
    package static let cacheLife = Duration.seconds(72 * 3600)
    /// Somebody who is seen again so soon is not written down again.
    package static let relearnAfter = Duration.seconds(3600)
    /// Jobs that an agent holds.
    package static let jobLimit = 256

    /// Somebody whose badge the server has vouched for.
    package struct Holder: Hashable, Sendable {
        package var user: UserID
        /// Their badge alone is not enough.
        package var needsSecondFactor: Bool
        package var learnedAt: WallTime

        package init(user: UserID, needsSecondFactor: Bool, learnedAt: WallTime) {
            self.user = user
            self.needsSecondFactor = needsSecondFactor
            self.learnedAt = learnedAt
        }
    }

    package enum Answer: Equatable, Sendable {
        /// Nobody we know, nobody we remember any more, or nothing of theirs is here: the same answer, so that it
        /// tells a stranger nothing.
        case away
        /// Their PIN cannot be checked: no verifier of it ever leaves the server. Four digits behind any hash are found
        /// in minutes by whoever steals the box, and the person uses them elsewhere.
        case secondFactor
        /// All that is here goes beyond what they may print now.
        case limit
        case release([Fence])
    }

    /// - Parameters:
    ///   - jobs: the person's jobs that may come out here now, in order.
    ///   - owed: pages of theirs that this agent printed and the server has not charged yet.
    package static func answer(
        _ holder: Holder?, jobs: [CustodyFacts], owed: Int, policy: OfflinePolicy, at now: WallTime
    ) -> Answer {
        guard policy.mode != .deny, let holder, isRemembered(holder.learnedAt, at: now) else { return .away }
        if holder.needsSecondFactor { return .secondFactor }
        guard !jobs.isEmpty else { return .away }
        let chosen = within(policy.pages - owed, jobs)
        return chosen.isEmpty ? .limit : .release(chosen)
    }

    /// A clock that was set back makes the memory too old, not younger.
    package static func isRemembered(_ learnedAt: WallTime, at now: WallTime) -> Bool {
        learnedAt <= now && now < learnedAt.advanced(by: cacheLife)
    }

    /// As many as fit, the oldest first; one that is too long does not keep back those behind it.
    private static func within(_ pages: Int, _ jobs: [CustodyFacts]) -> [Fence] {
        var left = pages
        var chosen: [Fence] = []
        for job in jobs where job.pages <= left {
            left -= job.pages
            chosen.append(job.fence)
        }
        return chosen
    }
}
