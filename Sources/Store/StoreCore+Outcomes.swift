// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// A release with what is needed to settle it.
struct ReleaseRow {
    let id: ReleaseID
    let job: JobID
    let session: SessionID
    let agent: AgentID
    let state: ReleaseState

    fileprivate static let columns = "id, job, session, agent, state"

    fileprivate init(_ row: SQLRow) throws(StoreFault) {
        id = row.id(0)
        job = row.id(1)
        session = row.id(2)
        agent = row.id(3)
        state = try row.state(4)
    }

    /// While a release is live its job is in the state of the same name.
    var jobState: JobState {
        switch state {
        case .reserved: .reserved
        case .sending: .sending
        case .inDoubt: .inDoubt
        case .confirmed, .failed: preconditionFailure("a settled release says nothing of its job")
        }
    }
}

/// What is recorded with a settlement.
struct News {
    var reason: NotStarted?
    var evidence = Evidence.none
    /// When it came out; only of news that comes late.
    var releasedAt: WallTime?
}

/// From what the agent reports to what is charged.
extension StoreCore {
    func recordEvents(
        _ seat: AgentSeat, stream: [UInt8], _ events: [SequencedEvent], at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        // What an agent did while it might is recorded after it may no more: it would come back with it for ever.
        if let refusal = try refusal(of: seat, for: nil) { return .refused(refusal) }
        let known = try lastSequence(of: stream, agent: seat.agent)
        var committed = known ?? 0
        var due: [ReleaseMessage] = []
        var uncalled = 0
        for event in events {
            switch StreamRule.step(event.sequence, after: committed) {
            case .known: continue
            case .gap: return .refused(Refusal(.unknownStream))
            case .apply: break
            }
            guard event.message?.isDurable ?? true else { return .refused(Refusal(.unexpected)) }
            if let message = event.message { due.append(message) } else { uncalled += 1 }
            committed = event.sequence
        }
        guard committed > known ?? 0 else { return .recorded(through: committed) }
        if known == nil { try insertStream(stream, agent: seat.agent) }
        var unbooked: [JobID] = []
        for message in due {
            switch try apply(message, from: seat.agent, at: now) {
            case .done: break
            case .uncalled: uncalled += 1
            case .unbooked: if case .account(let charge) = message { unbooked.append(charge.job) }
            }
        }
        try database.run(
            "UPDATE agent_streams SET last_seq = ?3 WHERE agent = ?1 AND stream = ?2",
            .id(seat.agent), .blob(stream), .count(committed))
        return .recorded(through: committed, unbooked: unbooked, uncalled: uncalled)
    }

    private func apply(
        _ message: ReleaseMessage, from agent: AgentID, at now: WallTime
    ) throws(StoreFault) -> Charging {
        switch message {
        case .readOutcome(let record): try apply(record, from: agent, at: now)
        case .progress(let progress): try apply(progress, from: agent, at: now)
        case .account(let charge): try apply(charge, from: agent, at: now)
        default: preconditionFailure("only durable messages are applied")
        }
    }

    /// The first outcome of a read stands. One of a read that was not sent, as while the server was away, is a row
    /// more.
    private func apply(_ record: ReadRecord, from agent: AgentID, at now: WallTime) throws(StoreFault) -> Charging {
        try database.run(
            """
            INSERT INTO reads (agent, key, reader, result, result_at, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (agent, key) DO NOTHING
            """,
            .id(agent), .blob(record.key), .text(record.reader), .integer(Int64(record.result.rawValue)),
            .time(record.at), .time(now))
        guard database.changes == 0 else { return .uncalled }
        try database.run(
            "UPDATE reads SET result = ?3, result_at = ?4 WHERE agent = ?1 AND key = ?2 AND result IS NULL",
            .id(agent), .blob(record.key), .integer(Int64(record.result.rawValue)), .time(record.at))
        return .done
    }

    /// News of a release that is not this agent's changes nothing.
    private func apply(_ progress: Progress, from agent: AgentID, at now: WallTime) throws(StoreFault) -> Charging {
        guard let release = try openRelease(progress.release), release.agent == agent else { return .uncalled }
        var news = News(evidence: progress.evidence)
        if case .neverStarted(let reason) = progress.outcome { news.reason = reason }
        _ = try apply(OutcomeRule.settle(release.state, progress.outcome), to: release, news: news, at: now)
        return .done
    }

