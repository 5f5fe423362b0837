// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ServerCore

/// Users, their badges and PINs.
extension StoreCore {
    func addUser(
        _ name: String, fullName: String, department: String, number: String?, _ who: Administrator
    ) throws(StoreFault) -> AdminReply {
        guard NameRule.isName(name) else { return refuse(.invalid, "a user's name has \(NameRule.nameWords)") }
        guard NameRule.isName(department) else {
            return refuse(.invalid, "a department's name has \(NameRule.nameWords)")
        }
        guard try findUser(name) == nil else { return refuse(.exists, "there is a user \(name) already") }
        if let number, let refusal = try refusal(ofNumber: number, for: name) { return .refused(refusal) }
        try insertUser(
            name, fullName: fullName.displaySafe(limit: 255), department: try self.department(department),
            number: number)
        try audit("add-user", name, at: who.now, by: who.name)
        return try showUser(name, at: who.now)
    }

    /// As it is stored, perhaps with other bytes; one that is new is made.
    private func department(_ name: String) throws(StoreFault) -> String {
        if let stored = try find(.department, name) { return stored.name }
        try addDepartment(name)
        return name
    }

    func departments() throws(StoreFault) -> [String] {
        try database.rows("SELECT name FROM departments ORDER BY id") { $0.text(0) }
    }

    func addDepartment(_ name: String) throws(StoreFault) {
        try database.run("INSERT INTO departments (name) VALUES (?1) ON CONFLICT DO NOTHING", .text(name))
    }

    func insertUser(
        _ name: String, fullName: String, department: String, number: String?
    ) throws(StoreFault) {
        try database.run(
            """
            INSERT INTO users (name, full_name, department, number)
            VALUES (?1, ?2, (SELECT id FROM departments WHERE name = ?3), ?4)
            """,
            .text(name), .text(fullName), .text(department), .text(number))
    }

    /// By its bytes: who logs in by name is looked for at the same pace whether there is such a user or not.
    func userID(_ name: String) throws(StoreFault) -> UserID? {
        try database.row("SELECT id FROM users WHERE name = ?1 AND deleted_at IS NULL", .text(name)) { $0.id(0) }
    }

    func noUser(_ name: String) -> AdminReply { refuse(.notFound, "there is no user \(name)") }

    func showUser(_ name: String, at now: WallTime) throws(StoreFault) -> AdminReply {
        guard let id = try findUser(name)?.id,
            var facts = try database.row(
                "\(Self.userQuery) WHERE u.id = ?1", .id(id), read: { UserFacts($0, at: now) })
        else { return noUser(name) }
        facts.badges = try badges(of: id)
        return .user(facts)
    }

    /// By name.
    func users(at now: WallTime) throws(StoreFault) -> [UserFacts] {
        let users = try database.rows(
            "\(Self.userQuery) WHERE u.deleted_at IS NULL ORDER BY u.name",
            read: { ($0.id(0) as UserID, UserFacts($0, at: now)) })
        var all: [UserFacts] = []
        for (id, facts) in users {
            all.append(facts)
            all[all.count - 1].badges = try badges(of: id)
        }
        return all
    }

    private static let userQuery = """
        SELECT u.id, u.name, u.full_name, d.name, u.locked, p.user IS NOT NULL,
            (SELECT count(*) FROM jobs j
                WHERE j.owner = u.name AND \(SQLPart.isWaiting("j"))),
            u.number, w.user IS NOT NULL, u.failures, u.barred_until
        FROM users u JOIN departments d ON d.id = u.department LEFT JOIN pins p ON p.user = u.id
            LEFT JOIN passwords w ON w.user = u.id
        """

    private func badges(of user: UserID) throws(StoreFault) -> [BadgeFacts] {
        try database.rows(
            "SELECT id, label, added_at FROM badges WHERE user = ?1 AND revoked_at IS NULL ORDER BY id", .id(user)
        ) { BadgeFacts(id: $0.int64(0), label: $0.text(1), addedAt: $0.time(2)) }
    }

    /// Locking ends the user's sessions. Unlocking also forgives wrong PINs.
    func lockUser(_ name: String, _ locked: Bool, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (user, name) = try findUser(name) else { return noUser(name) }
        try database.run("UPDATE users SET locked = ?2 WHERE id = ?1", .id(user), .flag(locked))
        if locked { try endSessions(of: user, at: who.now) } else { try write(.none, of: user) }
        return try done(locked ? "lock-user" : "unlock-user", name, who)
    }

    /// Also withdraws the jobs, the held ones at once and the others when nothing came of them: somebody who gets the
    /// same name later must not find them.
    func deleteUser(_ name: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (user, name) = try findUser(name) else { return noUser(name) }
        let held = try database.rows(
            "SELECT id FROM jobs WHERE owner = ?1 AND state = 'held' ORDER BY id", .text(name)
        ) { (row: SQLRow) -> JobID in row.id(0) }
        for job in held { try move(job, from: .held, to: .canceled, at: who.now) }
        try database.run("UPDATE jobs SET withdrawn = 1 WHERE owner = ?1 AND withdrawn = 0", .text(name))
        try endSessions(of: user, at: who.now)
        try cancelEnrolments(of: user, at: who.now)
        try database.run(
            "UPDATE badges SET revoked_at = ?2 WHERE user = ?1 AND revoked_at IS NULL", .id(user), .time(who.now))
        try database.run("DELETE FROM pins WHERE user = ?1", .id(user))
        try database.run("DELETE FROM passwords WHERE user = ?1", .id(user))
        try dropActivationCodes(of: user)
        try database.run("UPDATE users SET deleted_at = ?2 WHERE id = ?1", .id(user), .time(who.now))
        return try done("delete-user", name, who)
    }

