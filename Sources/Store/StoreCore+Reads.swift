// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// From a badge at a reader to an open session.
extension StoreCore {
    func present(_ seat: AgentSeat, _ presented: Presented, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .verdict(.refused(refusal)) }
        if let answer = try repeated(presented, seat, at: now) { return .verdict(answer) }
        if ReadRule.isFresh(presented.age),
            let enrolment = try openEnrolment(at: presented.reader, of: seat.agent, at: now)
        {
            try leaveReader(presented.reader, seat.agent, at: now)
            try insertRead(presented, seat, .unknown, at: now)
            return .verdict(try enrol(presented, for: enrolment, at: now))
        }
        let holders = try findHolders(of: presented.read)
        let identification = ReadRule.identify(age: presented.age, holders: holders, at: now)
        if identification != .expired { try leaveReader(presented.reader, seat.agent, at: now) }
        try insertRead(presented, seat, identification, at: now)
        switch identification {
        case .expired: return .verdict(.refused(Refusal(.readExpired)))
        case .unknown: return .verdict(.refused(Refusal(.unknownCredential)))
        case .ambiguous(let users): return .verdict(try report(users, presented, seat, at: now))
        case .locked(let wait): return .verdict(.refused(Refusal(.locked, retryAfter: wait)))
        case .needsPIN(let user, let tries): return .verdict(.needsPIN(user, triesLeft: tries))
        case .known(let user):
            let reading = Reading(seat: seat, reader: presented.reader, key: presented.key)
            return .verdict(try openSession(of: user, reading, at: now))
        }
    }

    /// The same read again gets the same session, as long as that is open. Nothing else is answered twice.
    private func repeated(
        _ presented: Presented, _ seat: AgentSeat, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict? {
        let known = try database.row(
            "SELECT session FROM reads WHERE agent = ?1 AND key = ?2", .id(seat.agent), .blob(presented.key)
        ) { $0.isNull(0) ? nil : SessionID($0.int64(0)) }
        guard let known else { return nil }
        guard let id = known, let session = try session(id), session.reader == presented.reader,
            SessionRule.isOpen(session.facts, agent: seat.agent, epoch: seat.epoch, at: now),
            let printer = try printer(of: seat.agent), printer.id == session.printer
        else { return .refused(Refusal(.readExpired)) }
        return .session(try grant(id, of: session.user, at: printer))
    }

    func findHolders(of read: RawRead) throws(StoreFault) -> [BadgeHolder] {
        let hashes = settings.forms(read).prefix(CredentialForm.formLimit).map { SQLValue.blob(keys.badgeHash($0)) }
        // As many places as there are forms at most, so that it is always the same statement.
        let places = hashes + Array(repeating: .null, count: CredentialForm.formLimit - hashes.count)
        return try database.rows(
            """
            SELECT u.id, u.locked, p.user IS NOT NULL, u.failures, u.barred_until
            FROM badges b JOIN users u ON u.id = b.user LEFT JOIN pins p ON p.user = u.id
            WHERE b.hash IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                AND b.revoked_at IS NULL AND u.deleted_at IS NULL
            ORDER BY u.id
            """,
            values: places, read: BadgeHolder.init)
    }

    /// A read of two people's badges is nobody's; the administrator must take one of the badges away.
    private func report(
        _ users: [UserID], _ presented: Presented, _ seat: AgentSeat, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict {
        var names: [String] = []
        for user in users {
            let name = try database.row("SELECT name FROM users WHERE id = ?1", .id(user)) { $0.text(0) }
            names.append(name ?? "?")
        }
        try audit(
            "ambiguous-badge", "\(names.joined(separator: ", ")) at reader \(presented.reader)", at: now, by: "agent")
        return .ambiguous(users: names)
    }

    /// Whoever holds a badge to a reader takes it over from whoever stood there before.
    private func leaveReader(_ reader: String, _ agent: AgentID, at now: WallTime) throws(StoreFault) {
        try database.run(
            """
            UPDATE sessions SET ended_at = ?3, end_reason = ?4 WHERE agent = ?1 AND reader = ?2 AND ended_at IS NULL
            """,
            .id(agent), .text(reader), .time(now), .integer(Int64(SessionEnd.Reason.replaced.rawValue)))
        try stopAwaitingPIN(reader, agent)
    }

    private func stopAwaitingPIN(_ reader: String, _ agent: AgentID) throws(StoreFault) {
        try database.run(
            "UPDATE reads SET awaits_pin = 0 WHERE agent = ?1 AND reader = ?2 AND awaits_pin = 1",
            .id(agent), .text(reader))
    }

    private func insertRead(
        _ presented: Presented, _ seat: AgentSeat, _ identification: ReadRule.Identification, at now: WallTime
    ) throws(StoreFault) {
        let (user, awaitsPIN): (UserID?, Bool) =
            switch identification {
            case .known(let user): (user, false)
            case .needsPIN(let user, _): (user, true)
            case .expired, .unknown, .ambiguous, .locked: (nil, false)
            }
        try database.run(
            """
            INSERT INTO reads (agent, key, reader, presented_at, user, awaits_pin, recorded_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?4)
            """,
            .id(seat.agent), .blob(presented.key), .text(presented.reader), .time(now),
            user.map { .id($0) } ?? .null, .flag(awaitsPIN))
    }

    func loadPIN(of user: UserID) throws(StoreFault) -> PINHash? {
        try database.row("SELECT log_n, salt, hash FROM pins WHERE user = ?1", .id(user)) {
            PINHash(logN: $0.int(0), salt: $0.blob(1), hash: SecretBytes($0.blob(2)))
        }
    }

    /// A PIN counts only after this user's badge at the same reader. While the user is locked even the right one is
    /// refused and the wrong one not counted.
    func settlePIN(
        _ seat: AgentSeat, reader: String, user: UserID, matched: Bool, at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .verdict(.refused(refusal)) }
        let awaiting = try database.row(
            "SELECT key, user, presented_at FROM reads WHERE agent = ?1 AND reader = ?2 AND awaits_pin = 1",
            .id(seat.agent), .text(reader)
        ) { (key: $0.blob(0), user: UserID($0.int64(1)), readAt: $0.time(2)) }
        guard let awaiting, awaiting.user == user, ReadRule.awaitsPIN(readAt: awaiting.readAt, at: now),
            let holder = try holder(user)
        else { return .verdict(.refused(Refusal(.readExpired))) }
        // One answer a badge: the next try begins with the badge again.
        try stopAwaitingPIN(reader, seat.agent)
        if case .locked(let wait) = ReadRule.lock(holder, at: now) {
            return .verdict(.refused(Refusal(.locked, retryAfter: wait)))
        }
        guard matched else {
            let attempts = LockRule.afterFailure(holder.attempts, at: now)
            try write(attempts, of: user)
            let bar = LockRule.bar(attempts, at: now)
            return .verdict(.refused(bar.map { Refusal(.locked, retryAfter: $0) } ?? Refusal(.wrongPIN)))
        }
        try write(.none, of: user)
        return .verdict(try openSession(of: user, Reading(seat: seat, reader: reader, key: awaiting.key), at: now))
    }

    private func holder(_ user: UserID) throws(StoreFault) -> BadgeHolder? {
        try database.row(
            """
            SELECT u.id, u.locked, p.user IS NOT NULL, u.failures, u.barred_until
            FROM users u LEFT JOIN pins p ON p.user = u.id WHERE u.id = ?1 AND u.deleted_at IS NULL
            """,
            .id(user), read: BadgeHolder.init)
    }

    func write(_ attempts: PINAttempts, of user: UserID) throws(StoreFault) {
        try database.run(
            "UPDATE users SET failures = ?2, barred_until = ?3 WHERE id = ?1",
            .id(user), .integer(attempts.failures), .time(attempts.barredUntil))
    }
}

extension BadgeHolder {
    /// The columns user, locked, has a PIN, failures, barred until.
    fileprivate init(_ row: SQLRow) {
        let attempts = PINAttempts(failures: row.int(3), barredUntil: row.optionalTime(4))
        self.init(user: row.id(0), isLocked: row.flag(1), hasPIN: row.flag(2), attempts: attempts)
    }
}
