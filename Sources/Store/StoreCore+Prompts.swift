// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// A question to the person at a reader, before it is asked.
struct PromptDraft {
    var kind: Challenge.Kind
    /// The read or log-in that it goes on from.
    var reading: Reading
    /// `nil` while nobody knows who it is, and where it must look as if somebody did.
    var user: UserID?
    /// For a change of the PIN in a session.
    var session: SessionID?
    /// The person has typed a secret of theirs.
    var isProven = false
    /// Of the badge that may become this user's, or of the number that nobody has.
    var badgeHash: [UInt8]?
    var code: Int64?
    /// A PIN that was chosen and is to be typed once more.
    var chosen: PINHash?

    init(_ kind: Challenge.Kind, _ reading: Reading, user: UserID?) {
        self.kind = kind
        self.reading = reading
        self.user = user
    }
}

/// A question that awaits its answer.
struct PromptRow {
    let id: Int64
    let askedAt: WallTime
    let draft: PromptDraft
}

/// Questions and answers. There is one question at a reader, and each is answered once.
extension StoreCore {
    func ask(_ draft: PromptDraft, triesLeft: Int, at now: WallTime) throws(StoreFault) -> ReadVerdict {
        .challenge(try insert(draft, triesLeft: triesLeft, at: now))
    }

    func insert(_ draft: PromptDraft, triesLeft: Int, at now: WallTime) throws(StoreFault) -> Challenge {
        let (agent, reader) = (draft.reading.seat.agent, draft.reading.reader)
        try database.run("DELETE FROM prompts WHERE agent = ?1 AND reader = ?2", .id(agent), .text(reader))
        try database.run(
            """
            INSERT INTO prompts (agent, reader, kind, asked_at, user, read_key, session, proven, badge_hash, code,
                log_n, salt, hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            """,
            .id(agent), .text(reader), .integer(Int64(draft.kind.rawValue)), .time(now), .optional(draft.user),
            .blob(draft.reading.key), .optional(draft.session), .flag(draft.isProven), .blob(draft.badgeHash),
            draft.code.map { .integer($0) } ?? .null, .integer(draft.chosen?.logN), .blob(draft.chosen?.salt),
            .blob(draft.chosen?.hash.revealed))
        let number = UInt32(truncatingIfNeeded: database.lastRowID)
        return Challenge(prompt: number, kind: draft.kind, triesLeft: triesLeft)
    }

    /// The newest question of that number, whatever has become of it.
    private func prompt(_ number: UInt32, _ seat: AgentSeat, isTaken: Bool) throws(StoreFault) -> PromptRow? {
        try database.row(
            """
            SELECT id, asked_at, kind, reader, read_key, user, session, proven, badge_hash, code, log_n, salt, hash
            FROM prompts WHERE agent = ?1 AND id & 4294967295 = ?2 AND taken = ?3
            """,
            .id(seat.agent), .count(UInt64(number)), .flag(isTaken)
        ) { row throws(StoreFault) in try PromptRow(row, seat) }
    }

    /// What is asked at this reader, when it is this and still awaited.
    func prompt(
        _ kind: Challenge.Kind, at reader: String, _ seat: AgentSeat, at now: WallTime
    ) throws(StoreFault) -> PromptRow? {
        let row = try database.row(
            """
            SELECT id, asked_at, kind, reader, read_key, user, session, proven, badge_hash, code, log_n, salt, hash
            FROM prompts WHERE agent = ?1 AND reader = ?2 AND kind = ?3
            """,
            .id(seat.agent), .text(reader), .integer(Int64(kind.rawValue))
        ) { row throws(StoreFault) in try PromptRow(row, seat) }
        guard let row, ReadRule.awaitsAnswer(askedAt: row.askedAt, at: now) else { return nil }
        return row
    }

