// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// Whose failures are counted.
enum Guessed {
    case user(UserID)
    /// The keyed hash of a number or name that nobody has.
    case name([UInt8])
}

/// From a typed user and secret to an open session.
extension StoreCore {
    func findSecret(_ seat: AgentSeat, _ login: Login, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .verdict(.refused(refusal)) }
        let reading = Reading(seat: seat, reader: login.reader, key: login.key)
        if let answer = try repeated(reading, at: now) { return .verdict(answer) }
        guard ReadRule.isFresh(login.age) else {
            try insertRead(reading, of: nil, at: now)
            return .verdict(.refused(Refusal(.readExpired)))
        }
        guard let user = try findUser(login) else { return .secret(nil) }
        switch login.proof {
        case .pin: return .secret(try loadPIN(of: user))
        case .password:
            return .secret(
                try database.row("SELECT log_n, salt, hash FROM passwords WHERE user = ?1", .id(user)) {
                    PINHash($0, from: 0)
                })
        }
    }

    /// A PIN goes with a number only, so that whoever has a badge and a PIN is not open to guessing by name.
    private func findUser(_ login: Login) throws(StoreFault) -> UserID? {
        let byNumber = try database.row(
            "SELECT id FROM users WHERE number = ?1 AND deleted_at IS NULL", .text(login.user)
        ) { UserID($0.int64(0)) }
        guard login.proof == .password else { return byNumber }
        return try userID(login.user) ?? byNumber
    }

    func settleLogin(
        _ seat: AgentSeat, _ login: Login, matched: Bool, at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .verdict(.refused(refusal)) }
        let reading = Reading(seat: seat, reader: login.reader, key: login.key)
        if let answer = try repeated(reading, at: now) { return .verdict(answer) }
        let badge = try prompt(.activation, at: login.reader, seat, at: now)
        try leaveReader(login.reader, seat.agent, at: now)
        let bar = try placeBar(seat.agent, login.reader, at: now)
        guard let user = try findUser(login), let holder = try holder(user) else {
            try insertRead(reading, of: nil, at: now)
            let hash = keys.nameHash(Array(login.user.utf8))
            let known = try attempts(under: hash)
            let decision = LoginRule.decide(known, isLocked: false, matched: false, placeBar: bar, at: now)
            return .verdict(try refuse(decision, .name(hash), known, reading, at: now))
        }
        let decision = LoginRule.decide(
            holder.attempts, isLocked: holder.isLocked, matched: matched, placeBar: bar, at: now)
        try insertRead(reading, of: decision == .welcome ? user : nil, at: now)
        guard decision == .welcome else {
            return .verdict(try refuse(decision, .user(user), holder.attempts, reading, at: now))
        }
        try write(.none, of: user)
        guard let number = login.prompt else {
            return .verdict(try openSession(of: user, reading, isProven: true, at: now))
        }
        return .verdict(try claim(badge, number, for: user, reading, at: now))
    }

    /// What is answered when somebody was not let in, and what it counts for. A new wait shows at once.
    func refuse(
        _ decision: LoginRule.Decision, _ guessed: Guessed, _ known: PINAttempts, _ reading: Reading, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict {
        guard case .wrong = decision else {
            guard case .locked(let wait) = decision else { preconditionFailure("the welcome are not refused") }
            return .refused(Refusal(.locked, retryAfter: wait))
        }
        let attempts = LockRule.afterFailure(known, at: now)
        switch guessed {
        case .user(let user):
            try write(attempts, of: user)
            let who = "\(try name(of: user)), at \(try words(for: reading))"
            try auditLockOut(of: who, attempts.failures, until: attempts.barredUntil, at: now)
        case .name(let hash): try write(attempts, under: hash, at: now)
        }
        try countFailure(reading, at: now)
        if LockRule.needsAdministrator(attempts) { return .refused(Refusal(.locked)) }
        let bar = LockRule.bar(attempts, at: now)
        return .refused(bar.map { Refusal(.locked, retryAfter: $0) } ?? Refusal(.wrongPIN))
    }
}

/// Counters of failures that are nobody's own.
extension StoreCore {
    private func place(_ agent: AgentID, _ reader: String?) -> String {
        reader.map { "reader:\(agent):\($0)" } ?? "agent:\(agent)"
    }