    private func endSessions(of user: UserID, at now: WallTime) throws(StoreFault) {
        try database.run(
            "UPDATE sessions SET ended_at = ?2, end_reason = 4 WHERE user = ?1 AND ended_at IS NULL",
            .id(user), .time(now))
    }

    func addBadge(
        _ name: String, _ form: CredentialForm, label: String, _ who: Administrator
    ) throws(StoreFault) -> AdminReply {
        guard let (user, name) = try findUser(name) else { return noUser(name) }
        let hash = keys.badgeHash(form)
        if let holder = try holder(of: hash) {
            return refuse(.exists, "this badge is enrolled for \(holder): revoke it there first")
        }
        let badge = try insertBadge(hash, of: user, label: label, at: who.now)
        try audit("add-badge", "\(badge.id) of \(name)", at: who.now, by: who.name)
        return .badge(badge)
    }

    /// The user's name.
    func holder(of badge: [UInt8]) throws(StoreFault) -> String? {
        try database.row(
            "SELECT u.name FROM badges b JOIN users u ON u.id = b.user WHERE b.hash = ?1 AND b.revoked_at IS NULL",
            .blob(badge)
        ) { $0.text(0) }
    }

    func insertBadge(
        _ hash: [UInt8], of user: UserID, label: String, at now: WallTime
    ) throws(StoreFault) -> BadgeFacts {
        let label = label.displaySafe(limit: 255)
        try database.run(
            "INSERT INTO badges (user, hash, label, added_at) VALUES (?1, ?2, ?3, ?4)",
            .id(user), .blob(hash), .text(label), .time(now))
        return BadgeFacts(id: database.lastRowID, label: label, addedAt: now)
    }

    func revokeBadge(_ id: Int64, _ who: Administrator) throws(StoreFault) -> AdminReply {
        try database.run(
            "UPDATE badges SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", .integer(id), .time(who.now))
        guard database.changes == 1 else { return refuse(.notFound, "there is no badge \(id)") }
        return try done("revoke-badge", String(id), who)
    }

    /// Also forgives wrong PINs.
    func setPIN(_ name: String, _ hash: PINHash?, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (user, name) = try findUser(name) else { return noUser(name) }
        _ = try replacePIN(of: user, by: hash)
        try write(.none, of: user)
        return try done(hash == nil ? "remove-pin" : "set-pin", name, who)
    }

    /// The user's name.
    func replacePIN(of user: UserID, by hash: PINHash?) throws(StoreFault) -> String {
        try database.run("DELETE FROM pins WHERE user = ?1", .id(user))
        if let hash {
            try database.run(
                "INSERT INTO pins (user, log_n, salt, hash) VALUES (?1, ?2, ?3, ?4)",
                .id(user), .integer(hash.logN), .blob(hash.salt), .blob(hash.hash.revealed))
        }
        return try name(of: user)
    }

    func name(of user: UserID) throws(StoreFault) -> String {
        try database.row("SELECT name FROM users WHERE id = ?1", .id(user)) { $0.text(0) } ?? "?"
    }

    /// Also forgives wrong ones.
    func setPassword(_ name: String, _ hash: PINHash?, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (user, name) = try findUser(name) else { return noUser(name) }
        try database.run("DELETE FROM passwords WHERE user = ?1", .id(user))
        if let hash {
            try database.run(
                "INSERT INTO passwords (user, log_n, salt, hash) VALUES (?1, ?2, ?3, ?4)",
                .id(user), .integer(hash.logN), .blob(hash.salt), .blob(hash.hash.revealed))
        }
        try write(.none, of: user)
        return try done(hash == nil ? "remove-password" : "set-password", name, who)
    }

    /// What a person types at a keypad. `nil` takes it away.
    func setNumber(_ name: String, _ number: String?, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (user, name) = try findUser(name) else { return noUser(name) }
        if let number, let refusal = try refusal(ofNumber: number, for: name) { return .refused(refusal) }
        try database.run("UPDATE users SET number = ?2 WHERE id = ?1", .id(user), .text(number))
        return try done("set-number", name, who)
    }

    private func refusal(ofNumber number: String, for name: String) throws(StoreFault) -> AdminRefusal? {
        guard NameRule.isNumber(number) else {
            return AdminRefusal(.invalid, "a user's number has \(NameRule.numberWords)")
        }
        // Not by name: two names may be the same to Unicode.
        let holder = try database.row(
            "SELECT name FROM users WHERE number = ?1 AND deleted_at IS NULL AND name <> ?2", .text(number), .text(name)
        ) { $0.text(0) }
        guard let holder else { return nil }
        return AdminRefusal(.exists, "this number is \(holder)'s: give that user another one first")
    }
}

extension UserFacts {
    /// The columns of the user query; the badges come by another one.
    fileprivate init(_ row: SQLRow, at now: WallTime) {
        self.init(
            name: row.text(1), fullName: row.text(2), department: row.text(3), isLocked: row.flag(4),
            hasPIN: row.flag(5), badges: [], heldJobs: row.int(6))
        number = row.optionalText(7)
        hasPassword = row.flag(8)
        lockOut = LockOut(PINAttempts(failures: row.int(9), barredUntil: row.optionalTime(10)), at: now)
    }
}
