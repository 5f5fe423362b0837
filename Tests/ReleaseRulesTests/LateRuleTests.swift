// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

struct LateRuleTests {
    private static let outcomes: [Outcome] = [
        .printed(pages: 0), .printed(pages: 2), .printed(pages: -1), .unconfirmed, .neverStarted(.printerRefused),
    ]

    @Test(arguments: JobState.allCases) func whatNobodyDecidedOnIsWhatTheHolderSays(job: JobState) {
        let steps = Self.outcomes.map { LateRule.step($0, job: job, settled: nil) }
        let isHeld = job == .held
        let doubt: LateRule.Step = isHeld ? .doubt : .remember
        #expect(steps == [.nothing, isHeld ? .release : .charge(pages: 2), doubt, doubt, .nothing])
    }

    @Test(arguments: JobState.allCases) func aPersonsCountIsMadeGood(job: JobState) {
        let steps = Self.outcomes.map { LateRule.step($0, job: job, settled: .byPerson(pages: 2)) }
        #expect(steps == [.correct(pages: 0), .nothing, .nothing, .nothing, .correct(pages: 0)])
        #expect(LateRule.step(.printed(pages: 3), job: job, settled: .byPerson(pages: 2)) == .correct(pages: 3))
        let limit = OutcomeRule.pageLimit
        #expect(LateRule.step(.printed(pages: limit), job: job, settled: .byPerson(pages: 2)) == .correct(pages: limit))
        #expect(LateRule.step(.printed(pages: limit + 1), job: job, settled: .byPerson(pages: 2)) == .nothing)
    }

    /// Also where the pages are right.
    @Test func anotherBillingCodeIsMadeGood() {
        let steps = [0, 2, 3].map {
            LateRule.step(.printed(pages: $0), job: .printed, settled: .byPerson(pages: 2), isElsewhere: true)
        }
        #expect(steps == [.correct(pages: 0), .correct(pages: 2), .correct(pages: 3)])
        for settled: LateRule.Settled? in [.byPerson(pages: 0), .byEvidence, .open] {
            #expect(
                LateRule.step(.printed(pages: 0), job: .printed, settled: settled, isElsewhere: true) == .nothing)
        }
    }

    @Test(arguments: outcomes) func whatIsChargedByEvidenceStands(outcome: Outcome) {
        for job in JobState.allCases {
            #expect(LateRule.step(outcome, job: job, settled: .byEvidence) == .nothing)
            #expect(LateRule.step(outcome, job: job, settled: .open) == .nothing)
        }
    }

    @Test func aLineIsLateWhenTheSiteHadDecidedOrTheMonthIsOver() throws {
        let end = try #require(CalendarMonth("2026-11")).ends
        let before = WallTime(milliseconds: end.milliseconds - 1)
        #expect(LateRule.isLate(releasedAt: before, bookedAt: end, isDecided: false))
        #expect(!LateRule.isLate(releasedAt: before, bookedAt: before, isDecided: false))
        #expect(!LateRule.isLate(releasedAt: end, bookedAt: end, isDecided: false))
        #expect(LateRule.isLate(releasedAt: end, bookedAt: end, isDecided: true))
    }
}