    /// How long no secret is taken at this place.
    func placeBar(_ agent: AgentID, _ reader: String, at now: WallTime) throws(StoreFault) -> Duration? {
        let until = try database.row(
            "SELECT max(barred_until) FROM attempts WHERE place IN (?1, ?2)",
            .text(place(agent, reader)), .text(place(agent, nil))
        ) { $0.optionalTime(0) }
        return PlaceLockRule.bar(until: until ?? nil, at: now)
    }

    func countFailure(_ reading: Reading, at now: WallTime) throws(StoreFault) {
        for rule in PlaceLockRule.allCases {
            let place = place(reading.seat.agent, rule == .reader ? reading.reader : nil)
            let known = try database.row(
                "SELECT failures, barred_until, failed_at FROM attempts WHERE place = ?1", .text(place)
            ) { PlaceAttempts(failures: $0.int(0), barredUntil: $0.optionalTime(1), failedAt: $0.optionalTime(2)) }
            let next = rule.afterFailure(known ?? .none, at: now)
            try write(next.failures, barredUntil: next.barredUntil, of: place, at: now)
            let name = rule == .reader ? try words(for: reading) : "agent \(try agentName(reading.seat.agent))"
            try auditLockOut(of: name, next.failures, until: next.barredUntil, at: now)
        }
    }

    private func words(for reading: Reading) throws(StoreFault) -> String {
        "reader \(reading.reader.displaySafe(limit: 255)) of \(try agentName(reading.seat.agent))"
    }

    /// A wait that begins is told once. They double, so these lines stay few, whoever guesses. Names that nobody has
    /// are left out: what was typed may be a secret in the wrong place.
    private func auditLockOut(
        of subject: String, _ failures: Int, until: WallTime?, at now: WallTime
    ) throws(StoreFault) {
        guard let until else { return }
        try audit(
            "lock-out", "\(subject): \(failures) wrong PINs, until \(Timestamp.text(until))", at: now, by: "agent")
    }

    private func write(
        _ failures: Int, barredUntil: WallTime?, of place: String, at now: WallTime
    ) throws(StoreFault) {
        try database.run(
            "INSERT OR REPLACE INTO attempts (place, failures, barred_until, failed_at) VALUES (?1, ?2, ?3, ?4)",
            .text(place), .integer(failures), .time(barredUntil), .time(now))
    }

    private func name(_ hash: [UInt8]) -> String { "name:" + Hexadecimal.text(hash) }

    func attempts(under hash: [UInt8]) throws(StoreFault) -> PINAttempts {
        try database.row("SELECT failures, barred_until FROM attempts WHERE place = ?1", .text(name(hash))) {
            PINAttempts(failures: $0.int(0), barredUntil: $0.optionalTime(1))
        } ?? .none
    }

    private func write(_ attempts: PINAttempts, under hash: [UInt8], at now: WallTime) throws(StoreFault) {
        try write(attempts.failures, barredUntil: attempts.barredUntil, of: name(hash), at: now)
    }

    /// Forgives what was typed wrong at an agent and its readers.
    func unlockAgent(_ name: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (agent, name) = try findAgent(name) else { return noAgent(name) }
        let readers = "reader:\(agent):"
        try database.run(
            "DELETE FROM attempts WHERE place = ?1 OR (place >= ?2 AND place < ?3)",
            .text("agent:\(agent)"), .text(readers), .text(readers.dropLast() + ";"))
        return try done("unlock-agent", name, who)
    }

    func forgetAttempts(limit: Int, at now: WallTime) throws(StoreFault) {
        // Places are as many as there are readers. Names are as many as people make up, so the oldest come first.
        for kind in ["agent:", "reader:"] {
            try database.run(
                """
                DELETE FROM attempts WHERE place IN
                    (SELECT place FROM attempts WHERE place >= ?2 AND place < ?3 AND failed_at < ?1 LIMIT ?4)
                """,
                .time(now.advanced(by: .zero - PlaceLockRule.recordLife)), .text(kind),
                .text(kind.dropLast() + ";"), .integer(limit))
        }
        try database.run(
            """
            DELETE FROM attempts WHERE place IN (
                SELECT place FROM attempts INDEXED BY attempts_by_age
                WHERE failed_at < ?1 AND place >= 'name:' AND place < 'name;' ORDER BY failed_at LIMIT ?2)
            """,
            .time(now.advanced(by: .zero - LockRule.recordLife)), .integer(limit))
    }
}
