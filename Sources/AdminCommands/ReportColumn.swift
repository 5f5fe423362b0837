// SPDX-License-Identifier: Apache-2.0

import AdminModel
import PrintModel

/// One column of a report.
struct ReportColumn {
    typealias Row = ReportAnswer.Row

    /// In a table, and in the first record of the CSV.
    let titles: (table: String, csv: String)
    let isNumber: Bool
    let cell: (Row) -> String
    /// What stands in a line of sums.
    var sum: ([Row]) -> String = { _ in "" }
    /// A cell as people read it.
    var shown: (String) -> String = { $0 }
}

/// All columns that reports are made of.
struct ReportColumns {
    private typealias Row = ReportAnswer.Row

    let user = Self.text("USER", "user") { $0.user }
    let department = Self.text("DEPARTMENT", "department") { $0.department }
    let account = Self.text("BILLING CODE", "billing_code") { $0.account ?? "" }
    let releases = Self.count("RELEASES", "releases") { $0.releases }
    let when = ReportColumn(
        titles: ("WHEN (UTC)", "when_utc"), isNumber: false, cell: { $0.at ?? "" },
        sum: { rows in
            // A correction is none.
            let count = rows.count { $0.releases > 0 }
            return "\(count) release\(count == 1 ? "" : "s")"
        }, shown: { Shown.minute($0) })
    let what = [
        Self.text("DOCUMENT", "document") { $0.title ?? "" }, Self.text("PRINTER", "printer") { $0.printer ?? "" },
    ]
    /// When it came out, of what was booked late.
    let late = ReportColumn(
        titles: ("LATE, OF (UTC)", "late_of_utc"), isNumber: false, cell: { $0.lateSince ?? "" },
        shown: { Shown.minute($0.isEmpty ? nil : $0) })
    let pages: [ReportColumn]

    init(currency: String, scale: Int) {
        pages = [
            Self.count("MONO", "mono_pages") { $0.monoPages }, Self.count("COLOR", "color_pages") { $0.colorPages },
            Self.count("UNKNOWN", "unknown_pages") { $0.unknownPages },
            ReportColumn(
                titles: ("AMOUNT (\(currency))", "amount"), isNumber: true,
                cell: { Money(minor: $0.amount).text(scale: scale) },
                sum: { rows in Money(minor: rows.reduce(0) { $0 + $1.amount }).text(scale: scale) }),
        ]
    }

    private static func text(_ table: String, _ csv: String, _ cell: @escaping (Row) -> String) -> ReportColumn {
        ReportColumn(titles: (table, csv), isNumber: false, cell: cell)
    }

    private static func count(_ table: String, _ csv: String, _ count: @escaping (Row) -> Int) -> ReportColumn {
        ReportColumn(
            titles: (table, csv), isNumber: true, cell: { "\(count($0))" },
            sum: { rows in "\(rows.reduce(0) { $0 + count($1) })" })
    }
}
