// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// From an open session to bytes on their way.
extension StoreCore {
    func release(_ seat: AgentSeat, _ order: ReleaseOrder, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        guard let session = try session(order.session), let user = try sessionUser(session.user) else {
            return .refused(Refusal(.sessionExpired))
        }
        let refusal = ReleaseRule.refusal(
            sessionIsOpen: isOpen(session, for: seat, at: now), userIsLocked: user.isLocked,
            sessionPrinter: session.printer, agentPrinter: try printer(of: seat.agent)?.id)
        switch refusal {
        case .sessionExpired: return .refused(Refusal(.sessionExpired))
        case .notPermitted: return .refused(Refusal(.notPermitted))
        case .noPrinter: return .refused(Refusal(.noPrinter))
        case nil: break
        }
        if let refusal = try accountRefusal(order.wishes?.account) { return .refused(refusal) }
        let wanted = try heldJobs(of: user, picked: order.wishes?.jobs)
        let jobs = try withoutLent(wanted, of: user.name, seat.agent, at: now)
        let elsewhere = wanted.count - jobs.count
        if jobs.isEmpty {
            if elsewhere == 0 { return .refused(Refusal(order.wishes?.jobs == nil ? .noJobs : .notHeld)) }
            if !seat.hasDialogue { return .refused(Refusal(.custodyElsewhere)) }
        }
        var grants: [ReleaseGrant] = []
        for job in jobs { grants.append(try reserve(job, in: session, order, seat, at: now)) }
        try touch(order.session, at: now)
        return .releases(grants, elsewhere: elsewhere)
    }

    private func reserve(
        _ job: ReleaseGrant, in session: SessionRow, _ order: ReleaseOrder, _ seat: AgentSeat, at now: WallTime
    ) throws(StoreFault) -> ReleaseGrant {
        let override = order.wishes?.override ?? .none
        try database.run(
            """
            INSERT INTO releases (job, attempt, session, user, agent, printer, state, reserved_at, mono, sides, account)
            VALUES (?1, (SELECT coalesce(max(attempt), 0) + 1 FROM releases WHERE job = ?1), ?2, ?3, ?4, ?5,
                'reserved', ?6, ?7, ?8, ?9)
            """,
            .id(job.job), .id(order.session), .id(session.user), .id(seat.agent), .id(session.printer), .time(now),
            .flag(override.isMono), .integer(Int64(override.sides.rawValue)), .optional(order.wishes?.account))
        let release = ReleaseID(database.lastRowID)
        try move(job.job, from: .held, to: .reserved, at: now)
        var grant = job
        grant.release = release
        grant.override = seat.hasDialogue ? override : nil
        return grant
    }

    private func accountRefusal(_ account: AccountID?) throws(StoreFault) -> Refusal? {
        var isKnown: Bool?
        if let account {
            isKnown =
                try database.row(
                    "SELECT 1 FROM accounts WHERE id = ?1 AND deleted_at IS NULL", .id(account), read: { _ in true })
                ?? false
        }
        return switch AccountRule.refusal(settings.billingCode, isKnown: isKnown) {
        case .required: Refusal(.accountRequired)
        case .unknown: Refusal(.noSuchAccount)
        case nil: nil
        }
    }

    struct SessionUser {
        let name: String
        let label: String
        let isLocked: Bool
    }

    func sessionUser(_ user: UserID) throws(StoreFault) -> SessionUser? {
        try database.row(
            """
            SELECT name, \(SQLPart.shownName(of: "users")), locked FROM users WHERE id = ?1 AND deleted_at IS NULL
            """,
            .id(user)
        ) { SessionUser(name: $0.text(0), label: $0.text(1), isLocked: $0.flag(2)) }
    }

    /// As grants that have no release yet, oldest first. Of those picked, what is not the user's or not held is passed
    /// over.
    private func heldJobs(of user: SessionUser, picked: [JobID]?) throws(StoreFault) -> [ReleaseGrant] {
        func grant(_ row: SQLRow) -> ReleaseGrant {
            ReleaseGrant(
                release: ReleaseID(0), job: row.id(0), title: row.text(1), user: user.label, format: row.text(2),
                size: row.count(3), pages: row.optionalInt(4))
        }
        guard let picked else {
            return try database.rows(
                """
                SELECT id, title, kind, size, pages FROM jobs
                WHERE owner = ?1 AND \(SQLPart.isWaiting("jobs")) ORDER BY id LIMIT ?2
                """,
                .text(user.name), .integer(ReleaseRule.jobLimit), read: grant)
        }
        var grants: [ReleaseGrant] = []
        for job in Set(picked).sorted() {
            grants += try database.rows(
                """
                SELECT id, title, kind, size, pages FROM jobs
                WHERE id = ?1 AND owner = ?2 AND \(SQLPart.isWaiting("jobs"))
                """,
                .id(job), .text(user.name), read: grant)
        }
        return grants
    }

    /// Whether what was granted is still to come out there: its user may not have been locked, nor the printer be
    /// another one's meanwhile.
    private func isWanted(_ release: ReleaseID) throws(StoreFault) -> Bool {
        try database.row(
            """
            SELECT u.locked = 0 AND u.deleted_at IS NULL AND j.withdrawn = 0 AND p.removed_at IS NULL
                AND p.agent = r.agent
            FROM releases r JOIN users u ON u.id = r.user JOIN jobs j ON j.id = r.job
                JOIN printers p ON p.id = r.printer
            WHERE r.id = ?1
            """,
            .id(release)
        ) { $0.flag(0) } ?? false
    }

    func openDocument(
        _ seat: AgentSeat, release id: ReleaseID, offset: UInt64, at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        guard let release = try openRelease(id) else { return .refused(Refusal(.noSuchRelease)) }
        let opening = ReleaseRule.open(
            release.state, holder: release.agent, asking: seat.agent, isWanted: try isWanted(id))
        switch opening {
        case .noSuchRelease: return .refused(Refusal(.noSuchRelease))
        case .alreadyReleased: return .refused(Refusal(.alreadyReleased))
        case .inDoubt: return .refused(Refusal(.inDoubt))
        case .putBack:
            try apply(.heldAgain, to: release, news: News(reason: .documentUnavailable), at: now)
            return .refused(Refusal(.alreadyReleased))
        case .begin, .again: break
        }
        guard let document = try document(of: release.job), offset <= document.size else {
            return .refused(Refusal(.documentUnavailable))
        }
        if opening == .begin {
            try move(release.job, from: .reserved, to: .sending, at: now)
            try database.run(
                "UPDATE releases SET state = 'sending', sending_at = ?2 WHERE id = ?1", .id(id), .time(now))
        }
        try touch(release.session, at: now)
        return .document(document)
    }

    /// The silence about them begins anew. What is no longer this agent's to send is passed over.
    func noteSending(_ seat: AgentSeat, _ releases: [ReleaseID], at now: WallTime) throws(StoreFault) -> StoreReply {
        guard try refusal(of: seat) == nil else { return .done }
        for release in releases {
            try database.run(
                "UPDATE releases SET sending_at = ?3 WHERE id = ?1 AND agent = ?2 AND state = 'sending'",
                .id(release), .id(seat.agent), .time(now))
        }
        return .done
    }
}
