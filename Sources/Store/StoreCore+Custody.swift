// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// A custody that has not ended, with what decides whether it goes on.
struct CustodyRow {
    let fence: Fence
    let job: JobID
    let agent: AgentID
    let user: UserID
    let state: CustodyState
    let jobState: JobState
    let hasPIN: Bool
    /// Since it was lent for the first time.
    let leaseUntil: WallTime?
    /// Nothing of its own speaks against lending it; the site's policy may. A job that is only offered must be held:
    /// its own agent may have begun to release it before it had the document, and would not give up then what it does
    /// not have yet.
    let mayLend: Bool
    /// Pages set aside for the user with this custody and those before it, wherever they are.
    let reserved: Int
    /// For how long its holder has said that it has used it, while it was here.
    let usedFor: Duration

    fileprivate static let query = """
        SELECT c.fence, c.job, c.agent, c.user, c.state, j.state,
            c.recalled = 0 AND j.withdrawn = 0 AND u.locked = 0 AND u.deleted_at IS NULL
                AND (j.state = 'held' OR c.state = 'lapsed' AND j.state = 'in_doubt'
                    OR c.state = 'lent' AND EXISTS (
                        SELECT 1 FROM releases r
                        WHERE r.job = c.job AND r.agent = c.agent AND r.state IN ('reserved', 'sending'))),
            EXISTS (SELECT 1 FROM pins p WHERE p.user = c.user), c.lease_until,
            \(StoreCore.reservedPages(of: "c.user", through: "c.fence")), c.used_for
        FROM custodies c JOIN jobs j ON j.id = c.job JOIN users u ON u.id = c.user
        """

    fileprivate init(_ row: SQLRow) throws(StoreFault) {
        fence = row.id(0)
        job = row.id(1)
        agent = row.id(2)
        user = row.id(3)
        state = try row.state(4)
        jobState = try row.state(5)
        mayLend = row.flag(6)
        hasPIN = row.flag(7)
        leaseUntil = row.optionalTime(8)
        reserved = row.int(9)
        usedFor = .milliseconds(row.int64(10))
    }
}

/// Jobs lent to agents, for releases while the server is away.
extension StoreCore {
    func askCustody(_ seat: AgentSeat, _ ask: CustodyAsk, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        let printer = try printer(of: seat.agent)
        let listed = Dictionary(ask.items.map { ($0.fence, $0.listing) }) { $1 }
        var goesOn: [Fence] = []
        for row in try custodies(of: seat.agent) {
            let isWithin = CustodyRule.allowance(settings.offline).map { row.reserved <= $0 } ?? true
            let mayLend = row.mayLend && mayLend(hasPIN: row.hasPIN) && printer != nil && isWithin
            let used = usedFor(row, at: now)
            let step = CustodyRule.step(row.state, listed[row.fence], mayLend: mayLend, usedFor: used)
            try take(step, row, usedFor: used, at: now)
            if [.lend, .keep, .doubt].contains(step) { goesOn.append(row.fence) }
        }
        let room = OfflineRule.jobLimit - ask.items.count
        let offers = printer == nil ? [] : try offer(seat.agent, places: room, room: ask.room, at: now)
        let (forget, forgotten) = try peopleToForget(after: ask.forgotten)
        return .custody(
            CustodyAnswer(
                lent: goesOn, lease: settings.offline.lease, offers: offers,
                printer: printer.map { OfflinePrinter(id: $0.id, name: $0.name, uri: $0.uri) }, forget: forget,
                forgotten: forgotten))
    }

    /// Whether the site's policy lets jobs be lent to somebody.
    private func mayLend(hasPIN: Bool) -> Bool {
        CustodyRule.lends(settings.offline, settings.billingCode)
            && !ReadRule.needsSecondFactor(policy: settings.secondFactor, hasPIN: hasPIN)
    }

    /// Counting from when it was listed last, by its lease.
    private func usedFor(_ row: CustodyRow, at now: WallTime) -> Duration {
        let listedAt = row.leaseUntil?.advanced(by: .zero - settings.offline.lease) ?? now
        return row.usedFor + CustodyRule.presence(since: listedAt, at: now)
    }

