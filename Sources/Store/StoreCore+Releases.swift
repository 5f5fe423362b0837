// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// From an open session to bytes on their way.
extension StoreCore {
    func release(_ seat: AgentSeat, session id: SessionID, at now: WallTime) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        guard let session = try session(id), let user = try userForRelease(session.user) else {
            return .refused(Refusal(.sessionExpired))
        }
        let refusal = ReleaseRule.refusal(
            sessionIsOpen: SessionRule.isOpen(session.facts, agent: seat.agent, epoch: seat.epoch, at: now),
            userIsLocked: user.isLocked, sessionPrinter: session.printer,
            agentPrinter: try printer(of: seat.agent)?.id)
        switch refusal {
        case .sessionExpired: return .refused(Refusal(.sessionExpired))
        case .notPermitted: return .refused(Refusal(.notPermitted))
        case .noPrinter: return .refused(Refusal(.noPrinter))
        case nil: break
        }
        let (jobs, isLeftOut) = try withoutLent(try heldJobs(of: user), of: session.user, seat.agent, at: now)
        guard !jobs.isEmpty else { return .refused(Refusal(isLeftOut ? .custodyElsewhere : .noJobs)) }
        var grants: [ReleaseGrant] = []
        for job in jobs {
            try database.run(
                """
                INSERT INTO releases (job, attempt, session, user, agent, printer, state, reserved_at)
                VALUES (?1, (SELECT coalesce(max(attempt), 0) + 1 FROM releases WHERE job = ?1), ?2, ?3, ?4, ?5,
                    'reserved', ?6)
                """,
                .id(job.job), .id(id), .id(session.user), .id(seat.agent), .id(session.printer), .time(now))
            try move(job.job, from: .held, to: .reserved, at: now)
            var grant = job
            grant.release = ReleaseID(database.lastRowID)
            grants.append(grant)
        }
        try touch(id, at: now)
        return .releases(grants)
    }

    private struct ReleasingUser {
        let name: String
        let label: String
        let isLocked: Bool
    }

    private func userForRelease(_ user: UserID) throws(StoreFault) -> ReleasingUser? {
        try database.row(
            """
            SELECT name, iif(full_name = '', name, full_name), locked FROM users WHERE id = ?1 AND deleted_at IS NULL
            """,
            .id(user)
        ) { ReleasingUser(name: $0.text(0), label: $0.text(1), isLocked: $0.flag(2)) }
    }

    /// As grants that have no release yet, oldest first.
    private func heldJobs(of user: ReleasingUser) throws(StoreFault) -> [ReleaseGrant] {
        try database.rows(
            """
            SELECT id, title, kind, size, pages FROM jobs WHERE owner = ?1 AND state = 'held' ORDER BY id LIMIT ?2
            """,
            .text(user.name), .integer(ReleaseRule.jobLimit)
        ) {
            ReleaseGrant(
                release: ReleaseID(0), job: $0.id(0), title: $0.text(1), user: user.label, format: $0.text(2),
                size: $0.count(3), pages: $0.optionalInt(4))
        }
    }

    func openDocument(
        _ seat: AgentSeat, release id: ReleaseID, offset: UInt64, at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat) { return .refused(refusal) }
        guard let release = try openRelease(id) else { return .refused(Refusal(.noSuchRelease)) }
        let opening = ReleaseRule.open(release.state, holder: release.agent, asking: seat.agent)
        switch opening {
        case .noSuchRelease: return .refused(Refusal(.noSuchRelease))
        case .alreadyReleased: return .refused(Refusal(.alreadyReleased))
        case .inDoubt: return .refused(Refusal(.inDoubt))
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
}
