// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives
import ReleaseRules
import ServerCore

/// A person says after all how many pages of a printed job came out. The line that was booked stays, and one of the
/// difference follows it.
extension StoreCore {
    private struct ChargedRelease {
        let id: ReleaseID
        let agent: AgentID
        let user: UserID
    }

    func correctJob(_ job: JobID, _ said: Said, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let state = try state(of: job) else { return refuse(.notFound, "there is no job \(job)") }
        let releases = try charged(job)
        guard let release = releases.first, let booked = try line(of: release.id) else {
            let next = state == .inDoubt ? ": settle it" : ""
            return refuse(.conflict, "job \(job) is \(state.rawValue), and was not charged\(next)")
        }
        guard releases.count == 1 else {
            return refuse(
                .conflict, "job \(job) came out \(releases.count) times, and which of them is meant cannot be said")
        }
        let most = try pagesAtMost(of: release.id, said)
        do throws(SettleRule.Refusal) { try SettleRule.check(said.pages, most: most) } catch {
            return refuse(error, of: job, state, said)
        }
        guard let line = try corrected(booked) else {
            return refuse(.conflict, "job \(job) was moved to another billing code: its lines cannot be told apart")
        }
        return try book(said.pages, for: line, release, of: job, who)
    }

    /// Not those that correct another one.
    private func charged(_ job: JobID) throws(StoreFault) -> [ChargedRelease] {
        try database.rows(
            """
            SELECT r.id, r.agent, r.user FROM releases r JOIN ledger l ON l.release = r.id
            WHERE r.job = ?1 AND l.corrects IS NULL ORDER BY r.id
            """,
            .id(job)
        ) { ChargedRelease(id: $0.id(0), agent: $0.id(1), user: $0.id(2)) }
    }

    /// The line with what was booked since to make it good; `nil` where that is under another billing code.
    func corrected(_ line: BookedLine) throws(StoreFault) -> BookedLine? {
        let corrections = try database.rows(
            "SELECT mono, color, unknown, amount, account FROM ledger WHERE corrects = ?1 ORDER BY number",
            .integer(line.number)
        ) { row in
            let charge = Charge(
                mono: row.int(0), color: row.int(1), unknown: row.int(2), amount: Money(minor: row.int64(3)))
            return (charge, account: row.isNull(4) ? nil : AccountID(row.int64(4)))
        }
        var line = line
        for (charge, account) in corrections {
            guard account == line.entry.account, let sum = try? line.entry.charge.adding(charge) else { return nil }
            line.entry.charge = sum
            line.isCorrected = true
        }
        return line
    }

    private func book(
        _ pages: Int, for line: BookedLine, _ charged: ChargedRelease, of job: JobID, _ who: Administrator
    ) throws(StoreFault) -> AdminReply {
        let before = line.entry.charge
        guard before.pages != pages else {
            return refuse(.conflict, "job \(job) is charged with \(pages) pages already")
        }
        let outAt = line.entry.releasedAt ?? line.entry.at
        var release = OfflineRelease(fence: nil, job: job, agent: charged.agent, user: charged.user, begun: outAt)
        (release.account, release.printer) = (line.entry.account, line.entry.printer)
        let news = News(evidence: .person, releasedAt: outAt)
        if case .obstacle(let words) = try correct(line, release, pages: pages, news, at: who.now) {
            return refuse(.conflict, "job \(job) cannot be corrected: \(words)")
        }
        // What an agent says later of this release is compared with what was said last.
        try database.run("UPDATE releases SET pages = ?2 WHERE id = ?1", .id(charged.id), .integer(pages))
        let last = try database.row("SELECT max(number), amount FROM ledger", read: { ($0.int64(0), $0.int64(1)) })
        guard let last else { throw StoreFault(.corrupt, step: "correct a job", detail: "its line is gone") }
        try audit(
            "correct-job", "\(job) with \(pages) pages instead of \(before.pages): ledger line \(last.0)",
            at: who.now, by: who.name)
        return .corrected(
            CorrectionFacts(line: last.0, before: before.pages, pages: pages, amount: Money(minor: last.1)))
    }
}
