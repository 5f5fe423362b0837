// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// How a release ends and what its job becomes with it; both are written in one transaction.
package enum Settlement: Hashable, Sendable {
    /// The pages are charged in the same transaction.
    case printed(pages: Int)
    /// It may have printed: only evidence or a person decides, never a second try.
    case inDoubt
    case heldAgain
    /// Repeated or late news that changes nothing.
    case unchanged
}

/// What an agent's news of a release means.
package enum OutcomeRule {
    /// More pages than one release can have: such news is not believed, and a person decides.
    package static let pageLimit = 1_000_000

    /// A driver gives its printer at most an hour for the end report. An agent that has not told the outcome of a
    /// release for this long is not coming back with it; should it come after all, its evidence still counts.
    package static let silence = Duration.seconds(2 * 3600)

    /// Nobody has told how a release ended. One whose document was never handed out cannot have printed: its job must
    /// not wait for ever for a box that is gone.
    package static func fallSilent(_ state: ReleaseState, since: WallTime, at now: WallTime) -> Settlement {
        guard since.advanced(by: silence) < now else { return .unchanged }
        return switch state {
        case .sending: .inDoubt
        case .reserved: .heldAgain
        case .inDoubt, .confirmed, .failed: .unchanged
        }
    }

    package static func settle(_ state: ReleaseState, _ outcome: Outcome) -> Settlement {
        switch state {
        case .sending: settleSending(outcome)
        // The server never handed the document out. News of paper then means that one of the two lost its memory.
        case .reserved: if case .neverStarted = outcome { .heldAgain } else { .inDoubt }
        case .inDoubt: if case .printed = settleSending(outcome) { settleSending(outcome) } else { .unchanged }
        case .confirmed, .failed: .unchanged
        }
    }

    private static func settleSending(_ outcome: Outcome) -> Settlement {
        switch outcome {
        case .printed(let pages) where (0...pageLimit).contains(pages): .printed(pages: pages)
        case .printed, .unconfirmed: .inDoubt
        case .neverStarted: .heldAgain
        }
    }
}

/// A person looked at the paper of a job in doubt.
package enum SettleRule {
    package enum Refusal: Error, Hashable, Sendable {
        case notInDoubt
        case badPageCount
        case moreThanThereAre(Int)
    }

    /// - Parameter most: see ``check(_:most:)``.
    package static func settle(_ state: JobState, pages: Int, most: Int?) throws(Refusal) -> Settlement {
        guard state == .inDoubt else { throw .notInDoubt }
        try check(pages, most: most)
        return pages == 0 ? .heldAgain : .printed(pages: pages)
    }

    /// What a person says came out is paid for, and a digit too many is typed more often than a printer adds a page of
    /// its own. So more than the document has must be meant.
    /// - Parameter most: what the document has; `nil` when that is not known, or when more is meant.
    package static func check(_ pages: Int, most: Int?) throws(Refusal) {
        guard (0...OutcomeRule.pageLimit).contains(pages) else { throw .badPageCount }
        if let most, pages > most { throw .moreThanThereAre(most) }
    }

    /// The pages of a document in all its copies; `nil` when nobody knows.
    package static func most(_ count: PageCount) -> Int? {
        guard let pages = count.pages else { return nil }
        let (all, isTooMany) = pages.multipliedReportingOverflow(by: max(1, count.copies))
        return isTooMany ? nil : all
    }
}
