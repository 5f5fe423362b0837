// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Testing

@testable import AdminCommands

@Suite struct ReportPagesTests {
    private static func row(
        _ user: String, _ department: String, _ releases: Int = 1, mono: Int, amount: Int64
    ) -> ReportAnswer.Row {
        var row = ReportAnswer.Row()
        (row.user, row.department, row.releases, row.amount) = (user, department, releases, amount)
        (row.monoPages, row.colorPages, row.unknownPages) = (mono, releases, 2 * releases)
        return row
    }

    private static let history = [
        row("bob", "IT", mono: 1, amount: 10), row("ada", "R&D", mono: 2, amount: 20),
        row("bob", "R&D", mono: 3, amount: 30), row("ada", "R&D", mono: 4, amount: 40),
        row("Zoë", "IT", mono: 5, amount: -5),
    ]

    private func text(_ rows: [ReportAnswer.Row]) -> String { JSONForm.text(of: rows) }

    @Test func usersAreSummedUpByUserAndDepartment() {
        let expected = [
            Self.row("Zoë", "IT", mono: 5, amount: -5), Self.row("ada", "R&D", 2, mono: 6, amount: 60),
            Self.row("bob", "IT", mono: 1, amount: 10), Self.row("bob", "R&D", mono: 3, amount: 30),
        ]
        #expect(text(ReportSums(.users, of: Self.history).rows) == text(expected))
    }

    @Test func departmentsAreSummedUpOverTheirUsers() {
        let expected = [Self.row("", "IT", 2, mono: 6, amount: 5), Self.row("", "R&D", 3, mono: 9, amount: 90)]
        #expect(text(ReportSums(.departments, of: Self.history).rows) == text(expected))
        #expect(ReportSums(.departments, of: []).rows.isEmpty)
    }

    @Test func accountsAreSummedUpByTheirCode() {
        let codes = ["P-2", nil, "P-1", "P-2", nil]
        let releases = zip(Self.history, codes).map { row, code in
            var row = row
            row.account = code
            return row
        }
        let sums = ReportSums(.accounts, of: releases).rows
        #expect(sums.map(\.account) == ["", "P-1", "P-2"])
        #expect(sums.map(\.monoPages) == [7, 3, 5] && sums.map(\.amount) == [15, 30, 50])
        #expect(sums.allSatisfy { $0.user.isEmpty && $0.department.isEmpty })
    }

    @Test func pagesAreJoinedInTheirOrder() throws {
        var asked: [UInt64] = []
        let pages = ReportPages { _, cursor throws(OperatorError) in
            asked.append(cursor)
            let index = Int(cursor)
            return ReportAnswer(
                currency: cursor == 0 ? "EUR" : "", scale: cursor == 0 ? 2 : 0, rows: [Self.history[index]],
                next: index < 4 ? cursor + 1 : nil)
        }
        let answer = try pages.fetch(.users, hasReleases: true)
        #expect(asked == [0, 1, 2, 3, 4] && answer.currency == "EUR" && answer.scale == 2)
        #expect(answer.releases.map(text) == text(Self.history) && answer.rows.count == 4)
    }

    @Test func pagesThatGoRoundInCirclesEnd() {
        let pages = ReportPages { _, _ throws(OperatorError) in
            ReportAnswer(currency: "EUR", scale: 2, rows: [], next: 7)
        }
        #expect(throws: OperatorError.self) { try pages.fetch(.history, hasReleases: false) }
    }

    // MARK: Over the release port

    /// What the server writes is what the client reads.
    @Test func rowsSurviveTheirJourney() throws {
        let sent = ReportSheetTests.rows.enumerated().map { (number: UInt64($0 + 1), row: $1) }
        let (rows, next) = ReportText.page(sent, isFull: false, currency: "EUR", scale: 2)
        #expect(next == nil)
        let answer = try #require(ReportAnswer(ReportPage(rows: rows, next: 9)))
        #expect(answer.currency == "EUR" && answer.scale == 2 && answer.next == 9)
        #expect(answer.rows.map(\.title) == ["=HYPERLINK(\"x\")", "two\nlines"])
        #expect(answer.rows.map(\.department) == ["R&D", "IT, cellar"])
        #expect(answer.rows.map(\.at) == ["2026-11-21T02:43:09Z", "2026-11-21T02:43:10Z"])
        #expect(answer.rows.map(\.amount) == [35, 600] && answer.rows.map(\.unknownPages) == [0, 120])
    }

    /// A server of the version before says nothing of it.
    @Test func aReportWithoutRowsHasItsCurrency() throws {
        let (rows, _) = ReportText.page([], isFull: false, currency: "EUR", scale: 2)
        let money = ReportPage.Money(currency: "EUR", scale: 2)
        let answer = try #require(ReportAnswer(ReportPage(rows: rows, next: nil, money: money)))
        #expect(answer.rows.isEmpty && answer.currency == "EUR" && answer.scale == 2)
        let silent = try #require(ReportAnswer(ReportPage(rows: rows, next: nil)))
        #expect(silent.currency.isEmpty && silent.scale == 0)
    }

    @Test func aPageEndsBeforeItsLimitAndSaysWhereToGoOn() {
        let long = ReportRow(
            user: "ada", department: "R&D", title: String(repeating: "\"", count: 255), printer: "p",
            at: WallTime(milliseconds: 0), releases: 1, monoPages: 1, colorPages: 0, unknownPages: 0,
            amount: Money(minor: 1))
        let rows = (1...1000).map { (number: UInt64($0) * 3, row: long) }
        let (text, next) = ReportText.page(rows, isFull: false, currency: "EUR", scale: 2)
        #expect(text.utf8.count <= ReportPage.rowsLimit && text.utf8.count > ReportPage.rowsLimit - 1000)
        let count = CSVText.parse(text)?.count ?? 0
        #expect(next == UInt64(count - 1) * 3)
        #expect(ReportText.page(Array(rows.prefix(3)), isFull: true, currency: "EUR", scale: 2).next == 9)
    }

    @Test(arguments: ["user\r\nada", "user,department\r\nada\r\n", "user\r\nada\r\n", "\"user\r\n", "a\"b\r\n"])
    func brokenRowsAreNone(rows: String) { #expect(ReportAnswer(ReportPage(rows: rows, next: nil)) == nil) }

    @Test(
        arguments: [
            ("print.example", "print.example:1351"), ("print.example:9", "print.example:9"),
            ("10.0.0.5:65535", "10.0.0.5:65535"), ("::1", "[::1]:1351"), ("[::1]", "[::1]:1351"),
            ("[fd00::5]:2000", "[fd00::5]:2000"), ("", nil), (":1351", nil), ("h:0", nil), ("h:65536", nil),
            ("h:", nil), ("h:x", nil), ("h:+1351", nil), ("[::1", nil), ("a b", nil), ("h/x", nil), ("[h]", nil),
        ] as [(String, String?)])
    func aPlaceIsAHostAndAPort(text: String, place: String?) {
        #expect(HostPort(releasePort: text)?.description == place)
    }

    @Test func withoutEnrolmentTheReportSaysWhatToDo() {
        let desk = Desk()
        #expect(desk.run("report", "users", "--via", "h", "--identity", "/nonexistent/x") == .settings)
        #expect(desk.complaints.last?.contains("lanyard report enrol") == true, "\(desk.complaints)")
        #expect(desk.run("report", "users", "--via", "h") == .usage, "no HOME")
        #expect(desk.run("report", "users", "--via", "h:0") == .usage)
        desk.input = ["not a code"]
        #expect(desk.run("report", "enrol", "--via", "h", "--identity", "/nonexistent/x") == .badData)
    }
}
