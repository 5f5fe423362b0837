// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// What became of lent jobs: charges that come late, and silence.
extension StoreCore {
    private struct ChargedCustody {
        let job: JobID
        let agent: AgentID
        let user: UserID
        let state: CustodyState
        let hasEnded: Bool
        let isCanceled: Bool
        let jobState: JobState
        /// Another custody of the same job has not ended.
        let isReplaced: Bool
        let offeredAt: WallTime

        /// The agent's own word on when it released it, as far as that can be.
        func releasedAt(_ charge: OfflineCharge, now: WallTime) -> WallTime { min(max(charge.at, offeredAt), now) }
    }

    /// One key is charged once, however often it comes and by whichever stream.
    func apply(_ charge: OfflineCharge, from agent: AgentID, at now: WallTime) throws(StoreFault) {
        let known = try database.row("SELECT 1 FROM offline_charges WHERE key = ?1", .blob(charge.key)) { _ in true }
        guard known == nil else { return }
        try database.run(
            "INSERT INTO offline_charges (key, fence, recorded_at) VALUES (?1, ?2, ?3)",
            .blob(charge.key), .id(charge.fence), .time(now))
        guard let custody = try charged(charge.fence), custody.agent == agent, custody.job == charge.job else {
            return try audit(
                "foreign-offline-charge", "job \(charge.job), custody \(charge.fence)", at: now, by: "agent")
        }
        let open = try liveRelease(of: custody.job)
        let meaning = CustodyRule.charge(
            custody.jobState, custody.state, isLive: !custody.hasEnded || !custody.isReplaced,
            openByHolder: open?.agent == agent)
        switch meaning {
        case .settle:
            if let open { try apply(.heldAgain, to: open, news: News(reason: .serverLost), at: now) }
            let begun = custody.releasedAt(charge, now: now)
            guard let release = try openOffline(custody.job, agent, custody.user, begun: begun, at: now) else { break }
            try apply(OutcomeRule.settle(.sending, charge.outcome), to: release, news: news(charge), at: now)
        case .settleLapsed:
            guard let open else { break }
            let settlement: Settlement =
                if case .neverStarted = charge.outcome { .heldAgain } else {
                    OutcomeRule.settle(.inDoubt, charge.outcome)
                }
            try apply(settlement, to: open, news: news(charge), at: now)
        case .late: try recordLate(charge, custody, at: now)
        }
        try end(charge.fence, at: now)
        if custody.isCanceled, meaning != .late, case .neverStarted = charge.outcome,
            try state(ofLent: custody.job) == .held
        {
            try move(custody.job, from: .held, to: .canceled, at: now)
        }
    }

    private func news(_ charge: OfflineCharge) -> News {
        if case .neverStarted(let reason) = charge.outcome { return News(reason: reason, evidence: charge.evidence) }
        return News(evidence: charge.evidence)
    }

    private func charged(_ fence: Fence) throws(StoreFault) -> ChargedCustody? {
        try database.row(
            """
            SELECT c.job, c.agent, c.user, c.state, c.ended_at, c.canceled, j.state, EXISTS (
                SELECT 1 FROM custodies o
                WHERE o.job = c.job AND o.fence <> c.fence AND o.ended_at IS NULL AND o.state <> 'offered'),
                c.offered_at
            FROM custodies c JOIN jobs j ON j.id = c.job WHERE c.fence = ?1
            """,
            .id(fence)
        ) { row throws(StoreFault) in
            ChargedCustody(
                job: row.id(0), agent: row.id(1), user: row.id(2), state: try row.state(3), hasEnded: !row.isNull(4),
                isCanceled: row.flag(5), jobState: try row.state(6), isReplaced: row.flag(7),
                offeredAt: row.time(8))
        }
    }

    /// Somebody decided before the holder's word came. It cannot be undone, and must not be passed over.
    private func recordLate(
        _ charge: OfflineCharge, _ custody: ChargedCustody, at now: WallTime
    ) throws(StoreFault) {
        try audit(
            "late-offline-charge", "job \(charge.job), \(custody.jobState.rawValue): \(charge.outcome.words)",
            at: now, by: "agent")
        let begun = custody.releasedAt(charge, now: now)
        guard custody.jobState == .held,
            let release = try openOffline(charge.job, custody.agent, custody.user, begun: begun, at: now)
        else { return }
        try apply(.inDoubt, to: release, news: news(charge), at: now)
    }

    /// Reserved, sending or in doubt.
    private func liveRelease(of job: JobID) throws(StoreFault) -> ReleaseRow? {
        let id = try database.row(
            "SELECT id FROM releases WHERE job = ?1 AND state IN ('reserved', 'sending', 'in_doubt')", .id(job)
        ) { (row: SQLRow) -> ReleaseID in row.id(0) }
        guard let id else { return nil }
        return try openRelease(id)
    }

