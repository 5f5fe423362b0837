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
        if try isRetired(key) { return .refused(Refusal(.keyRejected)) }
        // One that would live for longer than any was made by a clock that has been set back since.
        let latest = now.advanced(by: settings.enrolmentCodeLife)
        let codes = try database.rows(
            """
            SELECT id, sealed, for_reports FROM enrolment_codes
            WHERE used_at IS NULL AND tries_left > 0 AND expires_at > ?1 AND expires_at <= ?2 ORDER BY id
            """,
            .time(now), .time(latest)
        ) { (id: $0.int64(0), sealed: $0.blob(1), isForReports: $0.flag(2)) }
        guard let code = codes.first(where: { isProof(enrolment.proof, sealedCode: $0.sealed, agent: key) }) else {
            // The proof does not tell which code was meant, so a wrong one counts against every live code.
            try database.run(
                """
                UPDATE enrolment_codes SET tries_left = tries_left - 1
                WHERE used_at IS NULL AND tries_left > 0 AND expires_at > ?1 AND expires_at <= ?2
                """,
                .time(now), .time(latest))
            return .refused(Refusal(.enrolmentCode))
        }
        // A code of the other kind stays good for what it was made for: whoever has it has not guessed it.
        let purpose: Enrolment.Purpose = code.isForReports ? .reports : .release
        guard purpose == enrolment.purpose ?? purpose else { return .refused(Refusal(.enrolmentCode)) }
        try database.run("UPDATE enrolment_codes SET used_at = ?2 WHERE id = ?1", .integer(code.id), .time(now))
        if let known {
            try grant(code.isForReports ? .reports : .release, to: known, at: now)
            return .enrolled(name: known.name)
        }
        let name = try freeAgentName(enrolment.name.displaySafe(limit: Self.nameLimit))
        try database.run(
            """
            INSERT INTO agents (name, key_hash, enrolled_at, approved_at, may_release, may_report)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """,
            .text(name), .blob(key.bytes), .time(now), settings.requiresApproval ? .null : .time(now),
            .flag(!code.isForReports), .flag(code.isForReports))
        try audit("agent-enrolled", name, at: now, by: "agent")
        return .enrolled(name: name)
    }

    /// A key that is known already brought a code: what the administrator made it for is granted to it.
    private func grant(_ right: AgentRight, to agent: KnownAgent, at now: WallTime) throws(StoreFault) {
        switch right {
        case .release:
            try database.run("UPDATE agents SET may_release = 1 WHERE id = ?1 AND may_release = 0", .id(agent.id))
        case .reports:
            try database.run("UPDATE agents SET may_report = 1 WHERE id = ?1 AND may_report = 0", .id(agent.id))
        }
        guard database.changes > 0 else { return }
        try audit("grant-right", "\(right.rawValue) of \(agent.name)", at: now, by: "agent")
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
        while try findAgent(name) != nil {
            name = "\(base)-\(number)"
            number += 1
        }
        return name
    }

    func agentName(_ agent: AgentID) throws(StoreFault) -> String {
        try database.row("SELECT name FROM agents WHERE id = ?1", .id(agent)) { $0.text(0) } ?? ""
    }

    func welcome(_ key: KeyHash, _ hello: Hello, at now: WallTime) throws(StoreFault) -> StoreReply {
        guard let agent = try agent(of: key) else { return .refused(try refusal(ofUnknown: key)) }
        guard !agent.isRevoked else { return .refused(Refusal(.revoked)) }
        guard agent.isApproved else {
            let wait = HelloRule.approvalWait(since: agent.enrolledAt, at: now)
            return .refused(Refusal(.notApproved, retryAfter: wait))
        }
        let committed = try lastSequence(of: hello.stream, agent: agent.id)
        let journal = HelloRule.journal(committed: committed, nextSequence: hello.nextSequence)
        guard journal != .rolledBack else { return .refused(Refusal(.unknownStream)) }
        if agent.usesNextKey { try retireKey(of: agent, at: now) }
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
        guard try refusal(of: seat, for: nil) == nil else { return .done }
        try endSessions(of: seat.agent, reason: .fenced, at: now)
        for release in try openReleases(of: seat.agent) {
            try apply(HelloRule.leave(release.state), to: release, news: News(reason: .serverLost), at: now)
        }
        return .done
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