    private func take(
        _ step: CustodyRule.Step, _ row: CustodyRow, usedFor used: Duration, at now: WallTime
    ) throws(StoreFault) {
        let until = now.advanced(by: settings.offline.lease)
        switch step {
        case .lend: try lend(row, until: until, at: now)
        case .keep:
            // Used, and its holder is here: the charge is on its way, so the lease is not what ends it.
            guard row.state == .lent else { return }
            try database.run(
                "UPDATE custodies SET lease_until = ?2, used_for = ?3 WHERE fence = ?1", .id(row.fence), .time(until),
                .integer(WallTime(milliseconds: 0).advanced(by: used).milliseconds))
        case .doubt: try doubt(row, at: now)
        case .withhold:
            // The agent may not hear of it, and its own lease run on: only what it lists no more is back.
            if row.state == .lapsed { try lend(row, until: nil, at: now) }
        case .end:
            try end(row.fence, at: now)
            // Whatever it says later of a job that it has given back is not believed.
            try database.run("UPDATE custodies SET given_back = 1 WHERE fence = ?1", .id(row.fence))
            try putBack(row, at: now)
            try cancelIfWithdrawn(row.job, at: now)
        }
    }

    /// - Parameter until: `nil` leaves the lease as it was.
    private func lend(_ row: CustodyRow, until: WallTime?, at now: WallTime) throws(StoreFault) {
        try database.run(
            "UPDATE custodies SET state = 'lent', lease_until = coalesce(?2, lease_until) WHERE fence = ?1",
            .id(row.fence), .time(until))
        try putBack(row, at: now)
    }

    /// The holder is back and has not released it: that is the evidence which was missing.
    private func putBack(_ row: CustodyRow, at now: WallTime) throws(StoreFault) {
        guard row.state == .lapsed, let release = try releaseInDoubt(of: row.job) else { return }
        try apply(.heldAgain, to: release, news: News(reason: .serverLost), at: now)
    }

    func end(_ fence: Fence, at now: WallTime) throws(StoreFault) {
        try dropOffer(fence)
        try database.run(
            "UPDATE custodies SET ended_at = ?2 WHERE fence = ?1 AND ended_at IS NULL", .id(fence), .time(now))
    }

    /// Ends it without its holder's word. Should that still come, it settles the doubt.
    func endUnheard(_ fence: Fence, at now: WallTime) throws(StoreFault) {
        try dropOffer(fence)
        try database.run(
            """
            UPDATE custodies SET ended_at = ?2, state = iif(state = 'offered', state, 'lapsed'),
                unheard = state <> 'offered'
            WHERE fence = ?1 AND ended_at IS NULL
            """,
            .id(fence), .time(now))
    }

    /// What was only offered leaves nothing behind when it is over: nobody could release by it. Its fence is not given
    /// again.
    private func dropOffer(_ fence: Fence) throws(StoreFault) {
        try database.run("DELETE FROM custodies WHERE fence = ?1 AND \(Self.unusedOffer)", .id(fence))
    }

    func dropOffer(of job: JobID) throws(StoreFault) {
        try database.run("DELETE FROM custodies WHERE job = ?1 AND \(Self.unusedOffer)", .id(job))
    }

    private static let unusedOffer = """
        ended_at IS NULL AND state = 'offered'
            AND NOT EXISTS (SELECT 1 FROM releases r WHERE r.custody = custodies.fence)
        """

    func custodies(of agent: AgentID) throws(StoreFault) -> [CustodyRow] {
        try database.rows(
            "\(CustodyRow.query) WHERE c.agent = ?1 AND c.ended_at IS NULL ORDER BY c.fence", .id(agent),
            read: CustodyRow.init)
    }

    /// The one that has not ended.
    func custody(of job: JobID) throws(StoreFault) -> CustodyRow? {
        try database.row(
            "\(CustodyRow.query) WHERE c.job = ?1 AND c.ended_at IS NULL", .id(job), read: CustodyRow.init)
    }

