// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing
import TestKit

/// Reports for keys that have the right to them, and who saw what.
struct StoreReportsTests {
    private func query(_ name: String = "history", _ month: String = "", _ cursor: UInt64 = 0) -> ReportQuery {
        ReportQuery(name: name, month: month, cursor: cursor)
    }

    private func enrolReader(_ site: Site, _ number: UInt8) throws -> AgentSeat {
        guard case .enrolmentCode(let code, _) = site.admin(.makeReportingCode) else { throw Missing(what: "a code") }
        let reply = site.store.perform(.enrolAgent(key: Site.key(number), try site.proof(code, number), at: site.now))
        try #require(reply == .enrolled(name: "copier-\(number)"))
        return try site.seat(number)
    }

    private func page(_ site: Site, _ seat: AgentSeat, _ query: ReportQuery) throws -> ReportPage {
        guard case .reportPage(let page) = site.store.perform(.readReport(seat, query)) else {
            throw Missing(what: "a page")
        }
        return page
    }

    @Test func aReaderOfReportsMayDoNothingElse() throws {
        let site = try Site.furnished()
        try site.accept()
        let seat = try enrolReader(site, 7)
        let refused = Refusal(.notPermitted)
        #expect(try site.present(seat) == .refused(refused))
        #expect(site.store.perform(.release(seat, session: SessionID(1), at: site.now)) == .refused(refused))
        #expect(site.open(seat, ReleaseID(1)) == .refused(refused))
        #expect(site.store.perform(.noteReport(seat, query(), at: site.now)) == .done)
        _ = try page(site, seat, query())
    }

