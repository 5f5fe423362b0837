// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ServerCore

/// Jobs, as the administrator sees them.
extension StoreCore {
    static let listLimit = 10_000

    func jobs(_ state: JobState?, owner: String?, limit: Int) throws(StoreFault) -> [JobFacts] {
        let limit = SQLValue.integer(min(max(0, limit), Self.listLimit))
        let order = "ORDER BY j.id DESC LIMIT ?1"
        return switch (state, owner) {
        case (nil, nil):
            try jobs("WHERE j.state IN ('held', 'reserved', 'sending', 'in_doubt') \(order)", limit)
        case (nil, let owner?):
            try jobs(
                "WHERE j.owner IN (?2, ?3) AND j.state IN ('held', 'reserved', 'sending', 'in_doubt') \(order)",
                limit, .text(owner), .text(try findUser(owner)?.name))
        case (let state?, nil): try jobs("WHERE j.state = ?2 \(order)", limit, .text(state.rawValue))
        case (let state?, let owner?):
            try jobs(
                "WHERE j.state = ?2 AND j.owner IN (?3, ?4) \(order)", limit, .text(state.rawValue), .text(owner),
                .text(try findUser(owner)?.name))
        }
    }

    private func jobs(_ condition: String, _ values: SQLValue...) throws(StoreFault) -> [JobFacts] {
        try database.rows(
            """
            SELECT j.id, j.owner, j.title, j.state, j.analysed, j.pages, j.color_pages, j.document_copies, j.size,
                j.received_at,
                (SELECT p.name FROM releases r JOIN printers p ON p.id = r.printer WHERE r.job = j.id
                    ORDER BY r.attempt DESC LIMIT 1),
                (SELECT a.name FROM custodies c JOIN agents a ON a.id = c.agent
                    WHERE c.job = j.id AND c.ended_at IS NULL AND c.state <> 'offered'),
                EXISTS (SELECT 1 FROM users u WHERE u.name = j.owner AND u.deleted_at IS NULL)
            FROM jobs j \(condition)
            """,
            values: values, read: JobFacts.init)
    }

    func cancelJob(_ job: JobID, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let state = try state(of: job) else { return refuse(.notFound, "there is no job \(job)") }
        guard state == .held else {
            let next = state == .inDoubt ? ": settle it with the number of pages that came out" : ""
            return refuse(.conflict, "job \(job) is \(state.rawValue), and only a held job can be canceled\(next)")
        }
        try move(job, from: .held, to: .canceled, at: who.now)
        return try done("cancel-job", job.description, who)
    }

    /// How many pages came out, as a person says.
    struct Said {
        let pages: Int
        /// They mean it although the document has fewer.
        let evenIfMore: Bool
    }

    func settleJob(
        _ job: JobID, _ said: Said, person: String, _ who: Administrator
    ) throws(StoreFault) -> AdminReply {
        guard let state = try state(of: job) else { return refuse(.notFound, "there is no job \(job)") }
        let release = try releaseInDoubt(of: job)
        let most = try release.flatMap { row throws(StoreFault) in try pagesAtMost(of: row.id, said) }
        let settlement: Settlement
        do throws(SettleRule.Refusal) {
            settlement = try SettleRule.settle(state, pages: said.pages, most: most)
        } catch {
            return refuse(error, of: job, state, said)
        }
        guard let release, try apply(settlement, to: release, news: News(evidence: .person), at: who.now) else {
            return refuse(.invalid, "job \(job) cannot be priced with \(said.pages) pages: check the tariff")
        }
        return try done("settle-job", "\(job) with \(said.pages) pages, said \(person)", who)
    }

    /// What a person may say of this release without meaning more.
    func pagesAtMost(of release: ReleaseID, _ said: Said) throws(StoreFault) -> Int? {
        said.evenIfMore ? nil : try facts(of: release).flatMap { SettleRule.most($0.count) }
    }

    func refuse(_ refusal: SettleRule.Refusal, of job: JobID, _ state: JobState, _ said: Said) -> AdminReply {
        switch refusal {
        case .notInDoubt: refuse(.conflict, "job \(job) is \(state.rawValue), not in doubt")
        case .badPageCount: refuse(.invalid, "\(said.pages) pages: give 0 to \(OutcomeRule.pageLimit)")
        case .moreThanThereAre(let most):
            refuse(
                .invalid,
                "job \(job) has \(most) pages with all its copies, and \(said.pages) would be charged: "
                    + "say --even-if-more if so many came out")
        }
    }

    func state(of job: JobID) throws(StoreFault) -> JobState? {
        try database.row("SELECT state FROM jobs WHERE id = ?1", .id(job)) {
            row throws(StoreFault) -> JobState in try row.state(0)
        }
    }

    func countState() throws(StoreFault) -> StateCounts {
        let jobs = try database.rows("SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state") {
            row throws(StoreFault) -> (JobState, Int) in (try row.state(0), row.int(1))
        }
        return StateCounts(
            jobs: Dictionary(jobs, uniquingKeysWith: +),
            users: try count("SELECT count(*) FROM users WHERE deleted_at IS NULL"),
            agents: try count("SELECT count(*) FROM agents WHERE revoked_at IS NULL"),
            ledgerEntries: try count("SELECT count(*) FROM ledger"),
            unbookedCharges: try count("SELECT count(*) FROM offline_charges WHERE unbooked = 1"))
    }

    func count(_ sql: String) throws(StoreFault) -> Int { try database.row(sql) { $0.int(0) } ?? 0 }
}

extension JobFacts {
    fileprivate init(_ row: SQLRow) throws(StoreFault) {
        let count = PageCount(pages: row.optionalInt(5), colorPages: row.optionalInt(6), copies: row.int(7))
        self.init(
            job: row.id(0), owner: row.text(1), title: row.text(2), state: try row.state(3),
            count: row.flag(4) && count.pages != nil ? count : nil, size: row.count(8), receivedAt: row.time(9),
            printer: row.optionalText(10), lentTo: row.optionalText(11))
        isOwnerKnown = row.flag(12)
    }
}