    /// Whose session it is, for the agent's memory.
    func learn(_ seat: AgentSeat, _ session: SessionID, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        // It would take a read at one reader for the same badge at another.
        let agent = try agentName(seat.agent)
        let readers = try readerNames(of: seat.agent).map { ReaderName(agent: agent, reader: $0) }
        guard settings.readersAreAlike(readers) else {
            return .refused(Refusal(.notPermitted))
        }
        let policy = settings.secondFactor
        let learned = try database.row(
            """
            SELECT u.id, \(SQLPart.shownName(of: "u")),
                EXISTS (SELECT 1 FROM pins p WHERE p.user = u.id)
            FROM sessions s JOIN users u ON u.id = s.user
            WHERE s.id = ?1 AND s.agent = ?2 AND s.epoch = ?3 AND u.locked = 0 AND u.deleted_at IS NULL
            """,
            .id(session), .id(seat.agent), .count(seat.epoch)
        ) { row in
            let needsMore = ReadRule.needsSecondFactor(policy: policy, hasPIN: row.flag(2))
            return Learned(user: row.id(0), label: row.text(1), needsSecondFactor: needsMore)
        }
        return learned.map { .learned($0) } ?? .refused(Refusal(.sessionExpired))
    }

    func openCustody(
        _ seat: AgentSeat, _ fence: Fence, offset: UInt64, at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        let job = try database.row(
            "SELECT job FROM custodies WHERE fence = ?1 AND agent = ?2 AND ended_at IS NULL",
            .id(fence), .id(seat.agent)
        ) { (row: SQLRow) -> JobID in row.id(0) }
        guard let job else { return .refused(Refusal(.noSuchRelease)) }
        guard let document = try document(of: job), offset <= document.size else {
            return .refused(Refusal(.documentUnavailable))
        }
        return .document(document)
    }
}

/// Lending.
extension StoreCore {
    private static let candidateLimit = 64

    private func offer(
        _ agent: AgentID, places: Int, room: UInt64, at now: WallTime
    ) throws(StoreFault) -> [CustodyFacts] {
        guard mayLend(hasPIN: false), places > 0 else { return [] }
        let candidates = try candidates(for: agent, room: room, at: now)
        var lent: [UserID: Int] = [:]
        for user in Set(candidates.map(\.user)) {
            lent[user] = try database.row("SELECT \(Self.reservedPages(of: "?1"))", .id(user)) { $0.int(0) }
        }
        let facts = Dictionary(candidates.map { ($0.job, $0) }) { first, _ in first }
        let chosen = CustodyRule.offers(
            candidates.map {
                CustodyRule.Candidate(job: $0.job, user: $0.user, size: $0.size, pages: $0.pages)
            }, places: places, room: room, lent: lent, policy: settings.offline)
        var offers: [CustodyFacts] = []
        for choice in chosen {
            guard var offer = facts[choice.job] else { continue }
            try database.run(
                """
                INSERT INTO custodies (job, agent, user, pages, state, offered_at)
                VALUES (?1, ?2, ?3, ?4, 'offered', ?5)
                """,
                .id(offer.job), .id(agent), .id(offer.user), .integer(offer.pages), .time(now))
            offer.fence = Fence(database.lastRowID)
            offers.append(offer)
        }
        return offers
    }

    /// Held jobs of people whom this agent has served last, that nobody holds and nobody wanted back. Oldest first.
    /// What cannot be lent now does not take the places of what can. A session that was told late counts by its time.
    private func candidates(
        for agent: AgentID, room: UInt64, at now: WallTime
    ) throws(StoreFault) -> [CustodyFacts] {
        try database.rows(
            """
            SELECT j.id, u.id, \(SQLPart.shownName(of: "u")), j.title, j.kind, j.size, j.sha256,
                j.pages * max(j.copies, j.document_copies)
            FROM (SELECT DISTINCT user FROM sessions WHERE agent = ?1 AND opened_at >= ?2) s
                JOIN users u ON u.id = s.user JOIN jobs j ON j.owner = u.name AND j.state = 'held'
            WHERE u.deleted_at IS NULL AND u.locked = 0 AND j.analysed = 1 AND j.pages IS NOT NULL
                AND (?4 OR NOT EXISTS (SELECT 1 FROM pins p WHERE p.user = u.id))
                AND (SELECT x.agent FROM sessions x WHERE x.user = u.id
                    ORDER BY x.opened_at DESC, x.id DESC LIMIT 1) = ?1
                AND NOT EXISTS (
                    SELECT 1 FROM custodies c WHERE c.job = j.id AND (c.ended_at IS NULL OR c.recalled = 1))
                AND j.size <= ?5 AND j.pages * max(j.copies, j.document_copies)
                    + iif(?7, \(Self.reservedPages(of: "u.id")), 0) <= ?6
            ORDER BY j.id LIMIT ?3
            """,
            .id(agent), .time(now.advanced(by: .zero - CustodyRule.servedLife)), .integer(Self.candidateLimit),
            .flag(mayLend(hasPIN: true)), .count(room), .integer(settings.offline.pages),
            .flag(CustodyRule.allowance(settings.offline) != nil)
        ) { row in
            CustodyFacts(
                fence: Fence(0), job: row.id(0), user: row.id(1), label: row.text(2), title: row.text(3),
                format: row.text(4), size: row.count(5), sha256: row.blob(6), pages: row.int(7))
        }
    }

