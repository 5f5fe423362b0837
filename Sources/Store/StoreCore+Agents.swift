// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// Agents: enrolment, hello, and who may ask for anything.
extension StoreCore {
    static let nameLimit = 64

    func enrol(_ key: KeyHash, _ enrolment: Enrolment, at now: WallTime) throws(StoreFault) -> StoreReply {
        let known = try agent(of: key)
        // A revoked key stays revoked: the box needs a new one.
        if let known, known.isRevoked { return .refused(Refusal(.revoked)) }
        let codes = try database.rows(
            """
            SELECT id, sealed FROM enrolment_codes
            WHERE used_at IS NULL AND tries_left > 0 AND expires_at > ?1 ORDER BY id
            """,
            .time(now)
        ) { ($0.int64(0), $0.blob(1)) }
        guard let code = codes.first(where: { isProof(enrolment.proof, sealedCode: $0.1, agent: key) }) else {
            // The proof does not tell which code was meant, so a wrong one counts against every live code.
            try database.run(
                """
                UPDATE enrolment_codes SET tries_left = tries_left - 1
                WHERE used_at IS NULL AND tries_left > 0 AND expires_at > ?1
                """,
                .time(now))
            return .refused(Refusal(.enrolmentCode))
        }
        try database.run("UPDATE enrolment_codes SET used_at = ?2 WHERE id = ?1", .integer(code.0), .time(now))
        if let known { return .enrolled(name: known.name) }
        let name = try freeAgentName(enrolment.name.displaySafe(limit: Self.nameLimit))
        try database.run(
            "INSERT INTO agents (name, key_hash, enrolled_at) VALUES (?1, ?2, ?3)",
            .text(name), .blob(key.bytes), .time(now))
        try audit("agent-enrolled", name, at: now, by: "agent")
        return .enrolled(name: name)
    }

    private func isProof(_ proof: [UInt8], sealedCode: [UInt8], agent: KeyHash) -> Bool {
        guard let code = keys.open(enrolmentCode: sealedCode) else { return false }
        return constantTimeEqual(proof, EnrolmentCode.proof(secret: code, agent: agent, server: keys.server))
    }

    /// The wanted name, or the first of name-2, name-3 … that is free.
    private func freeAgentName(_ wanted: String) throws(StoreFault) -> String {
        let base = wanted.isEmpty ? "agent" : wanted
        var name = base
        var number = 2
        while try agentID(named: name) != nil {
            name = "\(base)-\(number)"
            number += 1
        }
        return name
    }

    func agentID(named name: String) throws(StoreFault) -> AgentID? {
        try database.row("SELECT id FROM agents WHERE name = ?1 AND revoked_at IS NULL", .text(name)) { $0.id(0) }
    }

    func agentName(_ agent: AgentID) throws(StoreFault) -> String {
        try database.row("SELECT name FROM agents WHERE id = ?1", .id(agent)) { $0.text(0) } ?? ""
    }

    func welcome(_ key: KeyHash, _ hello: Hello, at now: WallTime) throws(StoreFault) -> StoreReply {
        guard let agent = try agent(of: key) else { return .refused(Refusal(.unknownAgent)) }
        guard !agent.isRevoked else { return .refused(Refusal(.revoked)) }
        let committed = try lastSequence(of: hello.stream, agent: agent.id)
        let journal = HelloRule.journal(committed: committed, nextSequence: hello.nextSequence)
        guard journal != .rolledBack else { return .refused(Refusal(.unknownStream)) }
        if committed == nil { try insertStream(hello.stream, agent: agent.id) }
        let epoch = agent.epoch + 1
        try database.run(
            "UPDATE agents SET epoch = ?2, last_hello_at = ?3 WHERE id = ?1", .id(agent.id), .count(epoch), .time(now))
        try note(hello.capabilities, of: agent.id, at: now)
        try endSessions(of: agent.id, reason: .fenced, at: now)
        let unsettled = Set(hello.unsettled)
        for open in try openReleases(of: agent.id) {
            let settlement = HelloRule.settle(open.state, isUnsettled: unsettled.contains(open.id), journal: journal)
            try apply(settlement, to: open, news: News(reason: .agentRestarted), at: now)
        }
        if journal == .lost { try loseCustodies(of: agent.id, at: now) }
        let welcome = Welcome(agent: agent.name, epoch: epoch, committed: committed ?? 0, serverTime: now)
        return .welcomed(agent.id, welcome)
    }

    /// A newer hello has already seen to everything.
    func agentLeft(_ seat: AgentSeat, at now: WallTime) throws(StoreFault) -> StoreReply {
        guard try refusal(of: seat) == nil else { return .done }
        try endSessions(of: seat.agent, reason: .fenced, at: now)
        for release in try openReleases(of: seat.agent) {
            try apply(HelloRule.leave(release.state), to: release, news: News(reason: .serverLost), at: now)
        }
        return .done
    }

    struct KnownAgent {
        let id: AgentID
        let name: String
        let epoch: UInt64
        let isRevoked: Bool
    }

    func agent(of key: KeyHash) throws(StoreFault) -> KnownAgent? {
        try database.row("SELECT id, name, epoch, revoked_at FROM agents WHERE key_hash = ?1", .blob(key.bytes)) {
            KnownAgent(id: $0.id(0), name: $0.text(1), epoch: $0.count(2), isRevoked: !$0.isNull(3))
        }
    }

    /// Why this seat may not ask; `nil` when it may.
    func refusal(of seat: AgentSeat) throws(StoreFault) -> Refusal? {
        let facts = try database.row("SELECT epoch, revoked_at FROM agents WHERE id = ?1", .id(seat.agent)) {
            (epoch: $0.count(0), isRevoked: !$0.isNull(1))
        }
        guard let facts else { return Refusal(.unknownAgent) }
        if facts.isRevoked { return Refusal(.revoked) }
        return facts.epoch == seat.epoch ? nil : Refusal(.fenced)
    }

    func endSessions(of agent: AgentID, reason: SessionEnd.Reason, at now: WallTime) throws(StoreFault) {
        try database.run(
            "UPDATE sessions SET ended_at = ?2, end_reason = ?3 WHERE agent = ?1 AND ended_at IS NULL",
            .id(agent), .time(now), .integer(Int64(reason.rawValue)))
        try database.run("DELETE FROM prompts WHERE agent = ?1", .id(agent))
    }
}

/// The agents' streams of durable events.
extension StoreCore {
    func lastSequence(of stream: [UInt8], agent: AgentID) throws(StoreFault) -> UInt64? {
        try database.row(
            "SELECT last_seq FROM agent_streams WHERE agent = ?1 AND stream = ?2", .id(agent), .blob(stream)
        ) { $0.count(0) }
    }

    func insertStream(_ stream: [UInt8], agent: AgentID) throws(StoreFault) {
        try database.run(
            "INSERT INTO agent_streams (agent, stream, last_seq) VALUES (?1, ?2, 0)", .id(agent), .blob(stream))
        try database.run(
            """
            DELETE FROM agent_streams WHERE agent = ?1 AND id NOT IN
                (SELECT id FROM agent_streams WHERE agent = ?1 ORDER BY id DESC LIMIT ?2)
            """,
            .id(agent), .integer(StreamRule.streamLimit))
    }
}
