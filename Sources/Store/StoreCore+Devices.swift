// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// Agents and printers, as the administrator sees them.
extension StoreCore {
    static let enrolmentTries = 5

    func makeEnrolmentCode(forReports: Bool, _ who: Administrator) throws(StoreFault) -> AdminReply {
        // 50 bits, as 8 bytes.
        let bits = keys.random(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) } & (1 << 50 - 1)
        let code = SecretBytes(bits.bigEndianBytes)
        let expires = who.now.advanced(by: settings.enrolmentCodeLife)
        try database.run(
            "INSERT INTO enrolment_codes (sealed, expires_at, tries_left, for_reports) VALUES (?1, ?2, ?3, ?4)",
            .blob(keys.seal(enrolmentCode: code)), .time(expires), .integer(Self.enrolmentTries), .flag(forReports))
        try audit("make-enrolment-code", String(database.lastRowID), at: who.now, by: who.name)
        let text = EnrolmentCode(secret: code, server: keys.server).revealed
        return .enrolmentCode(SecretBytes(Array(text.utf8)), expires: expires)
    }

    /// By name; of several revoked ones with the same name the oldest first.
    func agents(at now: WallTime) throws(StoreFault) -> [AgentFacts] {
        try database.rows(
            """
            SELECT name, key_hash, revoked_at, epoch, last_hello_at, approved_at, may_release, may_report,
                next_key_hash,
                (SELECT count(*) FROM custodies c WHERE c.agent = agents.id AND c.ended_at IS NULL
                    AND c.state <> 'offered'),
                (SELECT barred_until FROM attempts t WHERE t.place = 'agent:' || agents.id)
            FROM agents ORDER BY name, id
            """
        ) { row throws(StoreFault) in
            guard let key = KeyHash(row.blob(1)) else {
                throw StoreFault(.corrupt, step: "list agents", detail: "a key hash of a wrong length")
            }
            var facts = AgentFacts(
                name: row.text(0), key: key, isRevoked: !row.isNull(2), epoch: row.count(3),
                lastHelloAt: row.optionalTime(4), isApproved: !row.isNull(5), rights: Self.rights(row, 6),
                nextKey: KeyHash(row.blob(8)), lentJobs: row.int(9))
            facts.barredUntil = PlaceLockRule.end(row.optionalTime(10), at: now)
            return facts
        }
    }

    func noAgent(_ name: String) -> AdminReply {
        refuse(.notFound, "there is no agent \(name), or it is revoked")
    }

    /// What the agent had not begun is held again; what it had begun is in doubt, because nobody will report on it.
    func revokeAgent(_ name: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (agent, name) = try findAgent(name) else { return noAgent(name) }
        try endSessions(of: agent, reason: .fenced, at: who.now)
        for release in try openReleases(of: agent) {
            try apply(HelloRule.abandon(release.state), to: release, news: News(reason: .serverLost), at: who.now)
        }
        try loseCustodies(of: agent, at: who.now)
        try database.run("UPDATE agents SET revoked_at = ?2 WHERE id = ?1", .id(agent), .time(who.now))
        try audit("revoke-agent", name, at: who.now, by: who.name)
        return try doneWithPrinter(ofRevoked: name)
    }

    /// The printer that waits for another agent since the one of this name was revoked.
    func doneWithPrinter(ofRevoked agent: String) throws(StoreFault) -> AdminReply {
        let waiting = try printers().first { $0.isAgentRevoked && $0.agent == agent }
        return waiting.map { .doneButPrinterWaits($0) } ?? .done
    }

    func addPrinter(
        _ name: String, agent agentName: String, uri: String, _ who: Administrator
    ) throws(StoreFault) -> AdminReply {
        guard NameRule.isName(name) else {
            return refuse(.invalid, "a printer's name has \(NameRule.nameWords)")
        }
        guard NameRule.isName(uri), uri.contains("://") else {
            return refuse(.invalid, "a printer's URI looks like socket://192.168.1.20:9100")
        }
        guard let (agent, agentName) = try findAgent(agentName) else { return noAgent(agentName) }
        if let refusal = try refusal(ofReleasingAt: agent, agentName) { return refusal }
        if let known = try find(.printer, name) { return refuse(.exists, try words(forTaken: known)) }
        if let refusal = try refusal(ofSecondPrinterAt: agent, agentName) { return refusal }
        try insertPrinter(name, of: agent, uri: uri)
        try audit("add-printer", name, at: who.now, by: who.name)
        return .printer(PrinterFacts(name: name, agent: agentName, uri: uri))
    }

    private func words(forTaken printer: (id: Int64, name: String)) throws(StoreFault) -> String {
        let words = "there is a printer \(printer.name) already"
        guard let facts = try printers().first(where: { $0.name == printer.name }), facts.isAgentRevoked else {
            return words
        }
        return words + ", of \(facts.agent), which is revoked: give it to another agent with printer move"
    }

    /// Why an agent drives no printer.
    private func refusal(ofReleasingAt agent: AgentID, _ name: String) throws(StoreFault) -> AdminReply? {
        let mayRelease = try database.row(
            "SELECT may_release FROM agents WHERE id = ?1", .id(agent), read: { $0.flag(0) })
        guard mayRelease != true else { return nil }
        return refuse(
            .conflict,
            "\(name) has no right to release, so it drives no printer: enrol an agent for the printer with "
                + "agent enrol-code, or say agent grant \(name) release")
    }

    private func refusal(ofSecondPrinterAt agent: AgentID, _ name: String) throws(StoreFault) -> AdminReply? {
        guard let other = try printer(of: agent) else { return nil }
        return refuse(
            .conflict, "agent \(name) drives printer \(other.name), and can drive only one: remove that first")
    }

    private func insertPrinter(_ name: String, of agent: AgentID, uri: String) throws(StoreFault) {
        try database.run(
            "INSERT INTO printers (name, agent, uri) VALUES (?1, ?2, ?3)", .text(name), .id(agent), .text(uri))
    }

    /// As if it were removed and added again: what came out at the agent before stays there.
    func movePrinter(_ name: String, to agentName: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (id, name) = try find(.printer, name),
            let known = try printers().first(where: { $0.name == name })
        else { return refuse(.notFound, "there is no printer \(name)") }
        guard let (agent, agentName) = try findAgent(agentName) else { return noAgent(agentName) }
        if !known.isAgentRevoked, known.agent == agentName {
            return refuse(.conflict, "agent \(agentName) drives printer \(name) already")
        }
        if let refusal = try refusal(ofReleasingAt: agent, agentName) { return refusal }
        if let refusal = try refusal(ofSecondPrinterAt: agent, agentName) { return refusal }
        try database.run("UPDATE printers SET removed_at = ?2 WHERE id = ?1", .integer(id), .time(who.now))
        try insertPrinter(name, of: agent, uri: known.uri)
        try audit("move-printer", "\(name) from \(known.agent) to \(agentName)", at: who.now, by: who.name)
        return .printer(PrinterFacts(name: name, agent: agentName, uri: known.uri))
    }

    /// By name.
    func printers() throws(StoreFault) -> [PrinterFacts] {
        try database.rows(
            """
            SELECT p.name, a.name, p.uri, a.revoked_at IS NOT NULL FROM printers p JOIN agents a ON a.id = p.agent
            WHERE p.removed_at IS NULL ORDER BY p.name
            """
        ) { row in
            var facts = PrinterFacts(name: row.text(0), agent: row.text(1), uri: row.text(2))
            facts.isAgentRevoked = row.flag(3)
            return facts
        }
    }

    /// Releases under way at this printer go on and are charged.
    func removePrinter(_ name: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (id, name) = try find(.printer, name) else {
            return refuse(.notFound, "there is no printer \(name)")
        }
        try database.run("UPDATE printers SET removed_at = ?2 WHERE id = ?1", .integer(id), .time(who.now))
        return try done("remove-printer", name, who)
    }
}
