// SPDX-License-Identifier: Apache-2.0

import AdminModel
import PrintModel
import Primitives
import ReleaseRules
import ServerCore

/// A file of users: all of it or nothing.
extension StoreCore {
    func importUsers(_ order: UserImportOrder, _ who: Administrator) throws(StoreFault) -> AdminReply {
        let rows = order.rows.map { row in UserImportRule.Row(row, badges: row.badges.map(keys.badgeHash)) }
        let rule = UserImportRule(rows, users: try knownUsers(), badgeHolders: try holders(of: rows))
        var answer = UserImportAnswer(rule, of: rows, isDryRun: order.isDryRun)
        answer.newDepartments = try missing(rule.changes.compactMap(\.department))
        answer.problems = order.problems + rule.problems
        if !order.isDryRun {
            for change in rule.changes where change.givesPIN && order.rows[change.row].pinHash == nil {
                answer.problems.append(
                    UserImportProblem(
                        line: rows[change.row].line, column: .pin, "comes without its hash: import the file again"))
            }
        }
        answer.problems.sort { $0.line < $1.line }
        if answer.problems.isEmpty && !order.isDryRun { try apply(rule.changes, of: order, who) }
        return .imported(answer)
    }

    private func knownUsers() throws(StoreFault) -> [UserImportRule.Known] {
        try database.rows(
            """
            SELECT u.name, u.full_name, d.name, u.number, p.user IS NOT NULL
            FROM users u JOIN departments d ON d.id = u.department LEFT JOIN pins p ON p.user = u.id
            WHERE u.deleted_at IS NULL
            """,
            read: { row in
                UserImportRule.Known(
                    name: row.text(0), fullName: row.text(1), department: row.text(2), number: row.optionalText(3),
                    hasPIN: row.flag(4))
            })
    }

    private func holders(of rows: [UserImportRule.Row]) throws(StoreFault) -> [[UInt8]: String] {
        var holders: [[UInt8]: String] = [:]
        for badge in rows.flatMap(\.badges) where holders[badge] == nil { holders[badge] = try holder(of: badge) }
        return holders
    }

    /// The departments that are not there yet, in the order of the file.
    private func missing(_ departments: [String]) throws(StoreFault) -> [String] {
        var known = Set(try database.rows("SELECT name FROM departments", read: { $0.text(0) }))
        return departments.filter { known.insert($0).inserted }
    }

    private func apply(
        _ changes: [UserImportRule.Change], of order: UserImportOrder, _ who: Administrator
    ) throws(StoreFault) {
        // Users may change numbers with each other; in between nobody has them.
        for change in changes where !change.isNew && change.number != nil {
            try database.run(
                "UPDATE users SET number = NULL WHERE name = ?1 AND deleted_at IS NULL",
                .text(order.rows[change.row].user))
        }
        for change in changes { try apply(change, to: order.rows[change.row], label: order.label, who) }
    }

    private func apply(
        _ change: UserImportRule.Change, to row: UserImportOrder.Row, label: String, _ who: Administrator
    ) throws(StoreFault) {
        if let department = change.department { try addDepartment(department) }
        let user = try change.isNew ? insert(change, row.user) : update(change, row.user)
        var badges: [String] = []
        for badge in change.badges {
            badges.append("\(try insertBadge(badge, of: user, label: label, at: who.now).id)")
        }
        if change.givesPIN {
            _ = try replacePIN(of: user, by: row.pinHash)
            try write(.none, of: user)
        }
        let parts = [
            change.isNew ? "new" : nil, change.fullName.map { _ in "name" },
            change.department.map { _ in "department" },
            change.number.map { _ in "number" }, badges.isEmpty ? nil : "badges \(badges.joined(separator: " "))",
            change.givesPIN ? "pin" : nil,
        ]
        let subject = "\(row.user): \(parts.compactMap { $0 }.joined(separator: ", "))"
        try audit("import-user", subject, at: who.now, by: who.name)
    }

    private func insert(_ change: UserImportRule.Change, _ name: String) throws(StoreFault) -> UserID {
        try insertUser(
            name, fullName: change.fullName ?? "", department: change.department ?? "", number: change.number)
        return UserID(database.lastRowID)
    }

    private func update(_ change: UserImportRule.Change, _ name: String) throws(StoreFault) -> UserID {
        guard let user = try userID(name) else {
            throw StoreFault(.corrupt, step: "import a user", detail: "a user left within one transaction")
        }
        guard change.fullName != nil || change.department != nil || change.number != nil else { return user }
        try database.run(
            """
            UPDATE users SET full_name = coalesce(?2, full_name), number = coalesce(?4, number),
                department = coalesce((SELECT id FROM departments WHERE name = ?3), department)
            WHERE id = ?1
            """,
            .id(user), .text(change.fullName), .text(change.department), .text(change.number))
        return user
    }
}

extension UserImportRule.Row {
    fileprivate init(_ row: UserImportOrder.Row, badges: [[UInt8]]) {
        self.init(line: row.line, user: row.user)
        (fullName, department, number) = (row.fullName, row.department, row.number)
        (self.badges, givesPIN) = (badges, row.givesPIN)
    }
}

extension UserImportAnswer {
    fileprivate init(_ rule: UserImportRule, of rows: [UserImportRule.Row], isDryRun: Bool) {
        self.init(dryRun: isDryRun)
        changes = rule.changes.map { change in
            let row = rows[change.row]
            var told = Change(line: row.line, user: row.user, isNew: change.isNew)
            (told.name, told.department, told.number) = (change.fullName, change.department, change.number)
            (told.badges, told.pin) = (change.badges.count, change.givesPIN)
            return told
        }
        added = changes.count { $0.isNew }
        changed = changes.count - added
        unchanged = rows.count - changes.count
        badges = changes.reduce(0) { $0 + $1.badges }
        pins = changes.count { $0.pin }
        pinsKept = rule.pinsKept
    }
}