    func openRelease(_ id: ReleaseID) throws(StoreFault) -> ReleaseRow? {
        try database.row("SELECT \(ReleaseRow.columns) FROM releases WHERE id = ?1", .id(id), read: ReleaseRow.init)
    }

    /// The release of this job that is in doubt.
    func releaseInDoubt(of job: JobID) throws(StoreFault) -> ReleaseRow? {
        try database.row(
            "SELECT \(ReleaseRow.columns) FROM releases WHERE job = ?1 AND state = 'in_doubt'", .id(job),
            read: ReleaseRow.init)
    }

    func openReleases(of agent: AgentID) throws(StoreFault) -> [ReleaseRow] {
        try database.rows(
            """
            SELECT \(ReleaseRow.columns) FROM releases WHERE agent = ?1 AND state IN ('reserved', 'sending') ORDER BY id
            """,
            .id(agent), read: ReleaseRow.init)
    }

    /// Of all agents, the oldest first; with when the last was heard of each.
    func openReleases(limit: Int) throws(StoreFault) -> [(ReleaseRow, since: WallTime)] {
        try database.rows(
            """
            SELECT \(ReleaseRow.columns), coalesce(sending_at, reserved_at) FROM releases
            WHERE state IN ('reserved', 'sending') ORDER BY id LIMIT ?1
            """,
            .integer(limit)
        ) { row throws(StoreFault) in (try ReleaseRow(row), since: row.time(5)) }
    }

    /// Writes release, job and ledger in one step. False when nothing changed.
    @discardableResult
    func apply(
        _ settlement: Settlement, to release: ReleaseRow, news: News, at now: WallTime
    ) throws(StoreFault) -> Bool {
        switch settlement {
        case .unchanged: return false
        case .heldAgain:
            try putBack(release, news, at: now)
            try cancelIfWithdrawn(release.job, at: now)
        case .inDoubt:
            try settle(release, as: .inDoubt, pages: nil, news, at: now)
            try move(release.job, from: release.jobState, to: .inDoubt, at: now)
        case .printed(let pages):
            guard let entry = try makeEntry(for: release.id, pages: pages, news, at: now) else {
                // It cannot be priced. A person looks at it rather than nobody.
                guard release.state != .inDoubt else { return false }
                return try apply(.inDoubt, to: release, news: news, at: now)
            }
            try settle(release, as: .confirmed, pages: pages, news, at: now)
            try append(entry)
            try move(release.job, from: release.jobState, to: .printed, at: now)
        }
        return true
    }

    /// The job is held again, whoever's it is.
    func putBack(_ release: ReleaseRow, _ news: News, at now: WallTime) throws(StoreFault) {
        try settle(release, as: .failed, pages: nil, news, at: now)
        try move(release.job, from: release.jobState, to: .held, at: now)
    }

    /// What was canceled, or whose owner was deleted, while it was under way: its owner's name may be somebody else's
    /// by now.
    func cancelIfWithdrawn(_ job: JobID, at now: WallTime) throws(StoreFault) {
        let isDue = try database.row(
            "SELECT 1 FROM jobs WHERE id = ?1 AND state = 'held' AND withdrawn = 1", .id(job), read: { _ in true })
        if isDue == true { try move(job, from: .held, to: .canceled, at: now) }
    }

    private func settle(
        _ release: ReleaseRow, as state: ReleaseState, pages: Int?, _ news: News, at now: WallTime
    ) throws(StoreFault) {
        precondition(release.state.successors.contains(state), "no release goes from \(release.state) to \(state)")
        try database.run(
            """
            UPDATE releases SET state = ?2, settled_at = ?3, pages = ?4, evidence = ?5, reason = ?6 WHERE id = ?1
            """,
            .id(release.id), .text(state.rawValue), .time(now), .integer(pages),
            .integer(Int64(news.evidence.rawValue)), .integer(news.reason.map { Int($0.rawValue) }))
        guard release.state == .inDoubt else { return }
        // What its holder says later is no word on the next doubt.
        try database.run(
            """
            UPDATE custodies SET state = 'lent', ended_at = coalesce(ended_at, ?2) WHERE job = ?1 AND state = 'lapsed'
            """,
            .id(release.job), .time(now))
    }
}

extension ReleaseMessage {
    fileprivate var isDurable: Bool {
        switch self {
        case .readOutcome, .progress, .account: true
        default: false
        }
    }
}
