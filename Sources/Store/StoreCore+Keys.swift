// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// The keys of agents: approved, given rights, changed, retired.
extension StoreCore {
    struct KnownAgent {
        let id: AgentID
        let name: String
        let epoch: UInt64
        let isRevoked: Bool
        let isApproved: Bool
        let enrolledAt: WallTime
        /// It came with the key that it announced.
        let usesNextKey: Bool
    }

    func agent(of key: KeyHash) throws(StoreFault) -> KnownAgent? {
        try database.row(
            """
            SELECT id, name, epoch, revoked_at, approved_at, enrolled_at, next_key_hash IS ?1
            FROM agents
            WHERE key_hash = ?1 OR next_key_hash = ?1
            """,
            .blob(key.bytes)
        ) {
            KnownAgent(
                id: $0.id(0), name: $0.text(1), epoch: $0.count(2), isRevoked: !$0.isNull(3), isApproved: !$0.isNull(4),
                enrolledAt: $0.time(5), usesNextKey: $0.flag(6))
        }
    }

    /// Why a key that belongs to no agent is refused.
    func refusal(ofUnknown key: KeyHash) throws(StoreFault) -> Refusal {
        Refusal(try isRetired(key) ? .keyRejected : .unknownAgent)
    }

    func isRetired(_ key: KeyHash) throws(StoreFault) -> Bool {
        try database.row("SELECT 1 FROM retired_keys WHERE key_hash = ?1", .blob(key.bytes), read: { _ in true })
            ?? false
    }

    /// Why this seat may not ask; `nil` when it may.
    /// - Parameter right: what it needs for that; `nil` for nothing in particular.
    func refusal(of seat: AgentSeat, for right: AgentRight? = .release) throws(StoreFault) -> Refusal? {
        let facts = try database.row(
            "SELECT epoch, revoked_at, may_release, may_report FROM agents WHERE id = ?1", .id(seat.agent)
        ) { (epoch: $0.count(0), isRevoked: !$0.isNull(1), rights: Self.rights($0, 2)) }
        guard let facts else { return Refusal(.unknownAgent) }
        if facts.isRevoked { return Refusal(.revoked) }
        if facts.epoch != seat.epoch { return Refusal(.fenced) }
        return right.map(facts.rights.contains) ?? true ? nil : Refusal(.notPermitted)
    }

    /// The columns may_release and may_report.
    static func rights(_ row: SQLRow, _ column: CInt) -> Set<AgentRight> {
        Set((row.flag(column) ? [.release] : []) + (row.flag(column + 1) ? [.reports] : []))
    }

    // MARK: Change of keys

    func rotateKey(_ seat: AgentSeat, _ rotation: KeyRotation, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat, for: nil) { return .refused(refusal) }
        let present = try database.row(
            "SELECT name, key_hash, next_key_hash FROM agents WHERE id = ?1", .id(seat.agent)
        ) { (name: $0.text(0), key: KeyHash($0.blob(1)), next: KeyHash($0.blob(2))) }
        guard let present, let old = present.key else {
            throw StoreFault(.corrupt, step: "change a key", detail: "an agent without its key")
        }
        guard let publicKey = PublicKey(info: rotation.publicKey), publicKey.hash == rotation.key else {
            return .refused(Refusal(.keyRejected))
        }
        let signed = KeyRotation.signed(old: old, new: rotation.key, server: keys.server)
        guard publicKey.verifies(rotation.signature, of: signed) else { return .refused(Refusal(.keyRejected)) }
        // The reply to the first announcement was lost.
        if present.next == rotation.key { return .done }
        let isKnown = try agent(of: rotation.key) != nil
        let isTaken = try isRetired(rotation.key) || isKnown
        guard !isTaken, rotation.key != keys.server else { return .refused(Refusal(.keyRejected)) }
        try database.run(
            "UPDATE agents SET next_key_hash = ?2 WHERE id = ?1", .id(seat.agent), .blob(rotation.key.bytes))
        try audit("key-announced", "\(present.name) \(rotation.key.short)", at: now, by: "agent")
        return .done
    }

    /// The agent has come with its next key: the one before opens nothing any more.
    func retireKey(of agent: KnownAgent, at now: WallTime) throws(StoreFault) {
        try database.run(
            "INSERT INTO retired_keys (key_hash, agent, retired_at) SELECT key_hash, id, ?2 FROM agents WHERE id = ?1",
            .id(agent.id), .time(now))
        try database.run(
            """
            DELETE FROM retired_keys WHERE agent = ?1 AND key_hash NOT IN
                (SELECT key_hash FROM retired_keys WHERE agent = ?1 ORDER BY retired_at DESC, rowid DESC LIMIT ?2)
            """,
            .id(agent.id), .integer(AgentBudgetRule.retiredKeys))
        try database.run(
            "UPDATE agents SET key_hash = next_key_hash, next_key_hash = NULL WHERE id = ?1", .id(agent.id))
        try audit("key-changed", agent.name, at: now, by: "agent")
    }

    // MARK: The administrator

    func approveAgent(_ name: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (agent, name) = try findAgent(name) else { return noAgent(name) }
        try database.run(
            "UPDATE agents SET approved_at = ?2 WHERE id = ?1 AND approved_at IS NULL", .id(agent), .time(who.now))
        if database.changes > 0 { try audit("approve-agent", name, at: who.now, by: who.name) }
        // A box that has its printer is asked about nothing.
        return try printer(of: agent) == nil ? try doneWithPrinter(ofRevoked: name) : .done
    }

    func setRight(
        _ right: AgentRight, of name: String, isGranted: Bool, _ who: Administrator
    ) throws(StoreFault) -> AdminReply {
        guard let (agent, name) = try findAgent(name) else { return noAgent(name) }
        switch right {
        case .release:
            try database.run("UPDATE agents SET may_release = ?2 WHERE id = ?1", .id(agent), .flag(isGranted))
            if !isGranted { try endSessions(of: agent, reason: .fenced, at: who.now) }
        case .reports:
            try database.run("UPDATE agents SET may_report = ?2 WHERE id = ?1", .id(agent), .flag(isGranted))
        }
        return try done(isGranted ? "grant-right" : "revoke-right", "\(right.rawValue) of \(name)", who)
    }

    // MARK: Review

    /// Those that are connected, not all that ever were. It does not go to the second connection, where it might wait
    /// behind a report for longer than a revoked agent may stay.
    func reviewSeats(_ seats: [AgentSeat]) throws(StoreFault) -> StoreReply {
        var ends: [SeatEnd] = []
        for seat in seats {
            let facts = try database.row(
                "SELECT epoch, revoked_at FROM agents WHERE id = ?1", .id(seat.agent)
            ) { (epoch: $0.count(0), isRevoked: !$0.isNull(1)) }
            if let refusal = Self.end(of: seat, facts) { ends.append(SeatEnd(seat: seat, refusal: refusal)) }
        }
        return .seatsEnded(ends)
    }

    private static func end(of seat: AgentSeat, _ agent: (epoch: UInt64, isRevoked: Bool)?) -> Refusal? {
        guard let agent else { return Refusal(.unknownAgent) }
        if agent.isRevoked { return Refusal(.revoked) }
        // An older epoch than ours was never given to anybody: this seat is of a hello under way.
        return agent.epoch > seat.epoch ? Refusal(.fenced) : nil
    }
}
