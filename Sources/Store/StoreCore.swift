// SPDX-License-Identifier: Apache-2.0

import CSQLite
package import Primitives
package import ServerCore

/// The store itself: synchronous, for one thread. Each request is load, rule, write; a group of requests is one
/// transaction and costs one sync of the disk.
///
/// It keeps nothing in memory that a decision rests on, so a process that dies between two calls, or within one, loses
/// nothing that was answered. Of a call that was not answered either everything or nothing is in effect.
package final class StoreCore {
    let database: Database
    let keys: StoreKeys
    /// As the program was started with. A simulated restart begins with others.
    package var settings: StoreSettings

    /// After this the store must not be used any more; the program ends and a new one opens the file again.
    package private(set) var fatalFault: StoreFault?

    /// Opens the database, makes it when it is missing, and brings its schema up to date.
    /// - Parameter path: `:memory:` for one that vanishes with this value.
    package init(path: String, keys: StoreKeys, settings: StoreSettings) throws(StoreFault) {
        database = try Database(path: path)
        self.keys = keys
        self.settings = settings
        try Schema.configure(database)
        try Schema.migrate(database)
        database.faultHook = settings.faultHook
    }

    /// A second connection for lists and reports, which must not hold up the first. It can only read.
    package init(reading path: String, keys: StoreKeys, settings: StoreSettings) throws(StoreFault) {
        database = try Database(path: path, readOnly: true)
        self.keys = keys
        self.settings = settings
        database.faultHook = settings.faultHook
    }

    /// As in the settings.
    package var faultHook: ((String) -> Int32?)? {
        get { database.faultHook }
        set { database.faultHook = newValue }
    }

    /// Performs a group and answers each request, in order, after the commit.
    package func perform(_ requests: [StoreRequest]) -> [StoreReply] {
        group(requests) { request throws(StoreFault) in
            try reply(to: request)
        } failed: {
            .failed($0.failure)
        }
    }

    package func perform(_ request: StoreRequest) -> StoreReply { perform([request])[0] }

    /// - Parameter by: who asks, for the audit.
    package func administer(_ request: AdminRequest, at now: WallTime, by: String) -> AdminReply {
        if request.isReading { return read(request, at: now, by: by) }
        let replies = group([request]) { request throws(StoreFault) in
            try reply(to: request, at: now, by: by)
        } failed: {
            AdminReply.failed($0.failure)
        }
        return replies[0]
    }

    /// For a second connection: only what ``StoreRequest/isReading``.
    package func read(_ request: StoreRequest) -> StoreReply {
        precondition(request.isReading, "this request changes something")
        return reading { () throws(StoreFault) in
            try reply(to: request)
        } failed: {
            .failed($0.failure)
        }
    }

    private func read(_ request: AdminRequest, at now: WallTime, by: String) -> AdminReply {
        reading { () throws(StoreFault) in
            try reply(to: request, at: now, by: by)
        } failed: {
            .failed($0.failure)
        }
    }

    private func reading<Reply>(_ body: () throws(StoreFault) -> Reply, failed: (StoreFault) -> Reply) -> Reply {
        do throws(StoreFault) {
            // One state of the database for all of the reply's queries.
            try database.run("BEGIN")
            defer { abandonTransaction() }
            return try body()
        } catch {
            note(error)
            return failed(error)
        }
    }

    private func reply(to request: StoreRequest) throws(StoreFault) -> StoreReply {
        switch request {
        case .acceptJob(let job): try accept(job)
        case .recordAnalysis(let job, let kind, let count): try recordAnalysis(job, kind: kind, count: count)
        case .findUnanalysed(let limit): try findUnanalysed(limit: limit)
        case .enrolAgent(let key, let enrolment, let now): try enrol(key, enrolment, at: now)
        case .welcomeAgent(let key, let hello, let now): try welcome(key, hello, at: now)
        case .present(let seat, let presented, let now): try present(seat, presented, at: now)
        case .findSecret(let seat, let login, let now): try findSecret(seat, login, at: now)
        case .settleLogin(let seat, let login, let matched, let now):
            try settleLogin(seat, login, matched: matched, at: now)
        case .takePrompt(let seat, let prompt, let now): try takePrompt(seat, prompt, at: now)
        case .settlePrompt(let seat, let prompt, let answer, let now):
            try settlePrompt(seat, prompt, answer, at: now)
        case .changePIN(let seat, let session, let now): try changePIN(seat, session, at: now)
        case .listJobs(let seat, let query, let now): try listJobs(seat, query, at: now)
        case .listAccounts(let seat, let query, let now): try listAccounts(seat, query, at: now)
        case .holdJobs(let seat, let selection, let now): try holdJobs(seat, selection, at: now)
        case .deleteJobs(let seat, let selection, let now): try deleteJobs(seat, selection, at: now)
        case .release(let seat, let order, let now): try release(seat, order, at: now)
        case .openDocument(let seat, let release, let offset, let now):
            try openDocument(seat, release: release, offset: offset, at: now)
        case .noteSending(let seat, let releases, let now): try noteSending(seat, releases, at: now)
        case .recordEvents(let seat, let stream, let events, let now):
            try recordEvents(seat, stream: stream, events, at: now)
        case .endSession(let seat, let session, let reason, let now):
            try endSession(seat, session, reason, at: now)
        case .agentLeft(let seat, let now): try agentLeft(seat, at: now)
        case .rotateKey(let seat, let rotation, let now): try rotateKey(seat, rotation, at: now)
        case .reviewSeats(let seats): try reviewSeats(seats)
        case .noteReport(let seat, let query, let now): try noteReport(seat, query, at: now)
        case .readReport(let seat, let query): try readReport(seat, query)
        case .noteReaders(let seat, let readers, let now): try noteReaders(seat, readers, at: now)
        case .noteSpool(let state, let percent, let now): try noteSpool(state, percent: percent, at: now)
        case .noteGuessing(let agent, let reader, let count, let now):
            try noteGuessing(agent, reader: reader, count: count, at: now)
        case .purge(let now): try purge(at: now)
        case .askCustody(let seat, let ask, let now): try askCustody(seat, ask, at: now)
        case .learn(let seat, let session, let now): try learn(seat, session, at: now)
        case .openCustody(let seat, let fence, let offset, let now):
            try openCustody(seat, fence, offset: offset, at: now)
        case .recallJobs(let seat, let session, let now): try recallJobs(seat, session, at: now)
        }
    }
}

