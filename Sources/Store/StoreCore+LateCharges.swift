// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives
import ReleaseRules

/// Releases of lent jobs that are told after somebody else has decided: the paper is there all the same.
extension StoreCore {
    /// The release that was in doubt for want of the holder's word, and its line.
    private struct SettledDoubt {
        let how: LateRule.Settled
        let line: BookedLine?
    }

    /// What came of it, for the audit.
    enum BookingResult {
        case nothing(String)
        case done(String)
        case obstacle(String)
    }

    func applyLate(
        _ outcome: Outcome, _ release: OfflineRelease, _ job: JobState, _ news: News, at now: WallTime
    ) throws(StoreFault) -> Booking {
        let settled = try settledDoubt(of: release.fence)
        let isElsewhere = release.account != nil && settled?.line.map { $0.entry.account != release.account } == true
        let step = LateRule.step(outcome, job: job, settled: settled?.how, isElsewhere: isElsewhere)
        let result: BookingResult
        switch step {
        case .nothing: result = .nothing(settled?.how == .open ? "its doubt stands" : "the ledger has it")
        case .remember: result = .nothing("charged to nobody")
        case .doubt: result = try settle(release, as: .inDoubt, news, at: now)
        case .release:
            guard case .printed(let pages) = outcome else { preconditionFailure("only what was printed is a release") }
            result = try settle(release, as: .printed(pages: pages), news, at: now)
        case .charge(let pages): result = try book(release, pages: pages, news, at: now)
        case .correct(let pages):
            guard let line = settled?.line else { preconditionFailure("what is corrected was settled") }
            result = try correct(line, release, pages: pages, news, at: now)
        }
        let place = "job \(release.job) at \(try agentName(release.agent)), \(job.rawValue): \(outcome.words)"
        func line(_ words: String) -> AgentLine {
            AgentLine(agent: release.agent, action: "late-offline-charge", subject: "\(place): \(words)")
        }
        switch result {
        case .nothing(let words):
            try auditWithPause(line(words), at: now)
            return .done
        case .done(let words):
            try audit(line(words), at: now)
            return .done
        case .obstacle(let words):
            try audit(line(words), at: now)
            return .obstacle(words)
        }
    }

    /// The held job itself. Whoever else was lent it has heard nothing yet of its end, and may say that it came out
    /// there, too.
    private func settle(
        _ release: OfflineRelease, as settlement: Settlement, _ news: News, at now: WallTime
    ) throws(StoreFault) -> BookingResult {
        if let other = try custody(of: release.job) { try endUnheard(other.fence, at: now) }
        guard let begun = try openOffline(release, at: now) else { return .obstacle("there is no printer") }
        try apply(settlement, to: begun, news: news, at: now)
        return .done("release \(begun.id)")
    }

    /// A release of its own, which leaves the job as it is.
    private func book(
        _ release: OfflineRelease, pages: Int, _ news: News, at now: WallTime
    ) throws(StoreFault) -> BookingResult {
        guard let id = try insert(release, as: .failed, isLate: true) else { return .obstacle("there is no printer") }
        guard let entry = try makeEntry(for: id, pages: pages, news, at: now) else {
            return .obstacle(Self.unpriced)
        }
        return .done("ledger line \(try confirm(id, pages: pages, news, entry, at: now))")
    }

    private func confirm(
        _ release: ReleaseID, pages: Int, _ news: News, _ entry: LedgerEntry, at now: WallTime
    ) throws(StoreFault) -> Int64 {
        try database.run(
            "UPDATE releases SET state = 'confirmed', settled_at = ?2, pages = ?3, evidence = ?4 WHERE id = ?1",
            .id(release), .time(now), .integer(pages), .integer(Int64(news.evidence.rawValue)))
        return try append(entry)
    }

    /// Each line has a release of its own, where and for whom the line was that it makes good.
    func correct(
        _ line: BookedLine, _ release: OfflineRelease, pages: Int, _ news: News, at now: WallTime
    ) throws(StoreFault) -> BookingResult {
        let entries: [LedgerEntry]
        switch try corrections(of: line, pages: pages, account: release.account) {
        case .lines(let lines): entries = lines
        case .obstacle(let obstacle): return .obstacle(obstacle)
        }
        var numbers: [String] = []
        for var entry in entries {
            var release = release
            (release.account, release.printer) = (entry.account, entry.printer)
            guard let id = try insert(release, as: .failed, isLate: true), let facts = try facts(of: id) else {
                return .obstacle("there is no printer")
            }
            (entry.release, entry.attempt) = (id, facts.attempt)
            (entry.at, entry.releasedAt, entry.corrects) = (now, news.releasedAt, line.number)
            // Of two lines the first only takes back.
            let isReversal = entries.count > 1 && numbers.isEmpty
            numbers.append("\(try confirm(id, pages: isReversal ? 0 : pages, news, entry, at: now))")
        }
        return .done("ledger line \(numbers.joined(separator: " and "))")
    }

    private func settledDoubt(of fence: Fence?) throws(StoreFault) -> SettledDoubt? {
        let settled = try database.row(
            """
            SELECT id, state = 'in_doubt', evidence = ?2 AND late = 0, pages FROM releases
            WHERE custody = ?1 AND state IN ('confirmed', 'in_doubt') ORDER BY late DESC, id LIMIT 1
            """,
            .optional(fence), .integer(Int64(Evidence.person.rawValue))
        ) { row in
            let how: LateRule.Settled =
                row.flag(1) ? .open : row.flag(2) ? .byPerson(pages: row.int(3)) : .byEvidence
            return (release: row.id(0) as ReleaseID, how: how)
        }
        guard let settled else { return nil }
        let line = try line(of: settled.release)
        return SettledDoubt(
            how: settled.how, line: try line.map { line throws(StoreFault) in try corrected(line) ?? line })
    }
}
