// SPDX-License-Identifier: Apache-2.0

import Ops
import PrintModel
import Primitives
import ServerCore
import Testing

@testable import AdminCommands

@Suite struct ReportSheetTests {
    static let rows = [
        ReportRow(
            user: "ada", department: "R&D", title: "=HYPERLINK(\"x\")", printer: "p",
            at: WallTime(milliseconds: 1_795_228_989_500), releases: 1, monoPages: 2, colorPages: 1, unknownPages: 0,
            amount: Money(minor: 35)),
        ReportRow(
            user: "bob", department: "IT, cellar", title: "two\nlines", printer: "p",
            at: WallTime(milliseconds: 1_795_228_990_000), releases: 2, monoPages: 0, colorPages: 0,
            unknownPages: 120, amount: Money(minor: 600)),
    ]

    private func output(_ rows: [ReportRow], scale: Int = 2, _ words: String...) -> String {
        let desk = Desk()
        desk.reply = { _ in .report(rows, currency: "EUR", scale: scale) }
        #expect(desk.run(arguments: words) == .fine, "\(desk.complaints)")
        return desk.output
    }

    static let more =
        rows + [
            ReportRow(
                user: "ada", department: "IT, cellar", title: String(repeating: "d", count: 33), printer: "q",
                at: WallTime(milliseconds: 1_795_230_000_000), releases: 1, monoPages: 1, colorPages: 0,
                unknownPages: 0, amount: Money(minor: 1200))
        ]

    @Test func usersHaveTheirReleasesWithSubtotals() {
        let lines = output(Self.more, "report", "users").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.map { $0.replacing(#/  +/#, with: " | ") } == [
                "Users, all time, times in UTC", "",
                "USER | DEPARTMENT | WHEN (UTC) | DOCUMENT | PRINTER | MONO | COLOR | UNKNOWN | AMOUNT (EUR)",
                "ada | R&D | 2026-11-21 02:43 | =HYPERLINK(\"x\") | p | 2 | 1 | 0 | 0.35",
                "ada | IT, cellar | 2026-11-21 03:00 | \(String(repeating: "d", count: 31))… | q | 1 | 0 | 0 | 12.00",
                "Total ada | 2 releases | 3 | 1 | 0 | 12.35", "",
                "bob | IT, cellar | 2026-11-21 02:43 | two\u{FFFD}lines | p | 0 | 0 | 120 | 6.00",
                "Total bob | 1 release | 0 | 0 | 120 | 6.00", "",
                "Total | 3 releases | 3 | 1 | 120 | 18.35", "",
            ])
        #expect(Set(lines.dropFirst(2).map(\.count)) == [0, 118])
    }