/// Transactions.
extension StoreCore {
    /// Handles the requests in one transaction, each in a savepoint of its own: one that fails leaves nothing behind
    /// and does not disturb the others. When the transaction itself fails, all have failed.
    private func group<Request, Reply>(
        _ requests: [Request], handle: (Request) throws(StoreFault) -> Reply, failed: (StoreFault) -> Reply
    ) -> [Reply] {
        if let fatalFault { return requests.map { _ in failed(fatalFault) } }
        do throws(StoreFault) {
            try database.run("BEGIN IMMEDIATE")
            var replies: [Reply] = []
            for request in requests { replies.append(try inSavepoint(request, handle, failed)) }
            try database.run("COMMIT")
            return replies
        } catch {
            note(error)
            abandonTransaction()
            return requests.map { _ in failed(error) }
        }
    }

    private func inSavepoint<Request, Reply>(
        _ request: Request, _ handle: (Request) throws(StoreFault) -> Reply, _ failed: (StoreFault) -> Reply
    ) throws(StoreFault) -> Reply {
        try database.run("SAVEPOINT request")
        let reply: Reply
        do throws(StoreFault) {
            reply = try handle(request)
        } catch {
            // A full disk or a failed read may have ended the whole transaction already.
            guard !error.isFatal, database.isInTransaction else { throw error }
            note(error)
            try database.run("ROLLBACK TO request")
            try database.run("RELEASE request")
            return failed(error)
        }
        try database.run("RELEASE request")
        return reply
    }

    private func abandonTransaction() {
        guard database.isInTransaction else { return }
        do throws(StoreFault) {
            try database.run("ROLLBACK")
        } catch {
            // With a transaction open that cannot be ended, no answer of this connection can be trusted.
            fatalFault = fatalFault ?? error
        }
    }

    private func note(_ fault: StoreFault) {
        if fault.isFatal { fatalFault = fatalFault ?? fault }
    }
}
