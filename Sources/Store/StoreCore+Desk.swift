// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// What a person does in an open session besides releasing.
extension StoreCore {
    private struct Desk {
        let session: SessionRow
        let user: SessionUser
    }

    /// The session, in which something was done now; or why it is none.
    private func desk(
        _ seat: AgentSeat, _ id: SessionID, at now: WallTime
    ) throws(StoreFault) -> Result<Desk, Refusal> {
        if let refusal = try refusal(of: seat) { return .failure(refusal) }
        guard let session = try session(id), isOpen(session, for: seat, at: now),
            let user = try sessionUser(session.user)
        else { return .failure(Refusal(.sessionExpired)) }
        guard !user.isLocked else { return .failure(Refusal(.notPermitted)) }
        try touch(id, at: now)
        return .success(Desk(session: session, user: user))
    }

    func listJobs(_ seat: AgentSeat, _ query: JobListQuery, at now: WallTime) throws(StoreFault) -> StoreReply {
        let desk: Desk
        switch try self.desk(seat, query.session, at: now) {
        case .failure(let refusal): return .refused(refusal)
        case .success(let found): desk = found
        }
        let lines = try database.rows(
            """
            SELECT id, title, state, size, received_at, pages, color_pages, max(copies, document_copies) FROM jobs
            WHERE owner = ?1 AND id > ?2 AND state IN ('held', 'reserved', 'sending', 'in_doubt')
                AND withdrawn = 0
            ORDER BY id LIMIT ?3
            """,
            .text(desk.user.name), .integer(query.after?.value ?? -1), .integer(JobPage.countLimit + 1)
        ) { row throws(StoreFault) in JobLine(row, state: try row.state(2), tariff: settings.tariff) }
        let jobs = Array(lines.prefix(JobPage.countLimit))
        return .jobs(
            JobPage(
                jobs: jobs, next: lines.count > jobs.count ? jobs.last?.job : nil,
                currency: settings.tariff.currency, scale: settings.tariff.scale))
    }

    func listAccounts(_ seat: AgentSeat, _ query: AccountQuery, at now: WallTime) throws(StoreFault) -> StoreReply {
        if case .failure(let refusal) = try desk(seat, query.session, at: now) { return .refused(refusal) }
        guard settings.billingCode != .none else { return .accounts(AccountPage(accounts: [], hasMore: false)) }
        let found = try database.rows(
            """
            SELECT id, code, name FROM accounts
            WHERE deleted_at IS NULL AND code >= ?1 AND substr(code, 1, length(?1)) = ?1 ORDER BY code LIMIT ?2
            """,
            .text(query.prefix), .integer(AccountPage.countLimit + 1)
        ) { AccountLine(id: $0.id(0), code: $0.text(1), name: $0.text(2)) }
        let accounts = Array(found.prefix(AccountPage.countLimit))
        return .accounts(AccountPage(accounts: accounts, hasMore: found.count > accounts.count))
    }

    /// Never for a shorter time, should the clock have been set back meanwhile.
    func holdJobs(_ seat: AgentSeat, _ selection: JobSelection, at now: WallTime) throws(StoreFault) -> StoreReply {
        switch try desk(seat, selection.session, at: now) {
        case .failure(let refusal): return .refused(refusal)
        case .success(let desk):
            var count = 0
            for job in Set(selection.jobs).sorted() {
                try database.run(
                    """
                    UPDATE jobs SET held_at = max(held_at, ?3)
                    WHERE id = ?1 AND owner = ?2 AND \(SQLPart.isWaiting("jobs"))
                    """,
                    .id(job), .text(desk.user.name), .time(now))
                count += database.changes
            }
            return .count(count)
        }
    }

    func deleteJobs(_ seat: AgentSeat, _ selection: JobSelection, at now: WallTime) throws(StoreFault) -> StoreReply {
        switch try desk(seat, selection.session, at: now) {
        case .failure(let refusal): return .refused(refusal)
        case .success(let desk):
            var count = 0
            var holders: [AgentID] = []
            for job in Set(selection.jobs).sorted() {
                let isTheirs = try database.row(
                    """
                    SELECT 1 FROM jobs
                    WHERE id = ?1 AND owner = ?2 AND \(SQLPart.isWaiting("jobs"))
                    """,
                    .id(job), .text(desk.user.name), read: { _ in true })
                guard isTheirs == true else { continue }
                if let custody = try custody(of: job), custody.state != .offered { holders.append(custody.agent) }
                try move(job, from: .held, to: .canceled, at: now)
                try audit("delete-job", job.description, at: now, by: desk.user.name)
                count += 1
            }
            return .deleted(count, holders: Set(holders).sorted())
        }
    }

    /// Who has a PIN and has not typed it in this session is asked for it first: a badge that lies about must not
    /// change it.
    func changePIN(_ seat: AgentSeat, _ id: SessionID, at now: WallTime) throws(StoreFault) -> StoreReply {
        switch try desk(seat, id, at: now) {
        case .failure(let refusal): return .verdict(.refused(refusal))
        case .success(let desk):
            guard settings.secondFactor != .never, let holder = try holder(desk.session.user) else {
                return .verdict(.refused(Refusal(.notPermitted)))
            }
            if let wait = try pinWait(of: desk.session.user, at: now) {
                return .verdict(.refused(Refusal(.busy, retryAfter: wait)))
            }
            let mustType = holder.hasPIN && !desk.session.isProven
            let reading = Reading(seat: seat, reader: desk.session.reader, key: [])
            if mustType, case .locked(let wait) = ReadRule.lock(holder, at: now) {
                return .verdict(.refused(Refusal(.locked, retryAfter: wait)))
            }
            var draft = PromptDraft(mustType ? .pin : .newPIN, reading, user: desk.session.user)
            draft.session = id
            draft.isProven = desk.session.isProven
            return .verdict(
                try ask(draft, triesLeft: mustType ? LockRule.triesLeft(holder.attempts) : 1, at: now))
        }
    }
}

extension JobLine {
    /// The columns id, title, state, size, received_at, pages, color_pages, copies.
    fileprivate init(_ row: SQLRow, state: JobState, tariff: Tariff) {
        let shown: State =
            switch state {
            case .inDoubt: .inDoubt
            case .reserved, .sending: .onItsWay
            case .held, .printed, .canceled, .purged: .held
            }
        self.init(job: row.id(0), title: row.text(1), state: shown, size: row.count(3), receivedAt: row.time(4))
        (pages, colorPages, copies) = (row.optionalInt(5), row.optionalInt(6), max(1, row.int(7)))
        guard let pages else { return }
        let (total, isTooMany) = pages.multipliedReportingOverflow(by: copies)
        guard !isTooMany else { return }
        let count = PageCount(pages: pages, colorPages: colorPages, copies: copies)
        amount = (try? ChargeRule.charge(pages: total, analysis: count, tariff: tariff))?.amount
    }
}
