// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore

struct ReportPeriod {
    let from: WallTime
    let until: WallTime
}

/// Reports read the ledger and nothing else, so that they say the same tomorrow.
extension StoreCore {
    func report(
        _ report: AdminRequest.Report, from: WallTime, until: WallTime
    ) throws(StoreFault) -> AdminReply {
        let period = ReportPeriod(from: from, until: until)
        if let other = try foreignCurrency(in: period) { return refusal(of: other) }
        let rows =
            switch report {
            case .users: try sums(.users, period, offset: 0, limit: Int.max)
            case .departments: try sums(.departments, period, offset: 0, limit: Int.max)
            case .accounts: try sums(.accounts, period, offset: 0, limit: Int.max)
            case .history: try entries(period, after: 0, limit: Int.max).map(\.row)
            }
        return .report(rows, currency: settings.tariff.currency, scale: settings.tariff.scale)
    }

    /// One page, so that no answer is larger than a reader wants.
    func history(_ period: ReportPeriod, after: UInt64, limit: Int) throws(StoreFault) -> AdminReply {
        if let other = try foreignCurrency(in: period, after: after, limit: limit) { return refusal(of: other) }
        let rows = try entries(period, after: after, limit: limit)
        return .reportPage(
            rows.map(\.row), next: rows.count == limit ? rows.last?.number : nil, currency: settings.tariff.currency,
            scale: settings.tariff.scale)
    }

    /// A currency of the period that is not today's, or is with another scale: amounts in it must not be shown as ours.
    private func foreignCurrency(in period: ReportPeriod) throws(StoreFault) -> String? {
        try database.row(
            "SELECT currency FROM ledger WHERE at >= ?1 AND at < ?2 AND (currency <> ?3 OR scale <> ?4) LIMIT 1",
            .time(period.from), .time(period.until), .text(settings.tariff.currency), .integer(settings.tariff.scale)
        ) { $0.text(0) }
    }

    /// The whole period before the first page of a history, and only the page for those behind it.
    private func foreignCurrency(
        in period: ReportPeriod, after: UInt64, limit: Int
    ) throws(StoreFault) -> String? {
        guard after > 0 else { return try foreignCurrency(in: period) }
        return try database.row(
            """
            SELECT currency FROM (SELECT currency, scale FROM ledger
                WHERE number > ?5 AND +at >= ?1 AND +at < ?2 ORDER BY number LIMIT ?6)
            WHERE currency <> ?3 OR scale <> ?4 LIMIT 1
            """,
            .time(period.from), .time(period.until), .text(settings.tariff.currency), .integer(settings.tariff.scale),
            .count(after), .integer(limit)
        ) { $0.text(0) }
    }

    private func refusal(of currency: String) -> AdminReply {
        let ours = settings.tariff.currency
        return refuse(
            .conflict, "this period has charges in \(currency) with another scale than \(ours): choose a period")
    }

    enum SumReport {
        case users
        case departments
        case accounts

        /// Of the columns user, department and billing code.
        var columns: (group: String, shown: String) {
            switch self {
            case .users: ("u.name, d.name", "u.name, d.name, NULL")
            case .departments: ("d.name", "'', d.name, NULL")
            case .accounts: ("coalesce(a.code, '')", "'', '', coalesce(a.code, '')")
            }
        }
    }

    func sums(
        _ report: SumReport, _ period: ReportPeriod, offset: UInt64, limit: Int
    ) throws(StoreFault) -> [ReportRow] {
        let (group, columns) = report.columns
        return try database.rows(
            """
            SELECT \(columns), sum(l.corrects IS NULL), sum(l.mono), sum(l.color), sum(l.unknown), sum(l.amount)
            FROM ledger l JOIN users u ON u.id = l.user JOIN departments d ON d.id = l.department
                LEFT JOIN accounts a ON a.id = l.account
            WHERE l.at >= ?1 AND l.at < ?2 GROUP BY \(group) ORDER BY \(group) LIMIT ?4 OFFSET ?3
            """,
            .time(period.from), .time(period.until), .count(offset), .integer(limit)
        ) { row in
            var sum = ReportRow(
                user: row.text(0), department: row.text(1), releases: row.int(3), monoPages: row.int(4),
                colorPages: row.int(5), unknownPages: row.int(6), amount: Money(minor: row.int64(7)))
            sum.account = row.optionalText(2)
            return sum
        }
    }

