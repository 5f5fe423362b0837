// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Credentials
import Crypto
import Ops
import Primitives

enum UserImportCommand {
    /// Lines that are told to be wrong; of the others there is a count.
    private static let problemLimit = 100
    /// From here on it is told how long the hashing takes.
    private static let patience = Duration.seconds(5)

    static let command = Command(
        "user import",
        "Adds and changes users, all or none, from CSV with the titles user, name, department, number, badge, pin.",
        operands: ["FILE|-"],
        options: [
            .flag("--dry-run", "Say what would change, and change nothing."),
            .flag("--revive", "Also give what was taken away: revoked badges, deleted users, PINs of users without."),
            .value("--label", "TEXT", "What you call all new badges; the numbers are never shown again."),
        ]
    ) { use throws(OperatorError) in
        let name = use.arguments.operands[0] == "-" ? "standard input" : use.shown(0)
        let file = UserImportFile(try use.bytes(of: use.arguments.operands[0], limit: UserImportLimits.fileBytes))
        let isDryRun = use.arguments.has("--dry-run")
        var request = UserImportRequest(
            dryRun: true, revive: use.arguments.has("--revive") ? true : nil, label: use.arguments.value("--label"),
            users: file.rows)
        // The server may know of more that is wrong, and everything is told at once.
        let (checked, found) = try file.rows.isEmpty ? (nil, []) : use.server.importUsers(request)
        guard let checked, file.problems.isEmpty else { throw refusal(name, file.problems + found, use) }
        guard !isDryRun, !checked.changes.isEmpty else { return shown(checked, isDryRun: isDryRun, use) }
        request.dryRun = false
        bind(&request, to: checked)
        hash(file.pins, for: checked, in: &request, use)
        let (done, refused) = try use.server.importUsers(request)
        guard let done else { throw refusal(name, refused, use) }
        return shown(done, isDryRun: false, use)
    }

    /// Hashing takes time, and others may change users meanwhile: the server refuses what it did not announce.
    private static func bind(_ request: inout UserImportRequest, to checked: UserImportAnswer) {
        let changes = Dictionary(checked.changes.map { ($0.line, $0) }) { first, _ in first }
        for place in request.users.indices {
            let change = changes[request.users[place].line]
            request.users[place].checked = UserImportRow.Checked(
                isNew: change?.isNew ?? false, badges: change?.badges ?? 0)
        }
    }

    /// The PINs of those who need one.
    private static func hash(
        _ pins: [Int: PIN], for checked: UserImportAnswer, in request: inout UserImportRequest, _ use: Invocation
    ) {
        let lines = Set(checked.changes.lazy.filter(\.pin).map(\.line))
        let began = ContinuousClock.now
        var count = 0
        for place in request.users.indices {
            let line = request.users[place].line
            guard lines.contains(line), let pin = pins[line] else { continue }
            request.users[place].pinHash = SecretText(Hexadecimal.text(PasswordHash(of: pin.digits).encoded))
            count += 1
            let whole = (ContinuousClock.now - began) * lines.count
            if count == 1, whole > patience {
                use.console.complain("Hashing \(lines.count) PINs takes about \(Shown.age(whole.components.seconds)).")
            }
        }
    }

    /// One line for each problem, so that an editor can go through them.
    private static func refusal(_ name: String, _ problems: [UserImportProblem], _ use: Invocation) -> OperatorError {
        let columns: [UserImportColumn?] = [nil] + UserImportColumn.allCases
        let sorted = columns.flatMap { column in problems.filter { $0.column == column } }
            .sorted { $0.line < $1.line }
        for problem in sorted.prefix(problemLimit) {
            let column = problem.column.map { "\($0.rawValue): " } ?? ""
            use.console.complain("\(name):\(problem.line): \(column)\(problem.detail)".displaySafe(limit: 1024))
        }
        let more = sorted.count > problemLimit ? ", the first \(problemLimit) of which are listed" : ""
        let what = sorted.count == 1 ? "1 mistake" : "\(sorted.count) mistakes"
        return OperatorError(
            .inputInvalid, "\(what) in \(name)\(more)",
            remedy: "No user was changed. Mend the file and import it again.")
    }

    private static func shown(_ answer: UserImportAnswer, isDryRun: Bool, _ use: Invocation) -> String {
        if use.isJSON {
            var answer = answer
            answer.dryRun = isDryRun
            return JSONForm.text(of: answer)
        }
        return (isDryRun ? table(answer.changes) : "") + summary(answer, isDryRun)
    }

    private static func table(_ changes: [UserImportAnswer.Change]) -> String {
        if changes.isEmpty { return "" }
        var table = Table([.right("LINE"), .left("USER"), .left("WOULD BE"), .left("WITH", limit: 200)])
        for change in changes {
            let parts = [
                change.name.map { "name \($0)" }, change.department.map { "department \($0)" },
                change.number.map { "number \($0)" }, change.badges > 0 ? counted(change.badges, "badge") : nil,
                change.pin ? "a PIN" : nil,
            ]
            table.add([
                "\(change.line)", change.user, change.isNew ? "added" : "changed",
                parts.compactMap { $0 }.joined(separator: ", "),
            ])
        }
        return table.text + "\n"
    }

    private static func summary(_ answer: UserImportAnswer, _ isDryRun: Bool) -> String {
        let given = "\(counted(answer.badges, "badge")) and \(counted(answer.pins, "PIN"))"
        var lines = [
            "\(counted(answer.added, "user")) added, \(answer.changed) changed, \(answer.unchanged) as in the file"
                + " already; \(given) given."
        ]
        if isDryRun { lines = ["Nothing was changed. It would be:"] + lines }
        if !answer.newDepartments.isEmpty {
            lines.append("New departments (\(answer.newDepartments.count)): \(listed(answer.newDepartments)).")
        }
        if answer.pinsKept > 0 {
            lines.append(
                "PINs in the file for users who have one already: \(answer.pinsKept). Those users keep theirs.")
        }
        lines += left(answer)
        return lines.joined(separator: "\n") + "\n"
    }

    /// What was taken away, and is not given again.
    private static func left(_ answer: UserImportAnswer) -> [String] {
        var lines: [String] = []
        if !answer.leftDeleted.isEmpty {
            lines.append("Left deleted (\(answer.leftDeleted.count)): \(listed(answer.leftDeleted)).")
        }
        if answer.badgesLeftRevoked > 0 {
            lines.append(
                "Left revoked (\(counted(answer.badgesLeftRevoked, "badge"))), of: \(listed(answer.leftRevoked)).")
        }
        if answer.pinsLeft > 0 {
            lines.append(
                "PINs in the file for users who are not new and have none: \(answer.pinsLeft). Those users get none.")
        }
        if !lines.isEmpty { lines.append("With --revive they would be given.") }
        return lines
    }

    private static let nameLimit = 20

    private static func listed(_ names: [String]) -> String {
        let more = names.count > nameLimit ? ", …" : ""
        return names.prefix(nameLimit).joined(separator: ", ").displaySafe(limit: 2048) + more
    }

    private static func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }
}
