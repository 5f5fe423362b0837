// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ServerCore

/// Jobs on their way in and out.
extension StoreCore {
    /// A submission that repeats an earlier one is answered with the earlier job. The caller then discards the
    /// document it has just stored.
    func accept(_ job: IncomingJob) throws(StoreFault) -> StoreReply {
        guard !job.owner.isEmpty else { return .jobRefused(.ownerMissing) }
        guard job.document.size > 0 else { return .jobRefused(.empty) }
        if let known = try findDuplicate(of: job) { return .jobAccepted(known, isNew: false) }
        try database.run(
            """
            INSERT INTO jobs (owner, title, host, queue, client_number, copies, received_at, held_at, state, size,
                sha256)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 'held', ?8, ?9)
            """,
            .text(job.owner), .text(job.title.displaySafe(limit: 255)), .text(job.host), .text(job.queue),
            .text(job.clientNumber), .integer(Int64(job.copies)), .time(job.receivedAt), .count(job.document.size),
            .blob(job.document.sha256))
        let id = JobID(database.lastRowID)
        try insert(job.document, of: id)
        return .jobAccepted(id, isNew: true)
    }

    /// Clients number from 0 to 999, some by their process, so that two people on one host soon have the same number;
    /// a job that is sent again has the same owner and title, too. The owner is the same person: what a deleted user
    /// has sent is no answer to the next one of that name.
    private func findDuplicate(of job: IncomingJob) throws(StoreFault) -> JobID? {
        guard let cutoff = DuplicateRule.cutoff(clientNumber: job.clientNumber, at: job.receivedAt) else { return nil }
        return try database.row(
            """
            SELECT id FROM jobs
            WHERE host = ?1 AND client_number = ?2 AND sha256 = ?3 AND received_at >= ?4 AND size = ?5
                AND owner = ?6 AND title = ?7 AND copies = ?8
                AND NOT EXISTS (SELECT 1 FROM users u WHERE u.name = ?6 AND u.deleted_at >= jobs.received_at)
            ORDER BY received_at DESC, id DESC LIMIT 1
            """,
            .text(job.host), .text(job.clientNumber), .blob(job.document.sha256), .time(cutoff),
            .count(job.document.size), .text(job.owner), .text(job.title.displaySafe(limit: 255)),
            .integer(Int64(job.copies))
        ) { $0.id(0) }
    }

    private func insert(_ document: StoredDocument, of job: JobID) throws(StoreFault) {
        let (sealed, name): (SQLValue, SQLValue) =
            switch document.place {
            case .row(let sealed): (.blob(sealed), .null)
            case .spool(let name): (.null, .text(name))
            }
        try database.run(
            "INSERT INTO documents (job, sealed, spool_name, wrapped_key) VALUES (?1, ?2, ?3, ?4)",
            .id(job), sealed, name, .blob(document.wrappedKey))
    }

    func recordAnalysis(_ job: JobID, kind: String, count: PageCount?) throws(StoreFault) -> StoreReply {
        try database.run(
            """
            UPDATE jobs SET analysed = 1, kind = ?2, pages = ?3, color_pages = ?4, document_copies = ?5 WHERE id = ?1
            """,
            .id(job), .text(kind), .integer(count?.pages), .integer(count?.colorPages),
            .integer(Int64(count?.copies ?? 1)))
        return .done
    }

    func findUnanalysed(limit: Int) throws(StoreFault) -> StoreReply {
        let jobs = try database.rows(
            """
            SELECT j.id, d.sealed, d.spool_name, d.wrapped_key, j.size, j.sha256
            FROM jobs j JOIN documents d ON d.job = j.id WHERE j.analysed = 0 ORDER BY j.id LIMIT ?1
            """,
            .integer(Int64(limit))
        ) { StoredJob(job: $0.id(0), document: StoredDocument($0, from: 1)) }
        return .unanalysed(jobs)
    }

    func document(of job: JobID) throws(StoreFault) -> StoredDocument? {
        try database.row(
            """
            SELECT d.sealed, d.spool_name, d.wrapped_key, j.size, j.sha256
            FROM documents d JOIN jobs j ON j.id = d.job WHERE d.job = ?1
            """,
            .id(job)
        ) { StoredDocument($0, from: 0) }
    }

    /// Moves a job on. With a final state its document goes: the key at once, the file in the spool with the next
    /// purge.
    func move(_ job: JobID, from old: JobState, to new: JobState, at now: WallTime) throws(StoreFault) {
        precondition(old.successors.contains(new), "no job goes from \(old) to \(new)")
        if old == .held, new.isFinal, try isKept(job) { return }
        try database.run(
            """
            UPDATE jobs SET state = ?3, held_at = iif(?3 = 'held', max(held_at, ?4), held_at)
            WHERE id = ?1 AND state = ?2
            """,
            .id(job), .text(old.rawValue), .text(new.rawValue), .time(now))
        guard database.changes == 1 else {
            throw StoreFault(.corrupt, step: "move a job", detail: "job \(job) is not \(old.rawValue)")
        }
        guard new.isFinal else { return }
        try dropDocument(of: job)
        try dropOffer(of: job)
        try database.run(
            "UPDATE custodies SET ended_at = ?2 WHERE job = ?1 AND ended_at IS NULL", .id(job), .time(now))
    }

