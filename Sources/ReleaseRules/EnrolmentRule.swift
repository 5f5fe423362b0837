// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// A badge becomes somebody's when it was held to one reader twice and was read the same both times: a disturbed read
/// would be a badge that nobody has, or worse, somebody else's. An administrator's enrolment and a person's own follow
/// the same rule.
package enum EnrolmentRule {
    /// How long an administrator's request makes a reader wait for the badge.
    package static let armedLife = Duration.seconds(60)
    /// Readers of a site that wait at once, each for one badge. Further requests are refused.
    package static let armedLimit = 64
    /// How long a badge that was held once may take to be held again.
    package static let againLife = Duration.seconds(10)

    /// What is known of a badge that was held once: the keyed hash under which it would be enrolled, no number.
    package struct FirstRead: Hashable, Sendable {
        package var hash: [UInt8]
        package var at: WallTime

        package init(hash: [UInt8], at: WallTime) {
            self.hash = hash
            self.at = at
        }
    }

    package enum Comparison: Hashable, Sendable {
        case equal
        case different
        /// The second one came so late that it is a first one.
        case tooLate
    }

    package enum Refusal: Hashable, Sendable {
        /// It belongs to somebody already, perhaps to this very person.
        case taken(UserID)
        case different
        /// Nothing in it names a badge, as in a number made up anew at each read.
        case unfit
    }

    package enum Step: Hashable, Sendable {
        /// Ask for the badge once more, and keep this read as the first one.
        case holdAgain
        case enrol
        /// This enrolment is over.
        case refuse(Refusal)
    }

    /// A clock that was set back makes the wait no longer.
    package static func compare(_ first: FirstRead, with hash: [UInt8], at now: WallTime) -> Comparison {
        guard first.at <= now, now <= first.at.advanced(by: againLife) else { return .tooLate }
        return hash == first.hash ? .equal : .different
    }

    /// - Parameters:
    ///   - hash: of the read; `nil` when the site's policy lets none of its forms count.
    ///   - holders: whose badges the read matches under any form.
    ///   - first: the earlier read at the same reader.
    package static func step(hash: [UInt8]?, holders: [UserID], first: FirstRead?, at now: WallTime) -> Step {
        if let holder = holders.min() { return .refuse(.taken(holder)) }
        guard let hash else { return .refuse(.unfit) }
        guard let first else { return .holdAgain }
        return switch compare(first, with: hash, at: now) {
        case .equal: .enrol
        case .different: .refuse(.different)
        case .tooLate: .holdAgain
        }
    }

    package static func isArmed(since armed: WallTime, at now: WallTime) -> Bool {
        armed <= now && now < armed.advanced(by: armedLife)
    }
}