    func takePrompt(_ seat: AgentSeat, _ number: UInt32, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .verdict(.refused(refusal)) }
        guard let prompt = try prompt(number, seat, isTaken: false), prompt.draft.kind != .presentAgain else {
            return .verdict(.refused(Refusal(.sessionExpired)))
        }
        guard ReadRule.awaitsAnswer(askedAt: prompt.askedAt, at: now) else {
            return .verdict(.refused(Refusal(.readExpired)))
        }
        try database.run("UPDATE prompts SET taken = 1 WHERE id = ?1", .integer(prompt.id))
        let demand: PromptDemand =
            switch prompt.draft.kind {
            case .pin: .check(try prompt.draft.user.flatMap { user throws(StoreFault) in try loadPIN(of: user) })
            case .repeatPIN: .check(prompt.draft.chosen)
            case .newPIN: .newPIN
            case .activation, .presentAgain: .code
            }
        return .demand(demand, reader: prompt.draft.reading.reader)
    }

    func settlePrompt(
        _ seat: AgentSeat, _ number: UInt32, _ answer: PromptAnswer, at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .verdict(.refused(refusal)) }
        // Somebody else may have come to the reader while the answer was checked.
        guard let prompt = try prompt(number, seat, isTaken: true),
            ReadRule.awaitsAnswer(askedAt: prompt.askedAt, at: now)
        else { return .verdict(.refused(Refusal(.readExpired))) }
        if answer == .unchecked {
            try database.run("UPDATE prompts SET taken = 0 WHERE id = ?1", .integer(prompt.id))
            return .verdict(.refused(Refusal(.busy, retryAfter: .seconds(1))))
        }
        try database.run("DELETE FROM prompts WHERE id = ?1", .integer(prompt.id))
        if prompt.draft.kind == .repeatPIN, answer == .matched(true) { return try take(prompt.draft, at: now) }
        return .verdict(try settle(prompt.draft, answer, at: now))
    }

    private func settle(
        _ draft: PromptDraft, _ answer: PromptAnswer, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict {
        switch (draft.kind, answer) {
        case (.pin, .matched(let matched)): return try settlePIN(draft, matched: matched, at: now)
        case (.newPIN, .chosen(let hash)):
            var again = draft
            again.kind = .repeatPIN
            again.chosen = hash
            return try ask(again, triesLeft: 1, at: now)
        case (.newPIN, .unacceptable), (.repeatPIN, .matched(false)): return .refused(Refusal(.pinNotAcceptable))
        case (.activation, .code(let code)): return try activate(draft, code, at: now)
        default: preconditionFailure("a prompt is answered by what it demands")
        }
    }

    /// The same answer for the PIN of somebody, of nobody and of a number that several people have.
    private func settlePIN(_ draft: PromptDraft, matched: Bool, at now: WallTime) throws(StoreFault) -> ReadVerdict {
        let reading = draft.reading
        let bar = try placeBar(reading.seat.agent, reading.reader, at: now)
        guard let user = draft.user, let holder = try holder(user) else {
            let known = try attempts(under: draft.badgeHash ?? [])
            let decision = LoginRule.decide(known, isLocked: false, matched: false, placeBar: bar, at: now)
            return try refuse(decision, .name(draft.badgeHash ?? []), known, reading, at: now)
        }
        let decision = LoginRule.decide(
            holder.attempts, isLocked: holder.isLocked, matched: matched, placeBar: bar, at: now)
        guard decision == .welcome else {
            return try refuse(decision, .user(user), holder.attempts, reading, at: now)
        }
        try write(.none, of: user)
        guard draft.session != nil else { return try openSession(of: user, reading, isProven: true, at: now) }
        var next = draft
        next.kind = .newPIN
        next.isProven = true
        return try ask(next, triesLeft: 1, at: now)
    }

    /// The new PIN was typed twice.
    private func take(_ draft: PromptDraft, at now: WallTime) throws(StoreFault) -> StoreReply {
        guard let user = draft.user, let hash = draft.chosen, let holder = try holder(user), !holder.isLocked else {
            return .verdict(.refused(Refusal(.notPermitted)))
        }
        // Set by the administrator meanwhile: the badge alone does not change it.
        guard draft.isProven || !holder.hasPIN else { return .verdict(.refused(Refusal(.notPermitted))) }
        if draft.session != nil, let wait = try pinWait(of: user, at: now) {
            return .verdict(.refused(Refusal(.busy, retryAfter: wait)))
        }
        let name = try replacePIN(of: user, by: hash)
        try audit(Self.pinChosen, name, at: now, by: name)
        let knowing = try agentsKnowing(user, at: now)
        guard let id = draft.session else {
            let verdict = try openSession(of: user, draft.reading, isProven: true, at: now)
            return .pinChosen(verdict, knowing: knowing)
        }
        try database.run("UPDATE sessions SET proven = 1 WHERE id = ?1", .id(id))
        return .pinChosen(try goOn(id, draft.reading.seat, at: now), knowing: knowing)
    }

    private static let pinChosen = "choose-pin"

    /// How long this person's PIN stays as they chose it last; `nil` when it may be changed now.
    func pinWait(of user: UserID, at now: WallTime) throws(StoreFault) -> Duration? {
        let last = try database.row(
            "SELECT max(at) FROM audit WHERE at > ?1 AND at <= ?2 AND action = ?3 AND subject = ?4",
            .time(now.advanced(by: .zero - PINRule.changePause)), .time(now), .text(Self.pinChosen),
            .text(try name(of: user))
        ) { $0.optionalTime(0) }
        return PINRule.wait(chosenAt: last ?? nil, at: now)
    }

    /// The agents that hold a job of this person, or may remember them.
    private func agentsKnowing(_ user: UserID, at now: WallTime) throws(StoreFault) -> [AgentID] {
        guard settings.offline.mode != .deny else { return [] }
        return try database.rows(
            """
            SELECT agent FROM custodies WHERE user = ?1 AND ended_at IS NULL
            UNION SELECT agent FROM sessions WHERE user = ?1 AND opened_at >= ?2
            ORDER BY agent
            """,
            .id(user), .time(now.advanced(by: .zero - OfflineRule.cacheLife))
        ) { (row: SQLRow) -> AgentID in row.id(0) }
    }
}

extension PromptRow {
    fileprivate init(_ row: SQLRow, _ seat: AgentSeat) throws(StoreFault) {
        guard let kind = UInt8(exactly: row.int64(2)).flatMap(Challenge.Kind.init) else {
            throw StoreFault(.corrupt, step: "read a prompt", detail: "no kind \(row.int64(2))")
        }
        let reading = Reading(seat: seat, reader: row.text(3), key: row.blob(4))
        var draft = PromptDraft(kind, reading, user: row.isNull(5) ? nil : row.id(5))
        draft.session = row.isNull(6) ? nil : row.id(6)
        draft.isProven = row.flag(7)
        draft.badgeHash = row.isNull(8) ? nil : row.blob(8)
        draft.code = row.isNull(9) ? nil : row.int64(9)
        draft.chosen = row.isNull(10) ? nil : PINHash(row, from: 10)
        id = row.int64(0)
        askedAt = row.time(1)
        self.draft = draft
    }
}