    /// The release that the holder made, of a held job, as far as its first byte; in a session that has ended. The
    /// ledger's line that follows has the time when it is written all the same: a report on a period that is over must
    /// say the same tomorrow.
    private func openOffline(
        _ job: JobID, _ agent: AgentID, _ user: UserID, begun: WallTime, at now: WallTime
    ) throws(StoreFault) -> ReleaseRow? {
        guard let printer = try printer(of: agent, at: begun) else { return nil }
        try database.run(
            """
            INSERT INTO sessions (user, agent, epoch, reader, printer, opened_at, used_at, ended_at, end_reason)
            VALUES (?1, ?2, (SELECT epoch FROM agents WHERE id = ?2), '', ?3, ?4, ?4, ?4, ?5)
            """,
            .id(user), .id(agent), .id(printer), .time(begun), .integer(Int64(SessionEnd.Reason.done.rawValue)))
        try database.run(
            """
            INSERT INTO releases (job, attempt, session, user, agent, printer, state, reserved_at, sending_at)
            VALUES (?1, (SELECT coalesce(max(attempt), 0) + 1 FROM releases WHERE job = ?1), ?2, ?3, ?4, ?5,
                'sending', ?6, ?6)
            """,
            .id(job), .integer(database.lastRowID), .id(user), .id(agent), .id(printer), .time(begun))
        let release = ReleaseID(database.lastRowID)
        try move(job, from: .held, to: .reserved, at: now)
        try move(job, from: .reserved, to: .sending, at: now)
        return try openRelease(release)
    }

    /// The one that the agent drove then: of those not removed by then the oldest, as it drives one at a time. With
    /// none, the last that it drove.
    private func printer(of agent: AgentID, at time: WallTime) throws(StoreFault) -> PrinterID? {
        try database.row(
            """
            SELECT id FROM printers WHERE agent = ?1
            ORDER BY removed_at IS NULL OR removed_at > ?2 DESC,
                iif(removed_at IS NULL OR removed_at > ?2, id, -id) LIMIT 1
            """,
            .id(agent), .time(time)
        ) { (row: SQLRow) -> PrinterID in row.id(0) }
    }
}

/// Silence.
extension StoreCore {
    /// Puts into doubt what was lent to agents that have not been heard for longer than their leases.
    func lapseCustodies(at now: WallTime, limit: Int) throws(StoreFault) {
        let cutoff = now.advanced(by: .zero - settings.custodyMargin)
        let lapsed = try database.rows(
            """
            SELECT c.fence, c.job, c.agent, c.user FROM custodies c JOIN jobs j ON j.id = c.job
            WHERE c.ended_at IS NULL AND c.state = 'lent' AND c.lease_until < ?1 AND j.state = 'held'
            ORDER BY c.lease_until LIMIT ?2
            """,
            .time(cutoff), .integer(limit)
        ) {
            (fence: Fence($0.int64(0)), job: JobID($0.int64(1)), agent: AgentID($0.int64(2)), user: UserID($0.int64(3)))
        }
        for one in lapsed {
            guard let release = try openOffline(one.job, one.agent, one.user, begun: now, at: now) else { continue }
            try apply(.inDoubt, to: release, news: News(), at: now)
            try database.run("UPDATE custodies SET state = 'lapsed' WHERE fence = ?1", .id(one.fence))
        }
    }

    /// The agent has lost its memory, or nobody will listen to it any more. What it was lent may have printed.
    func loseCustodies(of agent: AgentID, at now: WallTime) throws(StoreFault) {
        for custody in try custodies(of: agent) { try lose(custody, at: now) }
    }

    func lose(_ custody: CustodyRow, at now: WallTime) throws(StoreFault) {
        try endUnheard(custody.fence, at: now)
        guard custody.state == .lent, custody.jobState == .held,
            let release = try openOffline(custody.job, custody.agent, custody.user, begun: now, at: now)
        else { return }
        try apply(.inDoubt, to: release, news: News(), at: now)
    }

    /// The administrator wants a job back. With its holder gone for good it may have printed.
    func recallJob(_ job: JobID, agentIsLost: Bool, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let custody = try custody(of: job), custody.state != .offered else {
            return refuse(.notFound, "job \(job) is not lent to an agent")
        }
        if agentIsLost {
            try lose(custody, at: who.now)
        } else {
            try database.run("UPDATE custodies SET recalled = 1 WHERE fence = ?1", .id(custody.fence))
        }
        return try done(agentIsLost ? "recall-job-of-lost-agent" : "recall-job", String(job.value), who)
    }
}
