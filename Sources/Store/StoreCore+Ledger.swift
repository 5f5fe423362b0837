// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import Crypto
import PrintModel
import Primitives

/// One line of the ledger. Its hash covers the line before it, so that no line can be changed, left out or put in
/// without changing every later one.
struct LedgerEntry {
    var release: ReleaseID
    var attempt: Int
    var user: UserID
    var department: Int64
    var printer: PrinterID
    var title: String
    var charge: Charge
    var currency: String
    var scale: Int
    var at: WallTime
    /// The billing code that was chosen. A line without one has the hash that it had before there were any; so has a
    /// line that is not late.
    var account: AccountID?
    /// When it came out, of a line that was written late.
    var releasedAt: WallTime?
    /// The number of the line that this one makes good; the counts and the amount are differences.
    var corrects: Int64?

    static let firstHash = [UInt8](repeating: 0, count: SHA256.byteCount)

    func hash(number: Int64, after previous: [UInt8]) -> [UInt8] {
        var writer = CBORWriter()
        let isPlain = releasedAt == nil && corrects == nil
        writer.array(count: isPlain ? (account == nil ? 15 : 16) : 18)
        writer.bytes(previous)
        for value in [number, release.value, Int64(attempt), user.value, department, printer.value] {
            writer.integer(value)
        }
        writer.text(title)
        for value in [charge.mono, charge.color, charge.unknown] { writer.integer(Int64(value)) }
        writer.integer(charge.amount.minor)
        writer.text(currency)
        writer.integer(Int64(scale))
        writer.integer(at.milliseconds)
        if isPlain {
            if let account { writer.integer(account.value) }
        } else {
            for value in [account?.value, releasedAt?.milliseconds, corrects] {
                if let value { writer.integer(value) } else { writer.null() }
            }
        }
        return SHA256.hash(writer.bytes)
    }
}

/// What a line says of its release besides the pages.
struct LedgerFacts {
    let attempt: Int
    let user: UserID
    let department: Int64
    let printer: PrinterID
    let title: String
    let count: PageCount
    let account: AccountID?
}

extension StoreCore {
    func facts(of release: ReleaseID) throws(StoreFault) -> LedgerFacts? {
        try database.row(
            """
            SELECT r.attempt, r.user, u.department, r.printer, j.title, j.pages, j.color_pages, j.copies,
                j.document_copies, r.mono, r.account
            FROM releases r JOIN users u ON u.id = r.user JOIN jobs j ON j.id = r.job WHERE r.id = ?1
            """,
            .id(release)
        ) { row in
            // Drivers often state the copies twice, to the queue and in the document: they are the same copies.
            var count = PageCount(
                pages: row.optionalInt(5), colorPages: row.optionalInt(6), copies: max(row.int(7), row.int(8)))
            // The printer was asked for no colour.
            if row.flag(9) { count.colorPages = 0 }
            return LedgerFacts(
                attempt: row.int(0), user: row.id(1), department: row.int64(2), printer: row.id(3),
                title: row.text(4), count: count, account: row.isNull(10) ? nil : row.id(10))
        }
    }

    /// What a confirmed release costs; `nil` when the amount does not fit.
    func makeEntry(
        for release: ReleaseID, pages: Int, _ news: News, at now: WallTime
    ) throws(StoreFault) -> LedgerEntry? {
        guard let facts = try facts(of: release) else { return nil }
        let charge = try? ChargeRule.charge(pages: pages, analysis: facts.count, tariff: settings.tariff)
        return charge.map { entry(release, facts, $0, news, at: now) }
    }

    func entry(
        _ release: ReleaseID, _ facts: LedgerFacts, _ charge: Charge, _ news: News, at now: WallTime
    ) -> LedgerEntry {
        LedgerEntry(
            release: release, attempt: facts.attempt, user: facts.user, department: facts.department,
            printer: facts.printer, title: facts.title, charge: charge, currency: settings.tariff.currency,
            scale: settings.tariff.scale, at: now, account: facts.account, releasedAt: news.releasedAt)
    }

    /// - Returns: the line's number.
    @discardableResult
    func append(_ entry: LedgerEntry) throws(StoreFault) -> Int64 {
        let last = try database.row(
            "SELECT number, hash FROM ledger WHERE number = (SELECT max(number) FROM ledger)"
        ) { (number: $0.int64(0), hash: $0.blob(1)) }
        let number = (last?.number ?? 0) + 1
        let previous = last?.hash ?? LedgerEntry.firstHash
        try database.run(
            """
            INSERT INTO ledger (number, release, attempt, user, department, printer, title, mono, color, unknown,
                amount, currency, scale, at, prev_hash, hash, account, released_at, corrects)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
            """,
            .integer(number), .id(entry.release), .integer(entry.attempt), .id(entry.user), .integer(entry.department),
            .id(entry.printer), .text(entry.title), .integer(entry.charge.mono), .integer(entry.charge.color),
            .integer(entry.charge.unknown), .integer(entry.charge.amount.minor), .text(entry.currency),
            .integer(entry.scale), .time(entry.at), .blob(previous), .blob(entry.hash(number: number, after: previous)),
            .optional(entry.account), .time(entry.releasedAt), entry.corrects.map { .integer($0) } ?? .null)
        return number
    }

    func line(of release: ReleaseID) throws(StoreFault) -> BookedLine? {
        try database.row("SELECT \(LedgerEntry.columns) FROM ledger WHERE release = ?1", .id(release)) {
            BookedLine(number: $0.int64(0), entry: LedgerEntry($0))
        }
    }

    /// The number of the first line that does not follow from the one before; `nil` when the ledger is whole.
    package func firstBrokenLedgerLine() throws(StoreFault) -> Int64? {
        var previous = LedgerEntry.firstHash
        var expected: Int64 = 1
        var broken: Int64?
        _ = try database.rows(
            "SELECT \(LedgerEntry.columns) FROM ledger ORDER BY number"
        ) { row in
            guard broken == nil else { return }
            let hash = LedgerEntry(row).hash(number: row.int64(0), after: previous)
            let isWhole = row.int64(0) == expected && row.blob(14) == previous && row.blob(15) == hash
            if !isWhole { broken = row.int64(0) }
            previous = hash
            expected += 1
        }
        return broken
    }
}

extension LedgerEntry {
    fileprivate static let columns = """
        number, release, attempt, user, department, printer, title, mono, color, unknown, amount, currency, scale, at,
        prev_hash, hash, account, released_at, corrects
        """

    fileprivate init(_ row: SQLRow) {
        let charge = Charge(
            mono: row.int(7), color: row.int(8), unknown: row.int(9), amount: Money(minor: row.int64(10)))
        self.init(
            release: row.id(1), attempt: row.int(2), user: row.id(3), department: row.int64(4), printer: row.id(5),
            title: row.text(6), charge: charge, currency: row.text(11), scale: row.int(12), at: row.time(13),
            account: row.isNull(16) ? nil : row.id(16), releasedAt: row.optionalTime(17),
            corrects: row.isNull(18) ? nil : row.int64(18))
    }
}
