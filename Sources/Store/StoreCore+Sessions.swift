// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// Which badge where: what a session is opened for.
struct Reading {
    let seat: AgentSeat
    let reader: String
    let key: [UInt8]
}

struct SessionRow {
    let user: UserID
    let reader: String
    let printer: PrinterID
    /// The person has typed a secret of theirs.
    let isProven: Bool
    let facts: SessionFacts
}

extension StoreCore {
    /// - Parameter isProven: the person has typed a secret of theirs.
    func openSession(
        of user: UserID, _ reading: Reading, isProven: Bool, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict {
        let printer = try printer(of: reading.seat.agent)
        let opening = ReadRule.open(
            hasPrinter: printer != nil, heldJobs: try countHeldJobs(of: user), mayBeEmpty: reading.seat.hasDialogue)
        switch opening {
        case .noPrinter: return .refused(Refusal(.noPrinter))
        case .noJobs: return .refused(Refusal(.noJobs))
        case .session: break
        }
        guard let printer else { return .refused(Refusal(.noPrinter)) }
        try database.run(
            """
            INSERT INTO sessions (user, agent, epoch, reader, printer, opened_at, used_at, proven)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
            """,
            .id(user), .id(reading.seat.agent), .count(reading.seat.epoch), .text(reading.reader), .id(printer.id),
            .time(now), .flag(isProven))
        let id = SessionID(database.lastRowID)
        try database.run(
            "UPDATE reads SET session = ?3 WHERE agent = ?1 AND key = ?2",
            .id(reading.seat.agent), .blob(reading.key), .id(id))
        return .session(try grant(id, of: user, at: printer, for: reading.seat))
    }

    func grant(
        _ session: SessionID, of user: UserID, at printer: PrinterLink, for seat: AgentSeat
    ) throws(StoreFault) -> SessionGrant {
        let name = try database.row("SELECT \(SQLPart.shownName(of: "users")) FROM users WHERE id = ?1", .id(user)) {
            $0.text(0)
        }
        let jobs = try countHeldJobs(of: user)
        let terms = seat.hasDialogue ? try terms(for: user) : nil
        return SessionGrant(session: session, user: name ?? "", jobs: jobs, printer: printer, terms: terms)
    }

    private func terms(for user: UserID) throws(StoreFault) -> SessionTerms {
        let inDoubt = try database.row(
            """
            SELECT count(*) FROM jobs
            WHERE owner = (SELECT name FROM users WHERE id = ?1) AND state = 'in_doubt'
                AND withdrawn = 0
            """,
            .id(user)
        ) { $0.int(0) }
        let account: SessionTerms.Account =
            switch settings.billingCode {
            case .none: .none
            case .optional: .optional
            case .required: .required
            }
        return SessionTerms(
            idleLife: settings.logOut, inDoubt: inDoubt ?? 0, account: account,
            mayChangePIN: settings.secondFactor != .never)
    }

    /// The same session again, after something in it has changed.
    func goOn(_ id: SessionID, _ seat: AgentSeat, at now: WallTime) throws(StoreFault) -> ReadVerdict {
        guard let session = try session(id), isOpen(session, for: seat, at: now),
            let printer = try printer(of: seat.agent), printer.id == session.printer
        else { return .refused(Refusal(.sessionExpired)) }
        try touch(id, at: now)
        return .session(try grant(id, of: session.user, at: printer, for: seat))
    }

    func isOpen(_ session: SessionRow, for seat: AgentSeat, at now: WallTime) -> Bool {
        let life = seat.hasDialogue ? settings.logOut + SessionRule.logOutSlack : SessionRule.idleLife
        return SessionRule.isOpen(session.facts, agent: seat.agent, epoch: seat.epoch, life: life, at: now)
    }

    private func countHeldJobs(of user: UserID) throws(StoreFault) -> Int {
        try database.row(
            """
            SELECT count(*) FROM jobs
            WHERE owner = (SELECT name FROM users WHERE id = ?1) AND \(SQLPart.isWaiting("jobs"))
            """,
            .id(user)
        ) { $0.int(0) } ?? 0
    }

    /// In this release an agent drives one printer.
    func printer(of agent: AgentID) throws(StoreFault) -> PrinterLink? {
        try database.row(
            "SELECT id, name, uri FROM printers WHERE agent = ?1 AND removed_at IS NULL", .id(agent)
        ) { PrinterLink(id: $0.id(0), name: $0.text(1), uri: $0.text(2)) }
    }

    func session(_ id: SessionID) throws(StoreFault) -> SessionRow? {
        try database.row(
            "SELECT user, reader, printer, agent, epoch, used_at, ended_at, proven FROM sessions WHERE id = ?1", .id(id)
        ) { row in
            let facts = SessionFacts(
                agent: row.id(3), epoch: row.count(4), usedAt: row.time(5), isEnded: !row.isNull(6))
            return SessionRow(
                user: row.id(0), reader: row.text(1), printer: row.id(2), isProven: row.flag(7), facts: facts)
        }
    }

    func touch(_ session: SessionID, at now: WallTime) throws(StoreFault) {
        try database.run(
            "UPDATE sessions SET used_at = ?2 WHERE id = ?1 AND ended_at IS NULL", .id(session), .time(now))
    }

    func endSession(
        _ seat: AgentSeat, _ session: SessionID, _ reason: SessionEnd.Reason, at now: WallTime
    ) throws(StoreFault) -> StoreReply {
        if let refusal = try refusal(of: seat, for: nil) { return .refused(refusal) }
        try database.run(
            """
            UPDATE sessions SET ended_at = ?3, end_reason = ?4 WHERE id = ?1 AND agent = ?2 AND ended_at IS NULL
            """,
            .id(session), .id(seat.agent), .time(now), .integer(Int64(reason.rawValue)))
        return .done
    }
}