    /// As an expression: pages set aside for a user, wherever. What is lent is, whether it has come out or not, until
    /// its holder has told; and what may have come out and was not counted is, until that is settled: it will be
    /// charged then.
    /// - Parameter last: an expression, too; of the custodies that go on, those up to this one.
    fileprivate static func reservedPages(of user: String, through last: String? = nil) -> String {
        """
        ((SELECT coalesce(sum(o.pages), 0) FROM custodies o
            WHERE o.user = \(user) AND o.ended_at IS NULL \(last.map { "AND o.fence <= \($0)" } ?? ""))
        + (SELECT coalesce(sum(o.pages), 0) FROM jobs d JOIN releases r ON r.job = d.id AND r.state = 'in_doubt'
                JOIN custodies o ON o.fence = r.custody
            WHERE d.state = 'in_doubt' AND o.user = \(user) AND o.ended_at IS NOT NULL))
        """
    }

    private func peopleToForget(after last: UInt64) throws(StoreFault) -> ([UserID], UInt64) {
        let people = try database.rows(
            "SELECT number, user FROM forgotten_users WHERE number > ?1 ORDER BY number LIMIT ?2",
            .count(last), .integer(CustodyAnswer.forgetLimit)
        ) { (number: $0.count(0), user: UserID($0.int64(1))) }
        return (people.map(\.user), people.last?.number ?? last)
    }
}

/// Wanting back.
extension StoreCore {
    /// The agents that must give back jobs of the session's user before another agent can release them all.
    func recallJobs(_ seat: AgentSeat, _ id: SessionID, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        guard let session = try session(id), isOpen(session, for: seat, at: now) else {
            return .refused(Refusal(.sessionExpired))
        }
        let holders = try database.rows(
            """
            SELECT DISTINCT c.agent FROM custodies c JOIN jobs j ON j.id = c.job
            WHERE c.user = ?1 AND c.agent <> ?2 AND c.ended_at IS NULL AND c.state <> 'offered'
                AND \(SQLPart.isWaiting("j"))
            ORDER BY c.agent
            """,
            .id(session.user), .id(seat.agent)
        ) { (row: SQLRow) -> AgentID in row.id(0) }
        guard !holders.isEmpty else { return .recalled([]) }
        try database.run(
            """
            UPDATE custodies SET recalled = 1
            WHERE user = ?1 AND agent <> ?2 AND ended_at IS NULL AND state <> 'offered'
            """,
            .id(session.user), .id(seat.agent))
        return .recalled(holders)
    }

    /// What this agent may release of the held jobs under a name: not what another one has. Whoever was only offered
    /// one of them must ask again.
    func withoutLent(
        _ jobs: [ReleaseGrant], of owner: String, _ asking: AgentID, at now: WallTime
    ) throws(StoreFault) -> [ReleaseGrant] {
        let custodies = try database.rows(
            "\(CustodyRow.query) WHERE j.owner = ?1 AND j.state = 'held' AND c.ended_at IS NULL", .text(owner),
            read: CustodyRow.init)
        let byJob = Dictionary(custodies.map { ($0.job, $0) }) { $1 }
        var free: [ReleaseGrant] = []
        for job in jobs {
            if let custody = byJob[job.job] {
                if CustodyRule.isElsewhere(custody.state, holder: custody.agent, asking: asking) { continue }
                if custody.state == .offered, custody.agent != asking { try end(custody.fence, at: now) }
            }
            free.append(job)
        }
        return free
    }
}
