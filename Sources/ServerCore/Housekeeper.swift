// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// What the server does unasked: counts the pages of new jobs, a few at a time, and purges unclaimed ones.
package struct Housekeeper: Machine {
    package enum Event: Sendable {
        case started
        case analyse(JobID, StoredDocument)
        /// `nil` when the analysis failed: the job stays held, its pages unknown.
        case analysed(JobID, kind: String, PageCount?, failure: String?)
        case answered(QuestionID, StoreReply)
    }

    package enum Action: Equatable, Sendable {
        case analyse(JobID, StoredDocument)
        case ask(QuestionID, StoreRequest)
        /// Let ``ReleaseService`` look whether its agents may still be connected.
        case reviewSeats
        /// The documents of purged jobs, their keys already gone.
        case remove([StoredDocument])
        case note(ServerNote)
    }

    /// Analyses that run at once; each is a process of its own.
    package static let analysisLimit = 2
    /// Jobs that wait in memory for their analysis. Beyond it the store is asked again when there is room.
    package static let waitingLimit = 64
    package static let purgeInterval = Duration.seconds(60)
    /// An agent that another process revoked is cut off within 5 s.
    package static let reviewInterval = Duration.seconds(2)

    private enum Purpose: Sendable { case purge, backlog, record }

    /// Read from the wall clock by the shell before each event; used in records only.
    package var wall: WallTime
    private var running: Set<JobID> = []
    private var waiting: [StoredJob] = []
    private var hasBacklog = false
    private var purposes: [QuestionID: Purpose] = [:]
    private var questionCount: UInt64 = 0
    private var purgeAt: MonotonicTime?
    private var reviewAt: MonotonicTime?

    private let reviewInterval: Duration

    /// - Parameter reviewInterval: a test's own.
    package init(wall: WallTime, reviewInterval: Duration = Self.reviewInterval) {
        self.wall = wall
        self.reviewInterval = reviewInterval
    }

    package var deadline: MonotonicTime? { [purgeAt, reviewAt].compactMap { $0 }.min() }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        if let reviewAt, now >= reviewAt {
            self.reviewAt = now + reviewInterval
            actions.append(.reviewSeats)
        }
        if let purgeAt, now >= purgeAt {
            self.purgeAt = now + Self.purgeInterval
            actions.append(ask(.purge, .purge(at: wall)))
        }
        return actions
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .started:
            purgeAt = now + Self.purgeInterval
            reviewAt = now + reviewInterval
            return [ask(.purge, .purge(at: wall)), ask(.backlog, .findUnanalysed(limit: Self.waitingLimit))]
        case .analyse(let job, let document):
            enqueue(StoredJob(job: job, document: document))
            return startNext()
        case .analysed(let job, let kind, let count, let failure):
            running.remove(job)
            let note: [Action] = failure.map { [.note(.analysisFailed(job, reason: $0))] } ?? []
            return note + [ask(.record, .recordAnalysis(job: job, kind: kind, count: count))] + startNext()
        case .answered(let question, let reply):
            guard let purpose = purposes.removeValue(forKey: question) else { return [] }
            return answered(purpose, reply)
        }
    }

    private mutating func answered(_ purpose: Purpose, _ reply: StoreReply) -> [Action] {
        switch (purpose, reply) {
        case (.backlog, .failed(let failure)), (.record, .failed(let failure)):
            // Asked again when the next analysis is through.
            hasBacklog = true
            return [.note(.storeFailed(failure))]
        case (_, .failed(let failure)): return [.note(.storeFailed(failure))]
        case (.purge, .purged(let documents)):
            return documents.isEmpty ? [] : [.remove(documents), .note(.purged(documents: documents.count))]
        case (.backlog, .unanalysed(let jobs)):
            // As many as were asked for: there may be more.
            hasBacklog = hasBacklog || jobs.count >= Self.waitingLimit
            for job in jobs { enqueue(job) }
            return startNext()
        case (.record, .done): return []
        case (.purge, _), (.backlog, _), (.record, _):
            preconditionFailure("the store answers a question with that question's answers")
        }
    }

    private mutating func enqueue(_ job: StoredJob) {
        guard !running.contains(job.job), !waiting.contains(where: { $0.job == job.job }) else { return }
        if waiting.count < Self.waitingLimit { waiting.append(job) } else { hasBacklog = true }
    }

    private mutating func startNext() -> [Action] {
        var actions: [Action] = []
        while running.count < Self.analysisLimit, !waiting.isEmpty {
            let next = waiting.removeFirst()
            running.insert(next.job)
            actions.append(.analyse(next.job, next.document))
        }
        if waiting.isEmpty, hasBacklog {
            hasBacklog = false
            actions.append(ask(.backlog, .findUnanalysed(limit: Self.waitingLimit)))
        }
        return actions
    }

    private mutating func ask(_ purpose: Purpose, _ request: StoreRequest) -> Action {
        questionCount += 1
        purposes[QuestionID(questionCount)] = purpose
        return .ask(QuestionID(questionCount), request)
    }
}
