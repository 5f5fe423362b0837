// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives
package import ReleaseRules

/// What the server does unasked: counts the pages of new jobs, a few at a time, purges unclaimed ones, and looks how
/// full the disk is.
package struct Housekeeper: Machine {
    package enum Event: Sendable {
        case started
        case analyse(JobID, StoredDocument)
        /// `nil` when the analysis failed: the job stays held, its pages unknown.
        case analysed(JobID, kind: String, PageCount?, failure: String?)
        case answered(QuestionID, StoreReply)
        /// `nil` when nobody knows now.
        case diskMeasured(DiskRoom?)
        case reserveMade(Bool)
        /// The store could not write, whoever asked it.
        case storeIsFull
    }

    package enum Action: Equatable, Sendable {
        case analyse(JobID, StoredDocument)
        case ask(QuestionID, StoreRequest)
        /// Let ``ReleaseService`` look whether its agents may still be connected.
        case reviewSeats
        /// The documents of purged jobs, their keys already gone.
        case remove([StoredDocument])
        case note(ServerNote)
        case measureDisk
        /// Of new jobs.
        case take(SpoolState)
        /// Answered by `reserveMade`.
        case makeReserve
        case dropReserve
    }

    /// Analyses that run at once; each is a process of its own.
    package static let analysisLimit = 2
    /// Jobs that wait in memory for their analysis. Beyond it the store is asked again when there is room.
    package static let waitingLimit = 64
    package static let purgeInterval = Duration.seconds(60)
    /// An agent that another process revoked is cut off within 5 s.
    package static let reviewInterval = Duration.seconds(2)

    private enum Purpose: Sendable { case purge, backlog, record, spool }

    /// Read from the wall clock by the shell before each event; used in records only.
    package var wall: WallTime
    private var running: Set<JobID> = []
    private var waiting: [StoredJob] = []
    private var hasBacklog = false
    private var purposes: [QuestionID: Purpose] = [:]
    private var questionCount: UInt64 = 0
    private var purgeAt: MonotonicTime?
    private var reviewAt: MonotonicTime?

    package private(set) var disk: DiskWatch
    private let reviewInterval: Duration

    /// - Parameter reviewInterval: a test's own.
    package init(
        wall: WallTime, marks: SpoolMarks = SpoolMarks(), reviewInterval: Duration = Self.reviewInterval
    ) {
        self.wall = wall
        self.reviewInterval = reviewInterval
        disk = DiskWatch(marks)
    }

    package var deadline: MonotonicTime? { [purgeAt, reviewAt].compactMap { $0 }.min() }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        if let reviewAt, now >= reviewAt {
            self.reviewAt = now + reviewInterval
            actions += [.reviewSeats, .measureDisk]
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
            return [
                .measureDisk, ask(.purge, .purge(at: wall)),
                ask(.backlog, .findUnanalysed(limit: Self.waitingLimit)),
            ]
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
        case .diskMeasured(let room): return room.map { obey(disk.measured($0)) } ?? []
        case .reserveMade(let isMade):
            if !isMade { disk.reserveFailed() }
            return []
        case .storeIsFull: return obey(disk.storeIsFull())
        }
    }

    private mutating func obey(_ orders: [DiskWatch.Order]) -> [Action] {
        orders.flatMap { order -> [Action] in
            switch order {
            case .take(let state):
                let request = StoreRequest.noteSpool(state, percent: disk.percent, at: wall)
                return [.take(state), .note(.spool(state, percent: disk.percent)), ask(.spool, request)]
            case .makeReserve: return [.makeReserve]
            case .dropReserve: return [.dropReserve, .note(.reserveGivenUp)]
            }
        }
    }

    private mutating func answered(_ purpose: Purpose, _ reply: StoreReply) -> [Action] {
        switch (purpose, reply) {
        case (.backlog, .failed(let failure)), (.record, .failed(let failure)):
            // Asked again when the next analysis is through.
            hasBacklog = true
            return failed(failure)
        case (_, .failed(let failure)): return failed(failure)
        case (.purge, .purged(let documents)):
            return documents.isEmpty ? [] : [.remove(documents), .note(.purged(documents: documents.count))]
        case (.backlog, .unanalysed(let jobs)):
            // As many as were asked for: there may be more.
            hasBacklog = hasBacklog || jobs.count >= Self.waitingLimit
            for job in jobs { enqueue(job) }
            return startNext()
        case (.record, .done), (.spool, .done): return []
        case (.purge, _), (.backlog, _), (.record, _), (.spool, _):
            preconditionFailure("the store answers a question with that question's answers")
        }
    }

    private mutating func failed(_ failure: StoreFailure) -> [Action] {
        [.note(.storeFailed(failure))] + (failure == .full ? obey(disk.storeIsFull()) : [])
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
