// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops

/// A report as a table for people or as comma-separated values for spreadsheets.
struct ReportSheet {
    private typealias Row = ReportAnswer.Row

    private let heading: String
    private let currency: String
    private let columns: [ReportColumn]
    /// Where there are single releases; in a table only if one was late.
    private let late: ReportColumn?
    /// Those that belong together stand together.
    private let groups: [(name: String, rows: [Row])]
    /// Each group has a line with its sums.
    private let hasSubtotals: Bool

    init(_ kind: ReportKind, _ answer: ReportAnswer) {
        let columns = ReportColumns(currency: answer.currency, scale: answer.scale)
        currency = answer.currency
        late = kind == .history || answer.releases != nil ? columns.late : nil
        hasSubtotals = kind != .history && answer.releases != nil
        heading =
            switch kind {
            case .users: "Users"
            case .departments: "Departments"
            case .accounts: "Billing codes"
            case .history: "Releases"
            }
        let name: (Row) -> String =
            switch kind {
            case .departments: { $0.department }
            case .accounts: { $0.account ?? "" }
            case .users, .history: { $0.user }
            }
        if hasSubtotals {
            let who = Self.who(kind, columns)
            self.columns = who + [columns.when] + columns.what + columns.pages
            groups = Self.group(answer.releases ?? [], by: name)
        } else {
            self.columns =
                switch kind {
                case .users: [columns.user, columns.department, columns.releases] + columns.pages
                case .departments: [columns.department, columns.releases] + columns.pages
                case .accounts: [columns.account, columns.releases] + columns.pages
                case .history: [columns.when, columns.user, columns.department] + columns.what + columns.pages
                }
            groups = [("", answer.rows)]
        }
    }

    private static func who(_ kind: ReportKind, _ columns: ReportColumns) -> [ReportColumn] {
        switch kind {
        case .users, .history: [columns.user, columns.department]
        case .departments: [columns.department, columns.user]
        case .accounts: [columns.account, columns.user, columns.department]
        }
    }

    /// In the order of the names; within one, as they came.
    private static func group(_ rows: [Row], by name: (Row) -> String) -> [(name: String, rows: [Row])] {
        Dictionary(grouping: rows, by: name).map { (name: $0.key, rows: $0.value) }.sorted { $0.name < $1.name }
    }

    /// Plain records without sums, so that a spreadsheet can make its own.
    var csv: String {
        let extra = late.map { [$0] } ?? []
        let header =
            columns.map { CSV.Cell.text($0.titles.csv) } + [.text("currency")] + extra.map { .text($0.titles.csv) }
        let records = rows.map { row in
            columns.map { $0.isNumber ? CSV.Cell.number($0.cell(row)) : .text($0.cell(row)) } + [.text(currency)]
                + extra.map { .text($0.cell(row)) }
        }
        return ([header] + records).map(CSV.record).joined()
    }

    func table(of month: String?) -> String {
        let heading = "\(heading), \(month ?? "all time"), times in UTC\n\n"
        if rows.isEmpty { return heading + "Nothing was released.\n" }
        let extra = late.map { late in rows.contains { !late.cell($0).isEmpty } ? [late] : [] } ?? []
        let columns = columns + extra
        var table = Table(
            columns.map { column in
                column.isNumber ? .right(column.titles.table) : .left(column.titles.table, limit: 32)
            })
        for group in groups {
            for row in group.rows { table.add(columns.map { $0.shown($0.cell(row)) }) }
            guard hasSubtotals else { continue }
            table.add(Self.sums("Total \(group.name)", group.rows, columns))
            table.add(columns.map { _ in "" })
        }
        table.add(Self.sums("Total", rows, columns))
        return heading + table.text
    }

    private var rows: [Row] { groups.flatMap(\.rows) }

    private static func sums(_ label: String, _ rows: [Row], _ columns: [ReportColumn]) -> [String] {
        columns.enumerated().map { index, column in index == 0 ? label : column.sum(rows) }
    }
}