    /// A job that is lent may be coming out just now: it is wanted back first, and goes when its holder has not
    /// released it.
    private func isKept(_ job: JobID) throws(StoreFault) -> Bool {
        try database.run(
            "UPDATE custodies SET recalled = 1 WHERE job = ?1 AND ended_at IS NULL AND state <> 'offered'", .id(job))
        guard database.changes > 0 else { return false }
        try database.run("UPDATE jobs SET withdrawn = 1 WHERE id = ?1", .id(job))
        return true
    }

    private func dropDocument(of job: JobID) throws(StoreFault) {
        try database.run(
            """
            INSERT INTO doomed_documents (spool_name, size, sha256)
            SELECT d.spool_name, j.size, j.sha256 FROM documents d JOIN jobs j ON j.id = d.job
            WHERE d.job = ?1 AND d.spool_name IS NOT NULL
            """,
            .id(job))
        try database.run("DELETE FROM documents WHERE job = ?1", .id(job))
        try database.run("UPDATE jobs SET analysed = 1 WHERE id = ?1", .id(job))
    }
}

/// Getting rid of what is past its time.
extension StoreCore {
    /// Jobs, reads and files that one request removes at most; the next one goes on.
    static let purgeLimit = 1000

    func purge(at now: WallTime) throws(StoreFault) -> StoreReply {
        let due = try database.rows(
            """
            SELECT id FROM jobs INDEXED BY jobs_by_age WHERE \(SQLPart.isWaiting("jobs")) AND held_at < ?1
            ORDER BY held_at, id LIMIT ?2
            """,
            .time(PurgeRule.cutoff(life: settings.holdLife, at: now)), .integer(Self.purgeLimit)
        ) { (row: SQLRow) -> JobID in row.id(0) }
        for job in due { try move(job, from: .held, to: .purged, at: now) }
        for (release, since) in try openReleases(limit: Self.purgeLimit) {
            try fallSilent(release, since: since, at: now)
        }
        try lapseCustodies(at: now, limit: Self.purgeLimit)
        try database.run(
            """
            DELETE FROM reads WHERE (agent, key) IN
                (SELECT agent, key FROM reads WHERE recorded_at < ?1 ORDER BY recorded_at LIMIT ?2)
            """,
            .time(now.advanced(by: .zero - settings.historyLife)), .integer(Self.purgeLimit))
        try database.run("DELETE FROM enrolment_codes WHERE expires_at < ?1", .time(now))
        try closeExpiredEnrolments(at: now)
        try forgetActivationCodes(at: now)
        try forgetAttempts(limit: Self.purgeLimit, at: now)
        try endAuditPauses(limit: Self.purgeLimit, at: now)
        try forgetCustodies(limit: Self.purgeLimit, at: now)
        try forgetHistory(limit: Self.purgeLimit, at: now)
        return .purged(try takeDoomed())
    }

    func noteSpool(_ state: SpoolState, percent: Int, at now: WallTime) throws(StoreFault) -> StoreReply {
        try audit("spool", "\(state.rawValue) at \(percent) %", at: now, by: "server")
        return .done
    }

    /// What is lent to the same agent waits for its lease: the agent may yet release it another way.
    private func fallSilent(_ release: ReleaseRow, since: WallTime, at now: WallTime) throws(StoreFault) {
        let custody = try custody(of: release.job)
        if let until = custody?.leaseUntil, !CustodyRule.hasLapsed(until, margin: settings.custodyMargin, at: now) {
            return
        }
        let settlement = OutcomeRule.fallSilent(release.state, since: since, at: now)
        try apply(settlement, to: release, news: News(), at: now)
        guard let custody, custody.state != .offered, settlement == .inDoubt else { return }
        try endUnheard(custody.fence, at: now)
        try database.run("UPDATE releases SET custody = ?2 WHERE id = ?1", .id(release.id), .id(custody.fence))
    }

    /// The row goes before the file does: should the process die in between, the sweep at its next start finds a file
    /// that no job names.
    private func takeDoomed() throws(StoreFault) -> [StoredDocument] {
        let doomed = try database.rows(
            "SELECT id, spool_name, size, sha256 FROM doomed_documents ORDER BY id LIMIT ?1", .integer(Self.purgeLimit)
        ) { row in
            let place = StoredDocument.Place.spool(name: row.text(1))
            return (row.int64(0), StoredDocument(place: place, wrappedKey: [], size: row.count(2), sha256: row.blob(3)))
        }
        if let last = doomed.last {
            try database.run("DELETE FROM doomed_documents WHERE id <= ?1", .integer(last.0))
        }
        return doomed.map(\.1)
    }

    /// The names in the spool that belong to a job; every other file there is an orphan. For the sweep at the start.
    package func spoolNames() throws(StoreFault) -> Set<String> {
        Set(try database.rows("SELECT spool_name FROM documents WHERE spool_name IS NOT NULL") { $0.text(0) })
    }
}

extension StoredDocument {
    /// The columns sealed, spool_name, wrapped_key, size, sha256.
    init(_ row: SQLRow, from first: CInt) {
        let place: Place = row.isNull(first + 1) ? .row(sealed: row.blob(first)) : .spool(name: row.text(first + 1))
        self.init(
            place: place, wrappedKey: row.blob(first + 2), size: row.count(first + 3), sha256: row.blob(first + 4))
    }
}
