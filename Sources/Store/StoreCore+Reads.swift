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
        let reading = Reading(seat: seat, reader: presented.reader, key: presented.key)
        if let answer = try repeated(reading, at: now) { return .verdict(answer) }
        let reader = ReaderName(agent: try agentName(seat.agent), reader: presented.reader)
        let holders = try findHolders(of: presented.read, at: reader)
        if seat.hasDialogue, !presented.isTyped, ReadRule.isFresh(presented.age),
            let enrolment = try openEnrolment(at: presented.reader, of: seat.agent, at: now)
        {
            try leaveReader(presented.reader, seat.agent, at: now)
            try insertRead(reading, of: nil, at: now)
            let hash = settings.forms(presented.read, reader).first.map(keys.badgeHash)
            return .verdict(try enrol(hash, of: holders, at: presented.reader, for: enrolment, at: now))
        }
        if let answer = try register(presented, reading, holders, at: now) {
            // Whoever registers a badge may hold others to the reader as well.
            return holders.isEmpty && answer.isRefusal ? .read(answer, .nobody) : .verdict(answer)
        }
        let facts = try facts(of: presented, seat, holders, at: now)
        let identification = ReadRule.identify(facts, holders: holders, policy: settings.secondFactor, at: now)
        if identification != .expired { try leaveReader(presented.reader, seat.agent, at: now) }
        try insertRead(reading, of: identification.user, at: now)
        let answer = try verdict(on: identification, presented, reading, at: now)
        let met = AgentBudgetRule.met(
            identification, holders: holders, isTyped: presented.isTyped,
            isAsked: ReadRule.asksWhateverWasTyped(facts, settings.secondFactor))
        return met.map { .read(answer, $0) } ?? .verdict(answer)
    }

    func noteGuessing(
        _ agent: AgentID, reader: String, count: Int, at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        let place = "\(reader.displaySafe(limit: 64)) of \(try agentName(agent))"
        try audit("badges-guessed", "\(count) reads refused, the last at reader \(place)", at: now, by: "agent")
        return .done
    }

    func verdict(
        on identification: ReadRule.Identification, _ presented: Presented, _ reading: Reading, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict {
        switch identification {
        case .expired: return .refused(Refusal(.readExpired))
        case .unknown:
            guard presented.isTyped else {
                return try askForActivation(presented, reading, at: now) ?? .refused(Refusal(.unknownCredential))
            }
            try countFailure(reading, at: now)
            return .refused(Refusal(.unknownCredential))
        case .ambiguous(let users, let tries):
            let names = try report(users, presented, reading.seat.agent, at: now)
            if let tries {
                return .ambiguous(users: names, try askForNobodysPIN(presented, reading, triesLeft: tries, at: now))
            }
            if presented.isTyped { try countFailure(reading, at: now) }
            return .ambiguous(users: names, nil)
        case .locked(let wait): return .refused(Refusal(.locked, retryAfter: wait))
        case .notPermitted: return .refused(Refusal(.notPermitted))
        case .known(let user): return try openSession(of: user, reading, isProven: false, at: now)
        case .needsNewPIN(let user):
            return try ask(PromptDraft(.newPIN, reading, user: user), triesLeft: 1, at: now)
        case .needsPIN(let user?, let tries):
            return try ask(PromptDraft(.pin, reading, user: user), triesLeft: tries, at: now)
        case .needsPIN(nil, let tries):
            return .challenge(try askForNobodysPIN(presented, reading, triesLeft: tries, at: now))
        }
    }

    /// What is typed is checked against nothing, and counts against the number.
    private func askForNobodysPIN(
        _ presented: Presented, _ reading: Reading, triesLeft: Int, at now: WallTime
    ) throws(StoreFault) -> Challenge {
        var draft = PromptDraft(.pin, reading, user: nil)
        draft.badgeHash = try enrolmentHash(of: presented, from: reading.seat.agent)
        return try insert(draft, triesLeft: triesLeft, at: now)
    }

    /// Counters are looked at only where a PIN may be asked for.
    func facts(
        of presented: Presented, _ seat: AgentSeat, _ holders: [BadgeHolder], at now: WallTime
    ) throws(StoreFault) -> ReadFacts {
        var facts = ReadFacts(age: presented.age, isTyped: presented.isTyped, canChoosePIN: seat.hasDialogue)
        guard presented.isTyped || holders.contains(where: \.hasPIN) else { return facts }
        facts.placeBar = try placeBar(seat.agent, presented.reader, at: now)
        if ReadRule.asksWhateverWasTyped(facts, settings.secondFactor) {
            facts.attempts = try attempts(under: try enrolmentHash(of: presented, from: seat.agent) ?? [])
        }
        return facts
    }

    /// The same read again gets the same session, as long as that is open. Nothing else is answered twice.
    func repeated(_ reading: Reading, at now: WallTime) throws(StoreFault) -> ReadVerdict? {
        let seat = reading.seat
        let known = try database.row(
            "SELECT session FROM reads WHERE agent = ?1 AND key = ?2", .id(seat.agent), .blob(reading.key)
        ) { $0.isNull(0) ? nil : SessionID($0.int64(0)) }
        guard let known else { return nil }
        guard let id = known, let session = try session(id), session.reader == reading.reader,
            isOpen(session, for: seat, at: now), let printer = try printer(of: seat.agent),
            printer.id == session.printer
        else { return .refused(Refusal(.readExpired)) }
        return .session(try grant(id, of: session.user, at: printer, for: seat))
    }

    /// Under which the read's badge would be enrolled; `nil` where the policy lets no form of it count.
    func enrolmentHash(of presented: Presented, from agent: AgentID) throws(StoreFault) -> [UInt8]? {
        let reader = ReaderName(agent: try agentName(agent), reader: presented.reader)
        return settings.forms(presented.read, reader).first.map(keys.badgeHash)
    }

    private func findHolders(of read: RawRead, at reader: ReaderName) throws(StoreFault) -> [BadgeHolder] {
        let forms = settings.forms(read, reader).prefix(CredentialForm.formLimit)
        let hashes = forms.map { SQLValue.blob(keys.badgeHash($0)) }
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
        _ users: [UserID], _ presented: Presented, _ agent: AgentID, at now: WallTime
    ) throws(StoreFault) -> [String] {
        var names: [String] = []
        for user in users {
            let name = try database.row("SELECT name FROM users WHERE id = ?1", .id(user)) { $0.text(0) }
            names.append(name ?? "?")
        }
        let place = "\(presented.reader) of \(try agentName(agent))"
        try auditWithPause(
            AgentLine(
                agent: agent, action: "ambiguous-badge",
                subject: "\(names.joined(separator: ", ")) at reader \(place)"),
            at: now)
        return names
    }

    /// Whoever holds a badge to a reader takes it over from whoever stood there before.
    func leaveReader(_ reader: String, _ agent: AgentID, at now: WallTime) throws(StoreFault) {
        try database.run(
            """
            UPDATE sessions SET ended_at = ?3, end_reason = ?4 WHERE agent = ?1 AND reader = ?2 AND ended_at IS NULL
            """,
            .id(agent), .text(reader), .time(now), .integer(Int64(SessionEnd.Reason.replaced.rawValue)))
        try database.run("DELETE FROM prompts WHERE agent = ?1 AND reader = ?2", .id(agent), .text(reader))
    }

    func insertRead(_ reading: Reading, of user: UserID?, at now: WallTime) throws(StoreFault) {
        try database.run(
            "INSERT INTO reads (agent, key, reader, presented_at, user, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?4)",
            .id(reading.seat.agent), .blob(reading.key), .text(reading.reader), .time(now),
            user.map { .id($0) } ?? .null)
    }

    func loadPIN(of user: UserID) throws(StoreFault) -> PINHash? {
        try database.row("SELECT log_n, salt, hash FROM pins WHERE user = ?1", .id(user)) { PINHash($0, from: 0) }
    }

    func holder(_ user: UserID) throws(StoreFault) -> BadgeHolder? {
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

extension ReadVerdict {
    fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}

extension Presented {
    /// A number that somebody typed is no badge: it registers nothing, and an unknown one is a guess.
    var isTyped: Bool { read.technology == .keypad }
}

extension ReadRule.Identification {
    /// Whose read it is, as far as it is clear.
    fileprivate var user: UserID? {
        switch self {
        case .known(let user), .needsNewPIN(let user), .notPermitted(let user): user
        case .needsPIN(let user, _): user
        case .expired, .unknown, .ambiguous, .locked: nil
        }
    }
}

extension PINHash {
    /// The columns log_n, salt, hash.
    init(_ row: SQLRow, from first: CInt) {
        self.init(logN: row.int(first), salt: row.blob(first + 1), hash: SecretBytes(row.blob(first + 2)))
    }
}