    @Test func departmentsHaveTheirReleasesWithSubtotals() {
        let lines = output(Self.more, "report", "departments", "--month", "2026-11").split(separator: "\n")
        #expect(lines.first == "Departments, 2026-11, times in UTC")
        #expect(
            lines.dropFirst().map { $0.prefix(24) } == [
                "DEPARTMENT        USER  ", "IT, cellar        bob   ", "IT, cellar        ada   ",
                "Total IT, cellar        ", "R&D               ada   ", "Total R&D               ",
                "Total                   ",
            ])
    }

    @Test func billingCodesHaveTheirReleasesWithSubtotals() {
        var rows = Self.more
        rows[0].account = "P-1"
        rows[2].account = "P-1"
        let lines = output(rows, "report", "accounts").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.map { $0.replacing(#/  +/#, with: " | ") }.filter { !$0.contains("2026") } == [
                "Billing codes, all time, times in UTC", "",
                "BILLING CODE | USER | DEPARTMENT | WHEN (UTC) | DOCUMENT | PRINTER | MONO | COLOR | UNKNOWN | "
                    + "AMOUNT (EUR)",
                "Total | 1 release | 0 | 0 | 120 | 6.00", "", "Total P-1 | 2 releases | 3 | 1 | 0 | 12.35", "",
                "Total | 3 releases | 3 | 1 | 120 | 18.35", "",
            ])
        let csv = output(rows, "report", "accounts", "--format", "csv").split(separator: "\r\n")
        #expect(csv.first?.hasPrefix("billing_code,user,department,when_utc") == true)
    }

    /// A line that was booked late, and one that corrects another.
    @Test func whatWasBookedLateSaysWhenItCameOut() {
        var rows = Self.rows
        rows[1].lateSince = WallTime(milliseconds: 1_793_000_000_000)
        (rows[1].releases, rows[1].unknownPages, rows[1].amount) = (0, -2, Money(minor: -10))
        let lines = output(rows, "report", "history").split(separator: "\n").map { $0.replacing(#/  +/#, with: " | ") }
        #expect(lines[1].hasSuffix("AMOUNT (EUR) | LATE, OF (UTC)"))
        #expect(lines[3].hasSuffix("p | 0 | 0 | -2 | -0.10 | 2026-10-26 07:33"))
        #expect(lines.last?.hasPrefix("Total") == true)
        #expect(output(rows, "report", "users").replacing(#/  +/#, with: " | ").contains("Total bob | 0 releases"))
        let csv = output(rows, "report", "history", "--format", "csv").split(separator: "\r\n")
        #expect(csv[0].hasSuffix(",currency,late_of_utc") && csv[1].hasSuffix(",0.35,EUR,"))
        #expect(csv.last?.hasSuffix(",-2,-0.10,EUR,2026-10-26T07:33:20Z") == true)
        #expect(output(rows, "report", "users", "--json").contains("\"lateSince\":\"2026-10-26T07:33:20Z\""))
    }

    @Test func csvOfUsersHasReleasesWithoutSums() {
        let lines = [
            "user,department,when_utc,document,printer,"
                + "mono_pages,color_pages,unknown_pages,amount,currency,late_of_utc",
            "ada,R&D,2026-11-21T02:43:09Z,\"'=HYPERLINK(\"\"x\"\")\",p,2,1,0,0.35,EUR,",
            "bob,\"IT, cellar\",2026-11-21T02:43:10Z,\"two\nlines\",p,0,0,120,6.00,EUR,",
        ]
        #expect(output(Self.rows, "report", "users", "--format", "csv") == lines.map { $0 + "\r\n" }.joined())
        let first = output(Self.rows, "report", "departments", "--format", "csv").prefix { $0 != "\r\n" }
        #expect(first == "department,user," + lines[0].dropFirst("user,department,".count))
    }

    @Test func aSummaryHasOneLineForEachWithTotals() {
        #expect(
            output(Self.rows, "report", "users", "--summary", "--month", "2026-11") == """
                Users, 2026-11, times in UTC

                USER   DEPARTMENT  RELEASES  MONO  COLOR  UNKNOWN  AMOUNT (EUR)
                ada    R&D                1     2      1        0          0.35
                bob    IT, cellar         2     0      0      120          6.00
                Total                     3     2      1      120          6.35

                """)
    }

    @Test func historySaysWhoWhatWhenWhereAndHowMuch() {
        #expect(
            output(Self.rows, "report", "history") == """
                Releases, all time, times in UTC

                WHEN (UTC)        USER  DEPARTMENT  DOCUMENT         PRINTER  MONO  COLOR  UNKNOWN  AMOUNT (EUR)
                2026-11-21 02:43  ada   R&D         =HYPERLINK("x")  p           2      1        0          0.35
                2026-11-21 02:43  bob   IT, cellar  two\u{FFFD}lines        p           0      0      120          6.00
                Total                                                            2      1      120          6.35

                """)
    }

    @Test func anEmptyReportSaysSo() {
        #expect(
            output([], "report", "departments", "--month", "2026-02")
                == "Departments, 2026-02, times in UTC\n\nNothing was released.\n")
    }

    @Test func csvIsSafeToOpenInASpreadsheet() {
        let lines = [
            "when_utc,user,department,document,printer,"
                + "mono_pages,color_pages,unknown_pages,amount,currency,late_of_utc",
            "2026-11-21T02:43:09Z,ada,R&D,\"'=HYPERLINK(\"\"x\"\")\",p,2,1,0,0.35,EUR,",
            "2026-11-21T02:43:10Z,bob,\"IT, cellar\",\"two\nlines\",p,0,0,120,6.00,EUR,",
        ]
        #expect(output(Self.rows, "report", "history", "--format", "csv") == lines.map { $0 + "\r\n" }.joined())
        #expect(
            output([], "report", "departments", "--summary", "--format", "csv")
                == "department,releases,mono_pages,color_pages,unknown_pages,amount,currency\r\n")
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("", ""), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM", "'@SUM"),
            ("\tx", "'\tx"), ("\rx", "\"'\rx\""), ("a=1", "a=1"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""),
            ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""), ("\u{1B}[2J", "\u{FFFD}[2J"), ("\u{9B}x", "\u{FFFD}x"),
            ("=\u{301}x", "'=\u{301}x"), ("\"=1", "\"\"\"=1\""),
        ])
    func aTextIsQuotedAndGuarded(text: String, field: String) {
        #expect(CSV.record([.text(text)]) == field + "\r\n")
    }

    @Test(
        arguments: [
            ("2026-11", "2026-11-01", "2026-12-01"), ("2026-12", "2026-12-01", "2027-01-01"),
            ("0009-01", "0009-01-01", "0009-02-01"), ("9999-12", "9999-12-01", nil),
        ] as [(String, String, String?)])
    func aMonthEndsWhereTheNextBegins(text: String, first: String, end: String?) {
        #expect(CalendarMonth(text)?.firstDay == first)
        #expect(CalendarMonth(text)?.dayAfter == end)
    }

    @Test func aLongCellIsCutWithASign() {
        var table = Table([.left("A", limit: 5), .right("B")])
        table.add(["12345", "1"])
        table.add(["123456", "22"])
        table.add(["日本語", ""])
        #expect(table.text == "A       B\n12345   1\n1234…  22\n日本…\n")
    }

    @Test(arguments: [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (70_000, "68 KiB"), (5 << 30, "5 GiB")])
    func sizesAreRounded(bytes: UInt64, text: String) {
        #expect(Shown.size(bytes) == text)
    }
}
