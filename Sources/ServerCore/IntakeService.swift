// SPDX-License-Identifier: Apache-2.0

import PrintFormats
package import PrintModel
package import Primitives
package import ReleaseRules
package import SpoolWire

/// All connections that bring jobs in.
///
/// ```
/// LPDReceiver ──document bytes──▶ document store ──submit──▶ synced ──▶ job row committed ──▶ last ack
/// ```
/// A document is stored and synced, and its job committed, before the client hears that it was accepted. Each
/// document of an LPD job becomes a held job of its own.
package struct IntakeService: Machine {
    package enum Event: Sendable {
        /// `isTrusted`: the site believes this host when it names the owner of a job.
        case connected(LinkID, host: String, isTrusted: Bool)
        case received(LinkID, [UInt8])
        case disconnected(LinkID, LPDReceiver.Ending)
        /// The answer to `append`.
        case appended(DocumentToken, isStored: Bool)
        /// The answer to `finish`; `nil` when it could not be stored.
        case finished(DocumentToken, StoredDocument?)
        case answered(QuestionID, StoreReply)
        /// What is taken of new jobs. A document that is on its way goes on.
        case take(SpoolState)
    }

    package enum Action: Equatable, Sendable {
        case send(LinkID, [UInt8])
        /// What was sent leaves first.
        case close(LinkID)
        /// Stop reading: the client waits for the disk or the store.
        case pause(LinkID)
        case resume(LinkID)
        case begin(DocumentToken)
        case append(DocumentToken, [UInt8])
        case finish(DocumentToken)
        case discard(DocumentToken)
        /// A stored document that no job came to own.
        case remove(StoredDocument)
        case ask(QuestionID, StoreRequest)
        case analyse(JobID, StoredDocument)
        case note(ServerNote)
        /// The store could not write for want of room.
        case storeIsFull
    }

    struct Connection: Sendable {
        let host: String
        var receiver: LPDReceiver
        var isPaused = false
        var submission: Submission?
    }

    /// A complete LPD job on its way into the store.
    struct Submission: Sendable {
        let job: LPDJob
        var stored: [Int: StoredDocument] = [:]
        /// Answers of document store or store still to come.
        var open = 0
        var hasFailed = false
    }

    struct Question: Sendable {
        let link: LinkID
        let job: IncomingJob
    }

    package static let connectionLimit = 128
    package static let connectionsPerHostLimit = 64

    /// Read from the wall clock by the shell before each event; used in records only.
    package var wall: WallTime
    private let limits: LPDReceiver.Limits
    private let queues: Set<String>?
    private let marks: SpoolMarks
    private var spool = SpoolState.open
    private var connections: [LinkID: Connection] = [:]
    private var questions: [QuestionID: Question] = [:]
    private var questionCount: UInt64 = 0

    /// `queues` are the queue names served; nil serves any.
    package init(
        queues: Set<String>?, limits: LPDReceiver.Limits = .init(), marks: SpoolMarks = SpoolMarks(), wall: WallTime
    ) {
        self.queues = queues
        self.marks = marks
        self.limits = limits
        self.wall = wall
    }

    package var deadline: MonotonicTime? { connections.values.compactMap(\.receiver.deadline).min() }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        connections.keys.sorted().flatMap { id -> [Action] in
            guard let actions = connections[id]?.receiver.tick(at: now) else { return [] }
            return perform(actions, on: id, at: now)
        }
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .connected(let id, let host, let isTrusted):
            return connected(id, host: host, isTrusted: isTrusted, at: now)
        case .received(let id, let bytes): return feed(.received(bytes), to: id, at: now)
        case .disconnected(let id, let ending): return feed(.disconnected(ending), to: id, at: now)
        case .appended(let token, let isStored):
            return feed(isStored ? .written : .storageFailed, to: token.link, at: now)
        case .finished(let token, let document): return finished(token, document, at: now)
        case .answered(let question, let reply): return answered(question, reply, at: now)
        case .take(let state):
            spool = state
            let room = room
            for id in connections.keys { connections[id]?.receiver.room = room }
            return []
        }
    }

    /// Of a new document.
    private var room: Int? { SpoolRule.room(spool, marks).map { Int(clamping: $0) } }

    private mutating func connected(
        _ id: LinkID, host: String, isTrusted: Bool, at now: MonotonicTime
    ) -> [Action] {
        precondition(connections[id] == nil, "a link is connected once")
        let fromHost = connections.values.count { $0.host == host }
        let reason: String? =
            if !isTrusted {
                "host-not-trusted"
            } else if connections.count >= Self.connectionLimit || fromHost >= Self.connectionsPerHostLimit {
                "too-many-connections"
            } else {
                nil
            }
        if let reason { return [.note(.intakeRefused(host: host, reason: reason)), .close(id)] }
        var receiver = LPDReceiver(queues: queues, limits: limits, openedAt: now)
        receiver.room = room
        connections[id] = Connection(host: host, receiver: receiver)
        return []
    }

    private mutating func feed(_ event: LPDReceiver.Event, to id: LinkID, at now: MonotonicTime) -> [Action] {
        guard let actions = connections[id]?.receiver.handle(event, at: now) else { return [] }
        return perform(actions, on: id, at: now)
    }

    private mutating func perform(
        _ actions: [LPDReceiver.Action], on id: LinkID, at now: MonotonicTime
    ) -> [Action] {
        let performed = actions.flatMap { perform($0, on: id, at: now) }
        guard let wantsInput = connections[id]?.receiver.wantsInput, connections[id]?.isPaused == wantsInput else {
            return performed
        }
        connections[id]?.isPaused = !wantsInput
        return performed + [wantsInput ? .resume(id) : .pause(id)]
    }

    private mutating func perform(
        _ action: LPDReceiver.Action, on id: LinkID, at now: MonotonicTime
    ) -> [Action] {
        switch action {
        case .send(let bytes): return [.send(id, bytes)]
        case .beginDocument(let index, _): return [.begin(DocumentToken(link: id, index: index))]
        case .write(let index, let bytes): return [.append(DocumentToken(link: id, index: index), bytes)]
        case .submit(let job): return submit(job, on: id)
        case .discard(let index): return [.discard(DocumentToken(link: id, index: index))]
        case .askQueueState(let queue, _, _):
            // Whose jobs wait here is nobody's business but theirs: the answer names none.
            return feed(.queueState("\(queue.name): held jobs are released at the printer\n"), to: id, at: now)
        case .refuse(let refusal, let detail):
            let host = connections[id]?.host ?? ""
            let reason = detail.isEmpty ? refusal.rawValue : "\(refusal.rawValue): \(detail)"
            return [.note(.intakeRefused(host: host, reason: reason))]
        case .close:
            connections[id] = nil
            return [.close(id)]
        }
    }

    private mutating func submit(_ job: LPDJob, on id: LinkID) -> [Action] {
        connections[id]?.submission = Submission(job: job, open: job.documents.count)
        return job.documents.map { .finish(DocumentToken(link: id, index: $0.index)) }
    }

    private mutating func finished(
        _ token: DocumentToken, _ document: StoredDocument?, at now: MonotonicTime
    ) -> [Action] {
        guard var submission = connections[token.link]?.submission else { return [] }
        submission.open -= 1
        submission.stored[token.index] = document
        submission.hasFailed = submission.hasFailed || document == nil
        connections[token.link]?.submission = submission
        guard submission.open == 0 else { return [] }
        guard submission.hasFailed else { return accept(submission, on: token.link) }
        let orphans = submission.stored.sorted { $0.key < $1.key }.map { Action.remove($0.value) }
        return orphans + conclude(token.link, at: now)
    }

    /// Many LPD clients send a file's whole path: its last part is what people call the document.
    static func title(of name: String) -> String {
        guard name.hasPrefix("/"), let last = name.split(separator: "/").last else { return name }
        return String(last)
    }

    private mutating func accept(_ submission: Submission, on id: LinkID) -> [Action] {
        guard let host = connections[id]?.host else { return [] }
        let job = submission.job
        connections[id]?.submission?.open = job.documents.count
        return job.documents.enumerated().compactMap { position, document -> Action? in
            guard let stored = submission.stored[document.index] else { return nil }
            let name = Self.title(of: job.controlFile.displayName ?? document.name)
            let title = job.documents.count > 1 ? "\(name) (\(position + 1)/\(job.documents.count))" : name
            let incoming = IncomingJob(
                owner: job.user ?? "", title: title.displaySafe(limit: 255), host: host, queue: job.queue.name,
                clientNumber: job.jobNumber.map { "\($0)/\(position)" } ?? "", copies: document.copies,
                document: stored, receivedAt: wall)
            questionCount += 1
            questions[QuestionID(questionCount)] = Question(link: id, job: incoming)
            return .ask(QuestionID(questionCount), .acceptJob(incoming))
        }
    }

    private mutating func answered(_ id: QuestionID, _ reply: StoreReply, at now: MonotonicTime) -> [Action] {
        guard let question = questions.removeValue(forKey: id) else { return [] }
        let actions = outcome(of: question, reply)
        guard var submission = connections[question.link]?.submission else { return actions }
        submission.open -= 1
        if case .jobAccepted = reply {} else { submission.hasFailed = true }
        connections[question.link]?.submission = submission
        return submission.open == 0 ? actions + conclude(question.link, at: now) : actions
    }

    private func outcome(of question: Question, _ reply: StoreReply) -> [Action] {
        let (job, host) = (question.job, question.job.host)
        switch reply {
        case .jobAccepted(let id, let isNew):
            let note = ServerNote.jobAccepted(id, owner: job.owner, host: host, size: job.document.size, isNew: isNew)
            return [.note(note), isNew ? .analyse(id, job.document) : .remove(job.document)]
        case .jobRefused(let refusal):
            return [.note(.jobRefused(host: host, reason: refusal.rawValue)), .remove(job.document)]
        case .failed(let failure):
            let full: [Action] = failure == .full ? [.storeIsFull] : []
            return [.note(.storeFailed(failure)), .remove(job.document)] + full
        default: preconditionFailure("acceptJob is answered by its own answers")
        }
    }

    /// All answers are in: the client hears the verdict.
    private mutating func conclude(_ id: LinkID, at now: MonotonicTime) -> [Action] {
        guard let submission = connections[id]?.submission else { return [] }
        connections[id]?.submission = nil
        return feed(.committed(submission.hasFailed ? .refused : .accepted), to: id, at: now)
    }
}

/// A document being received: the connection and its index there.
package struct DocumentToken: Hashable, Sendable {
    package let link: LinkID
    package let index: Int

    package init(link: LinkID, index: Int) {
        self.link = link
        self.index = index
    }
}
