// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// A release that a holder made, or may have made, of its own copy.
struct OfflineRelease {
    /// `nil`: it was released here, and a person corrects it.
    let fence: Fence?
    let job: JobID
    let agent: AgentID
    let user: UserID
    /// When its first byte went.
    let begun: WallTime
    var account: AccountID?
    /// Where it came out, as far as the ledger knows already.
    var printer: PrinterID?
}

/// What came of an agent's word on a release of its own.
enum Charging {
    case done
    /// There was something to charge that could not be.
    case unbooked
    /// It is none of this agent's, or was told before.
    case uncalled
}

/// What was done about it.
enum Booking {
    case done
    /// Why nothing could be charged, although there was something to charge.
    case obstacle(String)
}

/// What became of lent jobs, as their holders tell it.
extension StoreCore {
    private struct ChargedCustody {
        let job: JobID
        let agent: AgentID
        let user: UserID
        let state: CustodyState
        let hasEnded: Bool
        let jobState: JobState
        /// Another custody of the same job has not ended.
        let isReplaced: Bool
        let offeredAt: WallTime
        /// It ended without its holder's word, or has a release, and its holder has not given it back.
        let isOpenToHolder: Bool
        /// Its holder has told already how it ended.
        let isCharged: Bool

        var mayBeCharged: Bool {
            CustodyRule.mayBeCharged(
                state, hasEnded: hasEnded, isOpenToHolder: isOpenToHolder, isCharged: isCharged)
        }

        /// The agent's own word on when it released it, as far as that can be.
        func releasedAt(_ charge: OfflineCharge, now: WallTime) -> WallTime { min(max(charge.at, offeredAt), now) }

        /// Somebody has taken the holder's silence for an answer.
        var isDecided: Bool { hasEnded || state == .lapsed }
    }

    /// One key is charged once, however often it comes and by whichever stream. What its holder has given back it
    /// cannot have released, and whoever says so is not believed.
    func apply(_ charge: OfflineCharge, from agent: AgentID, at now: WallTime) throws(StoreFault) -> Charging {
        let known = try database.row("SELECT 1 FROM offline_charges WHERE key = ?1", .blob(charge.key)) { _ in true }
        guard known == nil else { return .done }
        try database.run(
            "INSERT INTO offline_charges (key, fence, recorded_at) VALUES (?1, ?2, ?3)",
            .blob(charge.key), .id(charge.fence), .time(now))
        guard let custody = try charged(charge.fence), custody.agent == agent, custody.job == charge.job,
            custody.mayBeCharged
        else {
            let place = "job \(charge.job), custody \(charge.fence) at \(try agentName(agent))"
            try auditWithPause(
                AgentLine(
                    agent: agent, action: "foreign-offline-charge", subject: "\(place): \(charge.outcome.words)"),
                at: now)
            return .uncalled
        }
        let begun = custody.releasedAt(charge, now: now)
        let release = OfflineRelease(
            fence: charge.fence, job: charge.job, agent: agent, user: custody.user, begun: begun,
            account: try account(of: charge, begun: begun, at: now))
        let result = try apply(charge, to: release, custody, at: now)
        if case .obstacle(let obstacle) = result { try noteUnbooked(charge, obstacle, at: now) }
        try end(charge.fence, at: now)
        try database.run("UPDATE custodies SET charged = 1 WHERE fence = ?1", .id(charge.fence))
        try cancelIfWithdrawn(charge.job, at: now)
        return if case .obstacle = result { .unbooked } else { .done }
    }

    /// Its key is spent, so nobody will tell it again.
    private func noteUnbooked(_ charge: OfflineCharge, _ obstacle: String, at now: WallTime) throws(StoreFault) {
        try database.run("UPDATE offline_charges SET unbooked = 1 WHERE key = ?1", .blob(charge.key))
        try audit(
            "unbooked-offline-charge", "job \(charge.job): \(charge.outcome.words): \(obstacle)", at: now, by: "agent")
    }

