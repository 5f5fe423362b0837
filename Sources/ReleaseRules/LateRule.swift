// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// What is done about a release of a lent job whose outcome comes after somebody else has decided about the job. What
/// came out is charged, once, whatever became of the job; what was charged in error is made good. Lines that are
/// written are never changed, and none is written into a period that is over.
package enum LateRule {
    /// What became of the doubt that the holder's silence left.
    package enum Settled: Hashable, Sendable {
        /// A person has said how many pages came out, and they are charged.
        case byPerson(pages: Int)
        /// They are charged by the printer's count.
        case byEvidence
        /// Not at all: the holder itself has said that it may have printed, and a person decides.
        case open
    }

    package enum Step: Hashable, Sendable {
        /// The ledger is right as it is.
        case nothing
        /// The job is held, and is what came out.
        case release
        /// The job is over or somebody else's: what came out besides has a release and a line of its own.
        case charge(pages: Int)
        /// The printer counted otherwise than the person, or another billing code was chosen than the person knew of.
        case correct(pages: Int)
        /// The held job may have come out.
        case doubt
        /// It may have come out besides, and nobody counted it. Nobody pays for what nobody counted.
        case remember
    }

    /// - Parameters:
    ///   - settled: `nil` when there was no doubt, or nothing had come out as far as was known.
    ///   - isElsewhere: it was charged to another billing code than the one that was chosen.
    package static func step(
        _ outcome: Outcome, job: JobState, settled: Settled?, isElsewhere: Bool = false
    ) -> Step {
        switch outcome {
        case .printed(let pages) where (0...OutcomeRule.pageLimit).contains(pages):
            switch settled {
            case .byPerson(pages) where pages == 0 || !isElsewhere: .nothing
            case .byPerson: .correct(pages: pages)
            case .byEvidence, .open: .nothing
            case nil: pages == 0 ? .nothing : job == .held ? .release : .charge(pages: pages)
            }
        case .printed, .unconfirmed: settled != nil ? .nothing : job == .held ? .doubt : .remember
        // No byte of it had reached the printer: whoever saw paper saw something else's.
        case .neverStarted: if case .byPerson(1...) = settled { .correct(pages: 0) } else { .nothing }
        }
    }

    /// Whether a line is marked as late: the site had decided about the job, or had closed the month.
    package static func isLate(releasedAt: WallTime, bookedAt: WallTime, isDecided: Bool) -> Bool {
        isDecided || CalendarMonth(of: releasedAt) != CalendarMonth(of: bookedAt)
    }
}
