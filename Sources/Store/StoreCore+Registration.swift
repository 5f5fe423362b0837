// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// A badge that nobody has becomes its holder's. Its number is never kept: only the keyed hash under which it would be
/// enrolled waits in the question.
extension StoreCore {
    /// `nil` where this site or this agent cannot do it, and where the policy lets no form of the read count.
    func askForActivation(
        _ presented: Presented, _ reading: Reading, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict? {
        guard reading.seat.hasDialogue, settings.selfRegistration != .off,
            let hash = try enrolmentHash(of: presented, from: reading.seat.agent)
        else { return nil }
        var draft = PromptDraft(.activation, reading, user: nil)
        draft.badgeHash = hash
        return try ask(draft, triesLeft: ActivationRule.tries, at: now)
    }

    func activate(_ draft: PromptDraft, _ code: SecretBytes, at now: WallTime) throws(StoreFault) -> ReadVerdict {
        let reading = draft.reading
        if let bar = try placeBar(reading.seat.agent, reading.reader, at: now) {
            return .refused(Refusal(.locked, retryAfter: bar))
        }
        guard settings.selfRegistration.takesCode, let (id, user) = try findCode(code, at: now) else {
            try countFailure(reading, at: now)
            return .refused(Refusal(.activationCode))
        }
        guard let holder = try holder(user), !holder.isLocked else { return .refused(Refusal(.locked)) }
        var next = draft
        (next.kind, next.user, next.code) = (.presentAgain, user, id)
        return try ask(next, triesLeft: 1, at: now)
    }

    /// The live code that was typed. A wrong one counts against the code that it names.
    private func findCode(_ typed: SecretBytes, at now: WallTime) throws(StoreFault) -> (Int64, UserID)? {
        let found = try database.row(
            """
            SELECT c.id, c.user, c.hash FROM activation_codes c JOIN users u ON u.id = c.user
            WHERE c.name = ?1 AND c.used_at IS NULL AND c.expires_at > ?2 AND c.expires_at <= ?3
                AND c.tries_left > 0
                AND u.deleted_at IS NULL
            """,
            .blob(ActivationRule.name(typed.revealed) ?? []), .time(now),
            .time(now.advanced(by: ActivationRule.life))
        ) { (id: $0.int64(0), user: UserID($0.int64(1)), hash: $0.blob(2)) }
        let hash = keys.activationHash(typed)
        if let found, constantTimeEqual(found.hash, hash) { return (found.id, found.user) }
        // Of a code that nobody has as much is done.
        try database.run(
            "UPDATE activation_codes SET tries_left = tries_left - 1 WHERE id = ?1", .integer(found?.id ?? -1))
        return nil
    }

    /// Somebody logged in to make the badge theirs that was held here before.
    func claim(
        _ badge: PromptRow?, _ number: UInt32, for user: UserID, _ reading: Reading, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict {
        guard let badge, UInt32(truncatingIfNeeded: badge.id) == number else {
            return .refused(Refusal(.sessionExpired))
        }
        guard settings.selfRegistration.takesLogin else { return .refused(Refusal(.notPermitted)) }
        var draft = PromptDraft(.presentAgain, reading, user: user)
        draft.badgeHash = badge.draft.badgeHash
        draft.isProven = true
        return try ask(draft, triesLeft: 1, at: now)
    }

    /// The second read of a badge that is being registered; `nil` when this is another read.
    func register(
        _ presented: Presented, _ reading: Reading, _ holders: [BadgeHolder], at now: WallTime
    ) throws(StoreFault) -> ReadVerdict? {
        guard reading.seat.hasDialogue, !presented.isTyped, ReadRule.isFresh(presented.age),
            let prompt = try prompt(.presentAgain, at: reading.reader, reading.seat, at: now),
            let user = prompt.draft.user
        else { return nil }
        let hash = try enrolmentHash(of: presented, from: reading.seat.agent)
        // Somebody else has come to the reader.
        guard holders.isEmpty || hash == prompt.draft.badgeHash else { return nil }
        let first = EnrolmentRule.FirstRead(hash: prompt.draft.badgeHash ?? [], at: prompt.askedAt)
        try leaveReader(reading.reader, reading.seat.agent, at: now)
        try insertRead(reading, of: user, at: now)
        switch EnrolmentRule.step(hash: hash, holders: holders.map(\.user), first: first, at: now) {
        case .enrol: return try enrol(prompt.draft, for: user, presented, reading, at: now)
        case .holdAgain:
            var draft = prompt.draft
            (draft.reading, draft.badgeHash) = (reading, hash)
            return try ask(draft, triesLeft: 1, at: now)
        case .refuse(.taken): return .refused(Refusal(.badgeTaken))
        case .refuse(.different): return .refused(Refusal(.differentBadge))
        case .refuse(.unfit): return .refused(Refusal(.unknownCredential))
        }
    }

    /// Whoever has a code and a badge has shown no second factor: from here on it is a read like any other.
    private func enrol(
        _ draft: PromptDraft, for user: UserID, _ presented: Presented, _ reading: Reading, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict {
        guard let holder = try holder(user), !holder.isLocked else { return .refused(Refusal(.locked)) }
        if let code = draft.code {
            try database.run(
                "UPDATE activation_codes SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL AND expires_at > ?2",
                .integer(code), .time(now))
            guard database.changes == 1 else { return .refused(Refusal(.activationCode)) }
        }
        let badge = try insertBadge(
            draft.badgeHash ?? [], of: user, label: "registered at \(reading.reader)", at: now)
        let name = try name(of: user)
        try audit("register-badge", "\(badge.id) of \(name)", at: now, by: name)
        guard !draft.isProven else { return try openSession(of: user, reading, isProven: true, at: now) }
        let facts = try facts(of: presented, reading.seat, [holder], at: now)
        let identification = ReadRule.identify(facts, holders: [holder], policy: settings.secondFactor, at: now)
        return try verdict(on: identification, presented, reading, at: now)
    }
}

/// The administrator's side of it.
extension StoreCore {
    /// So many codes live at once as names have room for; that many tries to find a free one suffice nearly always.
    private static let codeAttempts = 64

    /// A new code ends the user's earlier one.
    func makeActivationCode(_ name: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (user, name) = try findUser(name) else { return noUser(name) }
        try dropActivationCodes(of: user)
        for _ in 0..<Self.codeAttempts {
            let random = keys.random(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            let digits = Array(String(random % 100_000_000 + 100_000_000).utf8.dropFirst())
            guard let part = ActivationRule.name(digits) else { continue }
            let isTaken = try database.row(
                "SELECT 1 FROM activation_codes WHERE name = ?1 AND used_at IS NULL", .blob(part), read: { _ in true })
            guard isTaken == nil else { continue }
            let expires = who.now.advanced(by: ActivationRule.life)
            try database.run(
                "INSERT INTO activation_codes (user, name, hash, expires_at, tries_left) VALUES (?1, ?2, ?3, ?4, ?5)",
                .id(user), .blob(part), .blob(keys.activationHash(SecretBytes(digits))), .time(expires),
                .integer(ActivationRule.tries))
            try audit("make-activation-code", name, at: who.now, by: who.name)
            return .activationCode(SecretBytes(digits), expires: expires)
        }
        return refuse(.conflict, "too many activation codes wait to be used: take some back, or let some end")
    }

    func dropActivationCodes(of user: UserID) throws(StoreFault) {
        try database.run(
            "DELETE FROM prompts WHERE code IN (SELECT id FROM activation_codes WHERE user = ?1)", .id(user))
        try database.run("DELETE FROM activation_codes WHERE user = ?1 AND used_at IS NULL", .id(user))
    }

    func forgetActivationCodes(at now: WallTime) throws(StoreFault) {
        try database.run(
            "DELETE FROM prompts WHERE code IN (SELECT id FROM activation_codes WHERE expires_at < ?1)", .time(now))
        try database.run("DELETE FROM activation_codes WHERE expires_at < ?1", .time(now))
    }
}
