// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ServerCore

/// How the agents' readers are, as they said last.
extension StoreCore {
    /// The list is the whole truth: a reader that is not in it any more is forgotten.
    func noteReaders(
        _ seat: AgentSeat, _ readers: [ReaderStatus], at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        let agent = (id: seat.agent, name: try agentName(seat.agent))
        var recent: Int?
        var known: [String: ReaderStatus] = [:]
        for reader in try storedReaders(of: seat.agent, at: now) { known[reader.name] = reader }
        var news: [ReaderNews] = []
        for var reader in readers {
            // Under its shown name it is stored, compared and audited.
            reader.name = reader.name.shown
            for change in ReaderRule.changes(from: known[reader.name], to: reader) {
                news.append(ReaderNews(reader: reader.name, change: change, obstacle: reader.obstacle))
                guard change.isAlert else { continue }
                try audit(change, of: reader.name, agent, recent: &recent, at: now)
            }
            try write(reader, of: seat.agent, at: now)
        }
        let names = Set(readers.map(\.name.shown))
        for name in known.keys.sorted() where !names.contains(name) {
            try database.run("DELETE FROM reader_status WHERE agent = ?1 AND name = ?2", .id(seat.agent), .text(name))
        }
        return .readersNoted(news)
    }

    /// A loose plug, or an agent that is not what it was, must not fill the disk.
    /// - Parameter recent: kinds of trouble of this agent that were written down lately; `nil` while nobody has
    ///   counted.
    private func audit(
        _ change: ReaderRule.Change, of reader: String, _ agent: (id: AgentID, name: String), recent: inout Int?,
        at now: WallTime
    ) throws(StoreFault) {
        let count = if let recent { recent } else { try countReaderPauses(of: agent.id, at: now) }
        recent = count
        guard count < ReaderRule.auditLimit else { return }
        let line = AgentLine(
            agent: agent.id, action: "reader-\(change.rawValue)", place: reader, subject: "\(reader) of \(agent.name)")
        if try auditOnce(line, at: now) { recent = count + 1 }
    }

    private func write(_ reader: ReaderStatus, of agent: AgentID, at now: WallTime) throws(StoreFault) {
        try database.run(
            "DELETE FROM reader_drops WHERE agent = ?1 AND reader = ?2", .id(agent), .text(reader.name))
        try database.run(
            """
            INSERT INTO reader_status (agent, name, kind, state, model, place, tampered, security, reads, obstacle,
                since, last_read_at, last_read_kind)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            ON CONFLICT (agent, name) DO UPDATE SET kind = ?3, state = ?4, model = ?5, place = ?6, tampered = ?7,
                security = ?8, reads = ?9, obstacle = ?10, since = ?11, last_read_at = ?12, last_read_kind = ?13
            """,
            .id(agent), .text(reader.name), .text(reader.kind.shown), .integer(Int64(reader.state.rawValue)),
            .text(reader.model.shown), .text(reader.place.shown), .flag(reader.isTampered),
            .integer(Int64(reader.security.rawValue)), .integer(reader.reads), .text(reader.obstacle.shown),
            .time(now.advanced(by: .zero - reader.since)),
            .time(reader.lastRead.map { now.advanced(by: .zero - $0.age) }),
            .text((reader.lastRead?.what ?? "").shown))
        for drop in reader.drops {
            try database.run(
                """
                INSERT INTO reader_drops (agent, reader, reason, count) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (agent, reader, reason) DO UPDATE SET count = count + ?4
                """,
                .id(agent), .text(reader.name), .text(drop.reason.shown), .integer(drop.count))
        }
    }

    /// By name.
    private func storedReaders(of agent: AgentID, at now: WallTime) throws(StoreFault) -> [ReaderStatus] {
        try database.rows(
            "\(Self.readerQuery) WHERE a.id = ?1 ORDER BY r.name", .id(agent)
        ) { row throws(StoreFault) in try ReaderStatus(row, at: now) }
    }

    /// By agent and name. A revoked agent has none.
    func listReaders(_ wanted: String?, at now: WallTime) throws(StoreFault) -> AdminReply {
        let agent = try wanted.flatMap { name throws(StoreFault) in try findAgent(name) }?.name
        if let wanted, agent == nil { return noAgent(wanted) }
        var readers = try database.rows(
            """
            \(Self.readerQuery) WHERE a.revoked_at IS NULL AND (?1 IS NULL OR a.name = ?1) ORDER BY a.name, r.name
            """,
            .text(agent)
        ) { row throws(StoreFault) in
            var reader = AgentReader(agent: row.text(0), status: try ReaderStatus(row, at: now))
            reader.barredUntil = PlaceLockRule.end(row.optionalTime(13), at: now)
            return reader
        }
        var drops: [[String]: [ReaderStatus.Drop]] = [:]
        _ = try database.rows(
            """
            SELECT a.name, d.reader, d.reason, d.count FROM reader_drops d JOIN agents a ON a.id = d.agent
            WHERE a.revoked_at IS NULL AND (?1 IS NULL OR a.name = ?1) ORDER BY a.name, d.reader, d.reason
            """,
            .text(agent)
        ) { row in
            let drop = ReaderStatus.Drop(reason: row.text(2), count: row.int(3))
            drops[[row.text(0), row.text(1)], default: []].append(drop)
        }
        for index in readers.indices {
            readers[index].status.drops = drops[[readers[index].agent, readers[index].status.name]] ?? []
        }
        return .readers(readers)
    }

    /// The names of an agent's readers, as far as it has told.
    func readerNames(of agent: AgentID) throws(StoreFault) -> [String] {
        try database.rows("SELECT name FROM reader_status WHERE agent = ?1 ORDER BY name", .id(agent)) { $0.text(0) }
    }

    private static let readerQuery = """
        SELECT a.name, r.name, r.kind, r.state, r.model, r.place, r.tampered, r.security, r.reads, r.obstacle, r.since,
            r.last_read_at, r.last_read_kind,
            (SELECT barred_until FROM attempts t WHERE t.place = 'reader:' || r.agent || ':' || r.name)
        FROM reader_status r JOIN agents a ON a.id = r.agent
        """
}

extension ReaderStatus {
    /// The columns of the readers' query, without drops; times become ages.
    fileprivate init(_ row: SQLRow, at now: WallTime) throws(StoreFault) {
        guard let state = State(rawValue: UInt8(clamping: row.int64(3))),
            let security = Security(rawValue: UInt8(clamping: row.int64(7)))
        else { throw StoreFault(.corrupt, step: "read a reader", detail: "a state that there is not") }
        self.init(name: row.text(1), kind: row.text(2), state: state)
        model = row.text(4)
        place = row.text(5)
        isTampered = row.flag(6)
        self.security = security
        reads = row.int(8)
        obstacle = row.text(9)
        since = row.time(10).age(at: now)
        lastRead = row.optionalTime(11).map { LastRead(what: row.text(12), age: $0.age(at: now)) }
    }
}

extension WallTime {
    /// None when the clock was set back.
    fileprivate func age(at now: WallTime) -> Duration { .milliseconds(max(0, now.milliseconds - milliseconds)) }
}

extension String {
    /// What an agent says is shown to an administrator.
    fileprivate var shown: String { displaySafe(limit: 255) }
}