    @Test func anAgentSeesReportsOnlyWithTheRight() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let refused = StoreReply.refused(Refusal(.notPermitted))
        #expect(site.store.perform(.noteReport(seat, query(), at: site.now)) == refused)
        #expect(site.store.perform(.readReport(seat, query())) == refused)
        #expect(site.admin(.setRight(.reports, of: "copier-1", isGranted: true)) == .done)
        #expect(site.store.perform(.noteReport(seat, query(), at: site.now)) == .done)
        _ = try page(site, seat, query())
        #expect(site.admin(.setRight(.reports, of: "copier-1", isGranted: false)) == .done)
        #expect(site.store.perform(.readReport(seat, query(cursor: 5))) == refused)
        _ = try site.present(seat)
        #expect(site.admin(.setRight(.release, of: "copier-1", isGranted: false)) == .done)
        #expect(try site.present(seat) == .refused(Refusal(.notPermitted)))
    }

    @Test func aCodeGivesAKeyThatIsKnownItsRight() throws {
        let site = try Site.furnished()
        let seat = try enrolReader(site, 1)
        #expect(site.store.perform(.noteReport(seat, query(), at: site.now)) == .done)
        #expect(try site.present(seat) == .refused(Refusal(.noJobs)), "it keeps what it had")
        let reader = try enrolReader(site, 7)
        try site.enrol(7)
        #expect(try site.present(reader) == .refused(Refusal(.noPrinter)))
        #expect(site.store.perform(.noteReport(reader, query(), at: site.now)) == .done)
        // A code for what it may already changes nothing.
        try site.enrol(7)
        let lines = try site.auditLines().filter { $0.contains("grant-right") }
        #expect(lines == ["agent grant-right reports of copier-1", "agent grant-right release of copier-7"])
    }

    private func query(cursor: UInt64) -> ReportQuery { query("history", "", cursor) }

    @Test(arguments: [("weather", ""), ("users", "2026-13"), ("users", "x"), ("", "")])
    func anUnknownReportIsRefused(name: String, month: String) throws {
        let site = try Site.furnished()
        let seat = try enrolReader(site, 7)
        let refused = StoreReply.refused(Refusal(.reportUnknown))
        #expect(site.store.perform(.noteReport(seat, query(name, month), at: site.now)) == refused)
        #expect(site.store.perform(.readReport(seat, query(name, month))) == refused)
    }

    @Test func aReportWithoutRowsHasItsCurrency() throws {
        let site = try Site.furnished()
        let seat = try enrolReader(site, 7)
        for name in ["history", "users"] {
            guard case .reportPage(let page) = site.store.perform(.readReport(seat, query(name, "2001-01"))) else {
                throw Missing(what: "a page")
            }
            #expect(page.money == ReportPage.Money(currency: "EUR", scale: 2))
        }
    }

    @Test func whoSawWhatIsInTheAudit() throws {
        let site = try Site.furnished()
        let seat = try enrolReader(site, 7)
        site.pass(.seconds(60))
        #expect(site.store.perform(.noteReport(seat, query("users", "2023-11"), at: site.now)) == .done)
        #expect(site.admin(.noteReport("departments all")) == .done)
        guard case .audit(let entries, nil) = site.admin(.audit(since: site.now, after: 0, limit: 10)) else {
            throw Missing(what: "the audit")
        }
        #expect(entries.map(\.action) == ["report-seen", "report-seen"])
        #expect(entries.map(\.by) == ["copier-7 \(Site.key(7).short)", "root"])
        #expect(entries.map(\.subject) == ["users --summary 2023-11", "departments all"])
        #expect(entries.allSatisfy { $0.at == site.now })
    }

    @Test func theAuditComesInPages() throws {
        let site = try Site.furnished()
        for number in 0..<7 { _ = site.admin(.noteReport("n \(number)")) }
        var (seen, after): ([AuditEntry], Int64?) = ([], 0)
        while let cursor = after {
            guard
                case .audit(let page, let next) = site.admin(
                    .audit(since: WallTime(milliseconds: 0), after: cursor, limit: 3))
            else { throw Missing(what: "the audit") }
            seen += page
            after = next
        }
        #expect(seen.map(\.id) == seen.map(\.id).sorted() && Set(seen.map(\.id)).count == seen.count)
        #expect(seen.suffix(7).map(\.subject) == (0..<7).map { "n \($0)" })
    }

    @Test func pagesOfAHistoryJoinToTheWhole() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        for sequence in 1...7 { _ = try site.printOne(seat, .printed(pages: sequence), sequence: UInt64(sequence)) }
        guard
            case .report(let whole, _, _) = site.admin(
                .report(.history, from: WallTime(milliseconds: 0), until: WallTime(milliseconds: .max)))
        else { throw Missing(what: "a report") }
        var (rows, after): ([ReportRow], UInt64?) = ([], 0)
        while let cursor = after {
            let request = AdminRequest.history(
                from: WallTime(milliseconds: 0), until: WallTime(milliseconds: .max), after: cursor, limit: 3)
            guard case .reportPage(let page, let next, _, _) = site.admin(request) else {
                throw Missing(what: "a page")
            }
            #expect(page.count <= 3)
            rows += page
            after = next
        }
        #expect(rows == whole && rows.count == 7)
    }

    @Test func chargesInAnotherCurrencyAreNotShownAsOurs() throws {
        let folder = try TemporaryDirectory()
        do {
            let site = try Site.furnished(path: folder.file("s.db"))
            let seat = try site.seat(1)
            for sequence in 1...2 { _ = try site.printOne(seat, .printed(pages: 1), sequence: UInt64(sequence)) }
        }
        var settings = Site.settings
        settings.tariff = Tariff(currency: "CHF", scale: 2, mono: .zero, color: .zero, unknown: .zero)
        let site = try Site(path: folder.file("s.db"), settings: settings)
        let seat = try enrolReader(site, 7)
        let refused = StoreReply.refused(Refusal(.reportUnknown))
        for name in ["users", "departments", "accounts", "history"] {
            // Nor may anybody begin behind the first row.
            for cursor: UInt64 in [0, 1] {
                #expect(site.store.perform(.readReport(seat, query(name, "", cursor))) == refused)
            }
            _ = try page(site, seat, query(name, "2023-12"))
        }
        // Behind the last foreign charge all is ours.
        _ = try page(site, seat, query(cursor: 2))
    }

    @Test func theSameRowsComeOverTheReleasePort() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        for sequence in 1...3 { _ = try site.printOne(seat, .printed(pages: 2), sequence: UInt64(sequence)) }
        let reader = try enrolReader(site, 7)
        let history = try #require(CSVText.parse(page(site, reader, query("history", "2023-11")).rows))
        #expect(history.count == 4 && history[0] == ReportText.columns)
        #expect(history.dropFirst().allSatisfy { $0[0] == "ada" && $0[1] == "Physics" && $0[8] == "2" })
        let users = try #require(CSVText.parse(page(site, reader, query("users")).rows))
        #expect(users.count == 2 && users[1][5] == "3" && users[1][8] == "6" && users[1][4] == "")
        let departments = try #require(CSVText.parse(page(site, reader, query("departments")).rows))
        #expect(departments.count == 2 && departments[1][0] == "" && departments[1][1] == "Physics")
        #expect(try CSVText.parse(page(site, reader, query("history", "2023-12")).rows)?.count == 1)
        #expect(try CSVText.parse(page(site, reader, query("users", "", 1)).rows)?.count == 1)
    }
}
