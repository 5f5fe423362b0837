// SPDX-License-Identifier: Apache-2.0

import Ops
import Primitives

enum ReportKind: String, CaseIterable, Sendable {
    case users
    case departments
    case accounts
    case history
}

enum ReportFormat: String, CaseIterable, Sendable {
    case table
    case csv
    case json
}

enum ReportCommands {
    static let all: [Command] = [report]

    private static let report = Command(
        "report",
        "Shows who printed what, when and where, for how much: by user, department or billing code, or as a history.",
        operands: ["users|departments|accounts|history"],
        options: [
            .value("--month", "YYYY-MM", "Only this month, in UTC; otherwise everything."),
            .flag("--summary", "Only one line for each user, department or billing code, not each release."),
            .value("--format", "FORMAT", "table, csv or json (table)."),
        ]
    ) { use throws(OperatorError) in
        guard let kind = ReportKind(rawValue: use.arguments.operands[0]) else {
            let kinds = ReportKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw use.usage("there is no report \(use.shown(0).debugDescription): there are \(kinds)")
        }
        let isSummary = use.arguments.has("--summary")
        if kind == .history && isSummary {
            throw use.usage("a history has no summary: take report users, departments or accounts")
        }
        let month = try use.value("--month", as: .month)
        let format = try use.value("--format", as: SettingFormat<ReportFormat>.word) ?? .table
        let answer = try use.server.get(
            "/reports/\(kind.rawValue)",
            query: [
                ("from", month?.firstDay), ("until", month?.end),
                ("releases", kind == .history || isSummary ? nil : "true"),
            ])
        return try use.output(answer) { answer throws(OperatorError) in
            switch format {
            case .json: answer.text
            case .csv: ReportSheet(kind, try answer.read()).csv
            case .table: ReportSheet(kind, try answer.read()).table(of: use.arguments.value("--month"))
            }
        }
    }
}

extension SettingFormat where Value == Month {
    fileprivate static var month: Self {
        Self("a month like 2026-11", parse: { Month($0) }, text: { String($0.firstDay.prefix(7)) })
    }
}
