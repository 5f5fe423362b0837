// SPDX-License-Identifier: Apache-2.0

/// A report as a table for people or as comma-separated values for spreadsheets.
struct ReportSheet {
    private typealias Row = ReportAnswer.Row

    private struct Column {
        /// In a table, and in the first record of the CSV.
        let titles: (table: String, csv: String)
        let isNumber: Bool
        let cell: (Row) -> String
        /// Counts that can be added up.
        var count: ((Row) -> Int)?

        static func text(_ table: String, _ csv: String, _ cell: @escaping (Row) -> String) -> Column {
            Column(titles: (table, csv), isNumber: false, cell: cell)
        }

        static func count(_ table: String, _ csv: String, _ count: @escaping (Row) -> Int) -> Column {
            Column(titles: (table, csv), isNumber: true, cell: { "\(count($0))" }, count: count)
        }
    }

    private let kind: ReportKind
    private let answer: ReportAnswer
    private let columns: [Column]

    init(_ kind: ReportKind, _ answer: ReportAnswer) {
        self.kind = kind
        self.answer = answer
        let who: [Column] = [.text("USER", "user") { $0.user }]
        let department: [Column] = [.text("DEPARTMENT", "department") { $0.department }]
        let scale = answer.scale
        let pages: [Column] = [
            .count("MONO", "mono_pages") { $0.monoPages }, .count("COLOR", "color_pages") { $0.colorPages },
            .count("UNKNOWN", "unknown_pages") { $0.unknownPages },
            Column(titles: ("AMOUNT (\(answer.currency))", "amount"), isNumber: true) {
                Amount(minor: $0.amount, scale: scale).text
            },
        ]
        let releases: [Column] = [.count("RELEASES", "releases") { $0.releases }]
        let what: [Column] = [
            .text("DOCUMENT", "document") { $0.title ?? "" }, .text("PRINTER", "printer") { $0.printer ?? "" },
        ]
        columns =
            switch kind {
            case .users: who + department + releases + pages
            case .departments: department + releases + pages
            case .history: [.text("WHEN (UTC)", "when_utc") { $0.at ?? "" }] + who + department + what + pages
            }
    }

    var csv: String {
        let header = columns.map { CSV.Cell.text($0.titles.csv) } + [.text("currency")]
        let records = answer.rows.map { row in
            columns.map { $0.isNumber ? CSV.Cell.number($0.cell(row)) : .text($0.cell(row)) }
                + [.text(answer.currency)]
        }
        return ([header] + records).map(CSV.record).joined()
    }

    func table(of month: String?) -> String {
        let heading = "\(Self.headings[kind] ?? ""), \(month ?? "all time"), times in UTC\n\n"
        if answer.rows.isEmpty { return heading + "Nothing was released.\n" }
        var table = Table(
            columns.map { column in
                column.isNumber ? .right(column.titles.table) : .left(column.titles.table, limit: 32)
            })
        for row in answer.rows { table.add(columns.map { shown($0, row) }) }
        table.add(totals)
        return heading + table.text
    }

    private static let headings: [ReportKind: String] = [
        .users: "Users", .departments: "Departments", .history: "Releases",
    ]

    private func shown(_ column: Column, _ row: Row) -> String {
        column.titles.csv == "when_utc" ? Shown.minute(column.cell(row)) : column.cell(row)
    }

    private var totals: [String] {
        let amount = answer.rows.reduce(Int64(0)) { $0 + $1.amount }
        return columns.enumerated().map { index, column in
            if index == 0 { return "Total" }
            if let count = column.count { return "\(answer.rows.reduce(0) { $0 + count($1) })" }
            return column.isNumber ? Amount(minor: amount, scale: answer.scale).text : ""
        }
    }
}