    /// In the order in which they were charged. The ledger is read from `after` on, not sorted again for each page.
    func entries(
        _ period: ReportPeriod, after: UInt64, limit: Int
    ) throws(StoreFault) -> [(number: UInt64, row: ReportRow)] {
        try database.rows(
            """
            SELECT u.name, d.name, l.title, p.name, l.at, l.mono, l.color, l.unknown, l.amount, l.number, a.code,
                l.released_at, l.corrects IS NULL
            FROM ledger l CROSS JOIN users u ON u.id = l.user CROSS JOIN departments d ON d.id = l.department
                CROSS JOIN printers p ON p.id = l.printer LEFT JOIN accounts a ON a.id = l.account
            WHERE l.number > ?3 AND +l.at >= ?1 AND +l.at < ?2 ORDER BY l.number LIMIT ?4
            """,
            .time(period.from), .time(period.until), .count(after), .integer(limit)
        ) { row in
            var facts = ReportRow(
                user: row.text(0), department: row.text(1), title: row.text(2), printer: row.text(3), at: row.time(4),
                releases: row.int(12), monoPages: row.int(5), colorPages: row.int(6), unknownPages: row.int(7),
                amount: Money(minor: row.int64(8)))
            facts.account = row.optionalText(10)
            facts.lateSince = row.optionalTime(11)
            return (row.count(9), facts)
        }
    }
}

/// Reports over the release port, and who saw them.
extension StoreCore {
    /// Rows read for one page; fewer may fit.
    static let pageRows = 1000

    func noteReport(_ seat: AgentSeat, _ query: ReportQuery, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat, for: .reports) { return .refused(refusal) }
        guard let subject = ReportSubject(query), period(of: query) != nil else {
            return .refused(Refusal(.reportUnknown))
        }
        let who = try database.row("SELECT name, key_hash FROM agents WHERE id = ?1", .id(seat.agent)) {
            "\($0.text(0)) \(KeyHash($0.blob(1))?.short ?? "")"
        }
        // The same question again within a minute is counted.
        try auditWithPause(
            AgentLine(
                agent: seat.agent, action: "report-seen", place: subject.description, subject: subject.description,
                by: who ?? ""), at: now)
        return .done
    }

    func readReport(_ seat: AgentSeat, _ query: ReportQuery) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat, for: .reports) { return .refused(refusal) }
        guard ReportSubject(query) != nil, let report = AdminRequest.Report(rawValue: query.name),
            let period = period(of: query)
        else {
            return .refused(Refusal(.reportUnknown))
        }
        let other =
            report == .history
            ? try foreignCurrency(in: period, after: query.cursor, limit: Self.pageRows)
            : try foreignCurrency(in: period)
        guard other == nil else { return .refused(Refusal(.reportUnknown)) }
        let rows: [(number: UInt64, row: ReportRow)] =
            switch report {
            case .users: numbered(try sums(.users, period, offset: query.cursor, limit: Self.pageRows), query)
            case .departments:
                numbered(try sums(.departments, period, offset: query.cursor, limit: Self.pageRows), query)
            case .accounts: numbered(try sums(.accounts, period, offset: query.cursor, limit: Self.pageRows), query)
            case .history: try entries(period, after: query.cursor, limit: Self.pageRows)
            }
        let (text, next) = ReportText.page(
            rows, isFull: rows.count == Self.pageRows, currency: settings.tariff.currency,
            scale: settings.tariff.scale)
        let money = ReportPage.Money(currency: settings.tariff.currency, scale: settings.tariff.scale)
        return .reportPage(ReportPage(rows: text, next: next, money: money))
    }

    private func numbered(_ rows: [ReportRow], _ query: ReportQuery) -> [(number: UInt64, row: ReportRow)] {
        rows.enumerated().map { (query.cursor + UInt64($0) + 1, $1) }
    }

    private func period(of query: ReportQuery) -> ReportPeriod? {
        if query.month.isEmpty {
            return ReportPeriod(from: WallTime(milliseconds: .min), until: WallTime(milliseconds: .max))
        }
        return CalendarMonth(query.month).map { ReportPeriod(from: $0.begins, until: $0.ends) }
    }
}

/// The audit: who did what.
extension StoreCore {
    func audit(since: WallTime, after: Int64, limit: Int) throws(StoreFault) -> AdminReply {
        let entries = try database.rows(
            "SELECT id, at, by, action, subject FROM audit WHERE id > ?1 AND at >= ?2 ORDER BY id LIMIT ?3",
            .integer(after), .time(since), .integer(limit)
        ) {
            AuditEntry(id: $0.int64(0), at: $0.time(1), by: $0.text(2), action: $0.text(3), subject: $0.text(4))
        }
        return .audit(entries, next: entries.count == limit ? entries.last?.id : nil)
    }
}