    private func apply(
        _ charge: OfflineCharge, to release: OfflineRelease, _ custody: ChargedCustody, at now: WallTime
    ) throws(StoreFault) -> Booking {
        var news = News(evidence: charge.evidence)
        if case .neverStarted(let reason) = charge.outcome { news.reason = reason }
        if LateRule.isLate(releasedAt: release.begun, bookedAt: now, isDecided: custody.isDecided) {
            news.releasedAt = release.begun
        }
        let open = try liveRelease(of: custody.job)
        let meaning = CustodyRule.charge(
            custody.jobState, custody.state, isLive: !custody.hasEnded || !custody.isReplaced,
            openByHolder: open?.agent == custody.agent)
        switch meaning {
        case .settle:
            if let open { try putBack(open, News(reason: .serverLost), at: now) }
            guard let begun = try openOffline(release, at: now) else { return .obstacle("there is no printer") }
            try apply(OutcomeRule.settle(.sending, charge.outcome), to: begun, news: news, at: now)
        case .settleLapsed:
            guard let open else { preconditionFailure("what its holder left in doubt is open") }
            try name(release.account, of: open.id)
            let settlement: Settlement =
                if case .neverStarted = charge.outcome { .heldAgain } else {
                    OutcomeRule.settle(.inDoubt, charge.outcome)
                }
            // What cannot be priced stays in doubt, and is shown as that until a person decides.
            try apply(settlement, to: open, news: news, at: now)
        case .late:
            news.releasedAt = release.begun
            return try applyLate(charge.outcome, release, custody.jobState, news, at: now)
        }
        return .done
    }

    private func charged(_ fence: Fence) throws(StoreFault) -> ChargedCustody? {
        try database.row(
            """
            SELECT c.job, c.agent, c.user, c.state, c.ended_at, j.state, EXISTS (
                SELECT 1 FROM custodies o
                WHERE o.job = c.job AND o.fence <> c.fence AND o.ended_at IS NULL AND o.state <> 'offered'),
                c.offered_at, c.given_back = 0
                    AND (c.unheard OR EXISTS (SELECT 1 FROM releases r WHERE r.custody = c.fence)), c.charged
            FROM custodies c JOIN jobs j ON j.id = c.job WHERE c.fence = ?1
            """,
            .id(fence)
        ) { row throws(StoreFault) in
            ChargedCustody(
                job: row.id(0), agent: row.id(1), user: row.id(2), state: try row.state(3), hasEnded: !row.isNull(4),
                jobState: try row.state(5), isReplaced: row.flag(6), offeredAt: row.time(7),
                isOpenToHolder: row.flag(8), isCharged: row.flag(9))
        }
    }

    /// The billing code that was chosen, if it could be chosen then. Otherwise the release is charged as one without,
    /// and somebody is told.
    private func account(
        of charge: OfflineCharge, begun: WallTime, at now: WallTime
    ) throws(StoreFault) -> AccountID? {
        guard let account = charge.account else { return nil }
        let isKnown = try database.row(
            "SELECT 1 FROM accounts WHERE id = ?1 AND (deleted_at IS NULL OR deleted_at > ?2)", .id(account),
            .time(begun), read: { _ in true })
        guard AccountRule.refusal(settings.billingCode, isKnown: isKnown ?? false) == nil else {
            try audit(
                "offline-billing-code-unknown", "job \(charge.job), billing code number \(account)", at: now,
                by: "agent")
            return nil
        }
        return account
    }

