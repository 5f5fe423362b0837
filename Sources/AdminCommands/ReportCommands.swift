// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Crypto
import Ops
import PrintModel
import Primitives
import ReleaseWire

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
    static let all: [Command] = [report, enrol]

    private static let identity = Option.value(
        "--identity", "DIR", "Where the key for --via is kept (~/.config/lanyard).")

    private static let report = Command(
        "report",
        "Shows who printed what, when and where, for how much: by user, department or billing code, or as a history.",
        operands: ["users|departments|accounts|history"],
        options: [
            .value("--month", "YYYY-MM", "Only this month, in UTC; otherwise everything."),
            .flag("--summary", "Only one line for each user, department or billing code, not each release."),
            .value("--format", "FORMAT", "table, csv or json (table)."),
            .value("--via", "HOST", "Ask the release port of another machine, HOST or HOST:PORT."), identity,
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
        let answer = try pages(use, month, for: kind).fetch(kind, hasReleases: kind != .history && !isSummary)
        return switch use.isJSON ? .json : format {
        case .json: JSONForm.text(of: answer)
        case .csv: ReportSheet(kind, answer).csv
        case .table: ReportSheet(kind, answer).table(of: use.arguments.value("--month"))
        }
    }

    /// - Parameter shown: the report that a person asked for. It may be made of another one, and the audit says so.
    private static func pages(
        _ use: Invocation, _ month: CalendarMonth?, for shown: ReportKind
    ) throws(OperatorError) -> ReportPages {
        guard let place = try use.value("--via", as: .releasePort) else {
            return ReportPages { kind, cursor throws(OperatorError) in
                try use.server.get(
                    "/reports/\(kind.rawValue)",
                    query: [
                        ("from", month?.firstDay), ("until", month?.dayAfter),
                        ("after", cursor > 0 ? "\(cursor)" : nil), ("for", kind == shown ? nil : shown.rawValue),
                    ]
                ).read()
            }
        }
        let identity = try ReportIdentity(use)
        let server = try identity.server()
        let lock = try identity.lock(use)
        let link = try ReportLink(place, identity: try identity.key(), lock: lock)
        try link.begin(server)
        return ReportPages { kind, cursor throws(OperatorError) in
            let month = use.arguments.value("--month") ?? ""
            let page = try link.ask(
                ReportQuery(
                    name: kind.rawValue, month: month, cursor: cursor, shownAs: kind == shown ? nil : shown.rawValue))
            guard let answer = ReportAnswer(page) else {
                throw OperatorError(
                    .internalFault, "the rows of \(place) cannot be read", remedy: "Is it of this version?")
            }
            return answer
        }
    }

    private static let enrol = Command(
        "report enrol",
        "Enrols this program at a server's release port; reads the code of agent enrol-code --right reports.",
        needs: "--via HOST",
        options: [
            .value("--via", "HOST", "The server, HOST or HOST:PORT (needed)."),
            .value("--name", "NAME", "What the server's administrator calls this program (reports)."), identity,
        ]
    ) { use throws(OperatorError) in
        guard let place = try use.value("--via", as: .releasePort) else { throw use.usage("--via HOST is missing") }
        let name = try use.value("--name", as: .name(limit: Wire.nameLimit)) ?? "reports"
        let identity = try ReportIdentity(use)
        let typed = use.console.isInteractive ? use.console.readHidden("Enrolment code: ") : use.console.readLine()
        guard let typed else { throw use.usage("standard input has no enrolment code") }
        let code: EnrolmentCode
        do throws(EnrolmentCodeFault) {
            code = try EnrolmentCode(typed: typed)
        } catch {
            throw OperatorError(
                .inputInvalid, "this is no enrolment code: \(error)",
                remedy: "Type it as `lanyard agent enrol-code --right reports` prints it.")
        }
        let lock = try identity.lock(use)
        let link = try ReportLink(place, identity: try identity.key(), lock: lock)
        let (server, known) = try link.enrol(code, as: name)
        try identity.keep(server)
        return "Enrolled at \(place) as \(known.displaySafe(limit: 128)).\n"
    }
}

extension ReportAnswer {
    /// As it comes over the release port. `nil` for rows that are none.
    init?(_ page: ReportPage) {
        guard let records = CSVText.parse(page.rows), let titles = records.first else { return nil }
        let places = Dictionary(zip(titles, titles.indices)) { first, _ in first }
        var rows: [Row] = []
        for record in records.dropFirst() {
            guard record.count == titles.count, let row = Row(places.mapValues { record[$0] }) else { return nil }
            rows.append(row)
        }
        func last(_ title: String) -> String? {
            places[title].flatMap { place in records.count > 1 ? records[records.count - 1][place] : nil }
        }
        self.init(
            currency: last("currency") ?? page.money?.currency ?? "",
            scale: last("scale").flatMap { Int($0) } ?? page.money?.scale ?? 0, rows: rows, next: page.next)
    }
}

extension ReportAnswer.Row {
    fileprivate init?(_ fields: [String: String]) {
        func number(_ title: String) -> Int? { fields[title].flatMap { Int($0) } }
        func text(_ title: String) -> String? { fields[title].flatMap { $0.isEmpty ? nil : $0 } }
        guard let user = fields["user"], let department = fields["department"], let releases = number("releases"),
            let mono = number("mono_pages"), let color = number("color_pages"), let unknown = number("unknown_pages"),
            let amount = number("amount")
        else { return nil }
        func time(_ title: String) -> String?? {
            text(title).map { Int64($0).map { Timestamp.text(WallTime(milliseconds: $0)) } }
        }
        let (at, late) = (time("at"), time("late_since"))
        if case .some(nil) = at { return nil }
        if case .some(nil) = late { return nil }
        self.init()
        (self.user, self.department, account) = (user, department, text("billing_code"))
        (title, printer, self.at) = (at == nil ? nil : fields["title"], text("printer"), at ?? nil)
        (self.releases, self.amount, lateSince) = (releases, Int64(amount), late ?? nil)
        (monoPages, colorPages, unknownPages) = (mono, color, unknown)
    }
}

extension SettingFormat where Value == HostPort {
    fileprivate static var releasePort: Self {
        Self("a server like print.example or 10.0.0.5:1351", parse: { HostPort(releasePort: $0) }, text: { "\($0)" })
    }
}

extension HostPort {
    /// Where a release port is. An IPv6 address alone needs no brackets.
    init?(releasePort text: String) {
        let isAddress = text.count { $0 == ":" } > 1 && !text.hasPrefix("[")
        guard let place = try? HostPort(isAddress ? "[\(text)]" : text, standardPort: Wire.standardPort) else {
            return nil
        }
        self = place
    }
}

extension SettingFormat where Value == CalendarMonth {
    fileprivate static var month: Self {
        Self("a month like 2026-11", parse: { CalendarMonth($0) }, text: { String($0.firstDay.prefix(7)) })
    }
}

extension CalendarMonth {
    /// As the admin API takes a day.
    var firstDay: String { String(Timestamp.text(begins).prefix(10)) }

    /// The first day of the next month; `nil` after the last year that has four digits.
    var dayAfter: String? { ends <= Timestamp.latest ? String(Timestamp.text(ends).prefix(10)) : nil }
}
