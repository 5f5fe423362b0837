// SPDX-License-Identifier: Apache-2.0

import AdminModel
import PrintModel
import Primitives
import ReleaseRules
import ServerCore

/// A file of users: all of it or nothing.
extension StoreCore {
    func importUsers(_ order: UserImportOrder, _ who: Administrator) throws(StoreFault) -> AdminReply {
        // One beyond the limit is enough for the rule to see that there are too many.
        let rows = order.rows.map { row in
            UserImportRule.Row(row, badges: row.badges.prefix(UserImportLimits.badges + 1).map(keys.badgeHash))
        }
        let rule = UserImportRule(rows, site: try importSite(of: rows), revives: order.revives)
        var answer = UserImportAnswer(rule, of: rows, isDryRun: order.isDryRun)
        answer.problems = order.problems + rule.problems
        if !order.isDryRun {
            for change in rule.changes where change.givesPIN && order.rows[change.row].pinHash == nil {
                answer.problems.append(
                    UserImportProblem(
                        line: rows[change.row].line, column: .pin, "comes without its hash: import the file again"))
            }
        }
        answer.problems.sort { $0.line < $1.line }
        if answer.problems.isEmpty && !order.isDryRun { try apply(rule, of: order, who) }
        return .imported(answer)
    }

    private func importSite(of rows: [UserImportRule.Row]) throws(StoreFault) -> UserImportRule.Site {
        let badges = Set(rows.lazy.flatMap(\.badges))
        var site = UserImportRule.Site()
        site.users = try knownUsers()
        site.deletedUsers = Set(
            try database.rows("SELECT name FROM users WHERE deleted_at IS NOT NULL", read: { $0.text(0) }))
        site.departments = try departments()
        for badge in badges {
            site.badgeHolders[badge] = try database.row(
                """
                SELECT u.id, u.name FROM badges b JOIN users u ON u.id = b.user
                WHERE b.hash = ?1 AND b.revoked_at IS NULL
                """, .blob(badge), read: { UserImportRule.Holder(id: $0.id(0), name: $0.text(1)) })
        }
        for (badge, user) in try revokedBadges() where badges.contains(badge) {
            site.revokedBadges[badge, default: []].insert(user)
        }
        return site
    }

    private func knownUsers() throws(StoreFault) -> [UserImportRule.Known] {
        try database.rows(
            """
            SELECT u.id, u.name, u.full_name, d.name, u.number, p.user IS NOT NULL
            FROM users u JOIN departments d ON d.id = u.department LEFT JOIN pins p ON p.user = u.id
            WHERE u.deleted_at IS NULL ORDER BY u.id
            """,
            read: { row in
                UserImportRule.Known(
                    id: row.id(0), name: row.text(1), fullName: row.text(2), department: row.text(3),
                    number: row.optionalText(4), hasPIN: row.flag(5))
            })
    }

    /// With the name of who had it. Those that went because their user was deleted do not count: whoever adds the user
    /// again means the badges, too.
    private func revokedBadges() throws(StoreFault) -> [(badge: [UInt8], user: String)] {
        try database.rows(
            """
            SELECT b.hash, u.name FROM badges b JOIN users u ON u.id = b.user
            WHERE b.revoked_at IS NOT NULL AND (u.deleted_at IS NULL OR b.revoked_at < u.deleted_at)
            """,
            read: { (badge: $0.blob(0), user: $0.text(1)) })
    }

    private func apply(
        _ rule: UserImportRule, of order: UserImportOrder, _ who: Administrator
    ) throws(StoreFault) {
        for department in rule.newDepartments { try addDepartment(department) }
        // Users may change numbers with each other; in between nobody has them.
        for change in rule.changes where change.number != nil {
            guard let user = change.id else { continue }
            try database.run("UPDATE users SET number = NULL WHERE id = ?1", .id(user))
        }
        for change in rule.changes {
            try apply(change, pinHash: order.rows[change.row].pinHash, label: order.label, who)
        }
    }

    private func apply(
        _ change: UserImportRule.Change, pinHash: PINHash?, label: String, _ who: Administrator
    ) throws(StoreFault) {
        let user = try write(change)
        var badges: [String] = []
        for badge in change.badges {
            badges.append("\(try insertBadge(badge, of: user, label: label, at: who.now).id)")
        }
        // Wrong PINs are not forgiven: a file is no person who looked into it.
        if change.givesPIN { _ = try replacePIN(of: user, by: pinHash) }
        let parts = [
            change.isNew ? "new" : nil, change.fullName.map { _ in "name" },
            change.department.map { "department \($0)" },
            change.number.map { _ in "number" }, badges.isEmpty ? nil : "badges \(badges.joined(separator: " "))",
            change.givesPIN ? "pin" : nil,
        ]
        let subject = "\(change.user): \(parts.compactMap { $0 }.joined(separator: ", "))"
        try audit("import-user", subject, at: who.now, by: who.name)
    }

    private func write(_ change: UserImportRule.Change) throws(StoreFault) -> UserID {
        guard let user = change.id else {
            try insertUser(
                change.user, fullName: change.fullName ?? "", department: change.department ?? "",
                number: change.number)
            return UserID(database.lastRowID)
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
        (self.badges, givesPIN, checked) = (badges, row.givesPIN, row.checked)
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
        unchanged = rows.count - changes.count - rule.leftDeleted.count
        badges = changes.reduce(0) { $0 + $1.badges }
        pins = changes.count { $0.pin }
        (pinsKept, pinsLeft) = (rule.pinsKept, rule.pinsLeft)
        newDepartments = rule.newDepartments
        leftDeleted = rule.leftDeleted
        badgesLeftRevoked = rule.leftRevoked.count
        for user in rule.leftRevoked where leftRevoked.last != user { leftRevoked.append(user) }
    }
}