    /// It is known only now.
    private func name(_ account: AccountID?, of release: ReleaseID) throws(StoreFault) {
        guard let account else { return }
        try database.run("UPDATE releases SET account = ?2 WHERE id = ?1", .id(release), .id(account))
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
    func openOffline(_ release: OfflineRelease, at now: WallTime) throws(StoreFault) -> ReleaseRow? {
        guard let id = try insert(release, as: .sending) else { return nil }
        try move(release.job, from: .held, to: .reserved, at: now)
        try move(release.job, from: .reserved, to: .sending, at: now)
        return try openRelease(id)
    }

    func insert(
        _ release: OfflineRelease, as state: ReleaseState, isLate: Bool = false
    ) throws(StoreFault) -> ReleaseID? {
        let known = if let known = release.printer { known } else { try printer(of: release.agent, at: release.begun) }
        guard let printer = known else { return nil }
        try database.run(
            """
            INSERT INTO sessions (user, agent, epoch, reader, printer, opened_at, used_at, ended_at, end_reason)
            VALUES (?1, ?2, (SELECT epoch FROM agents WHERE id = ?2), '', ?3, ?4, ?4, ?4, ?5)
            """,
            .id(release.user), .id(release.agent), .id(printer), .time(release.begun),
            .integer(Int64(SessionEnd.Reason.done.rawValue)))
        try database.run(
            """
            INSERT INTO releases (job, attempt, session, user, agent, printer, state, reserved_at, sending_at, account,
                custody, late)
            VALUES (?1, (SELECT coalesce(max(attempt), 0) + 1 FROM releases WHERE job = ?1), ?2, ?3, ?4, ?5, ?6,
                ?7, ?7, ?8, ?9, ?10)
            """,
            .id(release.job), .integer(database.lastRowID), .id(release.user), .id(release.agent), .id(printer),
            .text(state.rawValue), .time(release.begun), .optional(release.account), .optional(release.fence),
            .flag(isLate))
        return ReleaseID(database.lastRowID)
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
            SELECT c.fence, c.job, c.agent, c.user
            FROM custodies c INDEXED BY custodies_by_lease CROSS JOIN jobs j ON j.id = c.job
            WHERE c.ended_at IS NULL AND c.state = 'lent' AND c.lease_until < ?1 AND j.state = 'held'
            ORDER BY c.lease_until LIMIT ?2
            """,
            .time(cutoff), .integer(limit)
        ) { OfflineRelease(fence: $0.id(0), job: $0.id(1), agent: $0.id(2), user: $0.id(3), begun: now) }
        for one in lapsed { try lapse(one, at: now) }
    }

    private func lapse(_ one: OfflineRelease, at now: WallTime) throws(StoreFault) {
        guard let release = try openOffline(one, at: now) else { return }
        try apply(.inDoubt, to: release, news: News(), at: now)
        try database.run("UPDATE custodies SET state = 'lapsed' WHERE fence = ?1", .optional(one.fence))
    }

    /// Its holder says that it has used it, is here, and does not tell how that ended.
    func doubt(_ custody: CustodyRow, at now: WallTime) throws(StoreFault) {
        guard custody.jobState == .held else { return }
        try lapse(
            OfflineRelease(
                fence: custody.fence, job: custody.job, agent: custody.agent, user: custody.user, begun: now), at: now)
        try audit(
            "custody-withheld", "job \(custody.job) at \(try agentName(custody.agent))", at: now, by: "server")
    }

    /// The agent has lost its memory, or nobody will listen to it any more. What it was lent may have printed.
    func loseCustodies(of agent: AgentID, at now: WallTime) throws(StoreFault) {
        for custody in try custodies(of: agent) { try lose(custody, at: now) }
    }

    func lose(_ custody: CustodyRow, at now: WallTime) throws(StoreFault) {
        try endUnheard(custody.fence, at: now)
        let doubt = OfflineRelease(
            fence: custody.fence, job: custody.job, agent: custody.agent, user: custody.user, begun: now)
        guard custody.state == .lent, custody.jobState == .held, let release = try openOffline(doubt, at: now) else {
            return
        }
        try apply(.inDoubt, to: release, news: News(), at: now)
    }

    /// The administrator wants a job back. With its holder gone for good it may have printed.
    func recallJob(_ job: JobID, agentIsLost: Bool, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let state = try state(of: job) else { return refuse(.notFound, "there is no job \(job)") }
        guard let custody = try custody(of: job), custody.state != .offered else {
            return refuse(.conflict, "job \(job) is \(state.rawValue), and not lent to an agent")
        }
        if agentIsLost {
            try lose(custody, at: who.now)
        } else {
            try database.run("UPDATE custodies SET recalled = 1 WHERE fence = ?1", .id(custody.fence))
        }
        return try done(agentIsLost ? "recall-job-of-lost-agent" : "recall-job", String(job.value), who)
    }
}
