// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives
import ReleaseRules

/// Releases of lent jobs that are told after somebody else has decided: the paper is there all the same.
extension StoreCore {
    /// The release that was in doubt for want of the holder's word, and its line.
    private struct SettledDoubt {
        let evidence: Evidence
        let pages: Int
        let line: Int64
        let charge: Charge
        let currency: String
        let scale: Int

        var how: LateRule.Settled { evidence == .person ? .byPerson(pages: pages) : .byEvidence }
    }

    func applyLate(
        _ outcome: Outcome, _ release: OfflineRelease, _ job: JobState, _ news: News, at now: WallTime
    ) throws(StoreFault) {
        let settled = try settledDoubt(of: release.fence)
        let step = LateRule.step(outcome, job: job, settled: settled?.how)
        let result: String
        switch step {
        case .nothing: result = "the ledger has it"
        case .remember: result = "charged to nobody"
        case .doubt: result = try settle(release, as: .inDoubt, news, at: now)
        case .release:
            if case .printed(let pages) = outcome {
                result = try settle(release, as: .printed(pages: pages), news, at: now)
            } else {
                preconditionFailure("only what was printed is a release")
            }
        case .charge(let pages):
            result = try book(release, pages: pages, news, at: now) { id throws(StoreFault) in
                try makeEntry(for: id, pages: pages, news, at: now)
            }
        case .correct(let pages):
            guard let settled else { preconditionFailure("what is corrected was settled") }
            result = try book(release, pages: pages, news, at: now) { id throws(StoreFault) in
                try makeCorrection(by: id, of: settled, pages: pages, news, at: now)
            }
        }
        try audit(
            "late-offline-charge", "job \(release.job), \(job.rawValue): \(outcome.words): \(result)", at: now,
            by: "agent")
    }

    /// The held job itself. Whoever else was lent it has heard nothing yet of its end, and may say that it came out
    /// there, too.
    private func settle(
        _ release: OfflineRelease, as settlement: Settlement, _ news: News, at now: WallTime
    ) throws(StoreFault) -> String {
        if let other = try custody(of: release.job) { try endUnheard(other.fence, at: now) }
        guard let begun = try openOffline(release, at: now) else { return "there is no printer" }
        try apply(settlement, to: begun, news: news, at: now)
        return "release \(begun.id)"
    }

    /// A release of its own, which leaves the job as it is.
    private func book(
        _ release: OfflineRelease, pages: Int, _ news: News, at now: WallTime,
        _ make: (ReleaseID) throws(StoreFault) -> LedgerEntry?
    ) throws(StoreFault) -> String {
        guard let id = try insert(release, as: .failed, isLate: true) else { return "there is no printer" }
        guard let entry = try make(id) else { return "it cannot be priced" }
        try database.run(
            "UPDATE releases SET state = 'confirmed', settled_at = ?2, pages = ?3, evidence = ?4 WHERE id = ?1",
            .id(id), .time(now), .integer(pages), .integer(Int64(news.evidence.rawValue)))
        return "ledger line \(try append(entry))"
    }

    private func settledDoubt(of fence: Fence) throws(StoreFault) -> SettledDoubt? {
        try database.row(
            """
            SELECT r.evidence, r.pages, l.number, l.mono, l.color, l.unknown, l.amount, l.currency, l.scale
            FROM releases r JOIN ledger l ON l.release = r.id
            WHERE r.custody = ?1 AND r.state = 'confirmed' ORDER BY r.late DESC, r.id LIMIT 1
            """,
            .id(fence)
        ) { row in
            SettledDoubt(
                evidence: Evidence(rawValue: UInt8(clamping: row.int(0))) ?? .none, pages: row.int(1),
                line: row.int64(2),
                charge: Charge(
                    mono: row.int(3), color: row.int(4), unknown: row.int(5), amount: Money(minor: row.int64(6))),
                currency: row.text(7), scale: row.int(8))
        }
    }

    /// `nil` when the money has changed since: a difference between two currencies is no amount.
    private func makeCorrection(
        by release: ReleaseID, of settled: SettledDoubt, pages: Int, _ news: News, at now: WallTime
    ) throws(StoreFault) -> LedgerEntry? {
        guard settled.currency == settings.tariff.currency, settled.scale == settings.tariff.scale,
            let facts = try facts(of: release),
            case .some(.some(let charge)) = try? ChargeRule.correction(
                of: settled.charge, pages: pages, analysis: facts.count, tariff: settings.tariff)
        else { return nil }
        var entry = entry(release, facts, charge, news, at: now)
        entry.corrects = settled.line
        return entry
    }
}
