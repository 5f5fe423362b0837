// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives
package import ReleaseWire

/// All connections of the release protocol at one server.
///
/// It joins each connection's ``ServerSession`` to the store: a request becomes a question to the store, the store's
/// answer becomes the reply. No decision rests on what is kept here; it is the bookkeeping of open questions, and a
/// crash loses nothing but connections.
package struct ReleaseService: Machine {
    package enum Event: Sendable {
        /// TLS is up; the peer proved to hold the key.
        case connected(LinkID, key: KeyHash)
        case received(LinkID, [UInt8])
        /// The socket has taken everything that was sent.
        case drained(LinkID)
        case disconnected(LinkID)
        case answered(QuestionID, StoreReply)
        /// `nil` when too many checks wait: the PIN was neither right nor wrong.
        case pinChecked(QuestionID, matched: Bool?)
        /// `nil` when too many wait.
        case pinHashed(QuestionID, PINHash?)
        /// `nil` when too many documents are being read: the same piece is asked for again.
        case documentRead(QuestionID, DocumentPiece?)
        /// Look whether the agents that are connected may still be.
        case review
        /// What an administrator asked of the store, and what came of it.
        case administered(AdminRequest, AdminReply)
        /// The server stops: the agents are told, and what is open is finished, for at most ``drainLimit``. Answered
        /// by `drained`, once.
        case drain
    }

    package enum Action: Equatable, Sendable {
        case send(LinkID, [UInt8])
        case close(LinkID)
        /// The agent at that link is one of ours: the link counts as a stranger's no more.
        case admit(LinkID)
        /// After `drain`: no link is left.
        case drained
        case ask(QuestionID, StoreRequest)
        /// scrypt on its own thread; `nil` is checked against a dummy, so that the time tells nothing.
        case checkPIN(QuestionID, SecretBytes, PINHash?)
        /// A new one, on the same threads.
        case hashPIN(QuestionID, SecretBytes)
        case readDocument(QuestionID, StoredDocument, offset: UInt64, limit: Int)
        case note(ServerNote)
        /// The store could not write for want of room.
        case storeIsFull
    }

    /// What a question was about, so that its answer finds its way.
    enum Purpose: Sendable {
        case hello(LinkID, UInt32)
        case enrol(LinkID, UInt32)
        case verdict(LinkID, UInt32, reader: String)
        case read(LinkID, UInt32, ReadPlace)
        case guessing
        case loginSecret(LinkID, UInt32, Login)
        case loginCheck(LinkID, UInt32, Login)
        case prompt(LinkID, UInt32, ChallengeReply)
        case promptCheck(LinkID, UInt32, Prompt)
        case list(LinkID, UInt32)
        case selection(LinkID, UInt32)
        case release(LinkID, UInt32)
        case openDocument(LinkID, UInt32, ReleaseID)
        case sending
        case readDocument(LinkID, UInt32)
        case events(LinkID, [SequencedEvent])
        case farewell
        case endSession(LinkID, UInt32, SessionEnd)
        case rotateKey(LinkID, UInt32)
        case noteReport(LinkID, UInt32, ReportQuery)
        case readReport(LinkID, UInt32)
        case review
        case readers(LinkID, UInt32, agent: String)
        case offline(LinkID, OfflinePurpose)
    }

    /// A prompt that is being answered.
    struct Prompt: Equatable, Sendable {
        let number: UInt32
        let reader: String
    }

    /// What this server can do beyond the protocol's first version.
    package static let capabilities: Set<Capability> = [.dialogue, .offline, .readers, .reports, .rotation]

    /// Unsent bytes above which no more of a document is read for a connection.
    package static let congestionLimit = 131_072
    /// How often the store is told that a document is still being sent, which may take longer than the silence after
    /// which a release is given up.
    package static let sendingInterval = Duration.seconds(600)
    /// When the documents' thread has too much to do, so long.
    package static let readAgainAfter = Duration.milliseconds(50)
    /// How long what is being sent may take once the server is asked to stop.
    package static let drainLimit = Duration.seconds(30)
    /// When an agent that was told to go away should come back at the earliest: a restart takes as long.
    package static let returnAfter = Duration.seconds(2)

    /// Read from the wall clock by the shell before each event; used in records only.
    package var wall: WallTime
    var links: [LinkID: Link] = [:]
    /// Which connection of an agent was welcomed last.
    var seats: [AgentID: LinkID] = [:]
    var deadlines = LinkDeadlines()
    var refused = RefusedKeys()
    var purposes: [QuestionID: Purpose] = [:]
    var isReviewing = false
    /// At most the requests that all agents may have open.
    var parked: [ParkedRelease] = []
    var nudges = Nudges()
    var checks = SecretChecks()
    /// Links with a piece of a document to ask for again.
    var rereads = LinkDeadlines()
    var openings = OpeningRates()
    var budgets = AgentBudgets()
    /// Connections whose events wait for their agent's budget.
    var slowed = LinkDeadlines()
    /// What agents may do while this server is away.
    let offline: OfflinePolicy
    private var questionCount: UInt64 = 0
    private var drain = Drain.no

    /// ```
    /// no ──drain──▶ until the last link is gone ──▶ done
    /// ```
    private enum Drain: Equatable, Sendable {
        case no
        case until(MonotonicTime)
        case done
    }

    package init(offline: OfflinePolicy = .deny, wall: WallTime) {
        self.offline = offline
        self.wall = wall
    }

    package var linkCount: Int { links.count }

    /// The names of the agents that are connected now, in order.
    package var connectedAgents: [String] { links.values.compactMap(\.agentName).sorted() }

    /// May be earlier than any session's; the tick then finds out and nothing comes of it.
    package var deadline: MonotonicTime? {
        let end: MonotonicTime? = if case .until(let end) = drain { end } else { nil }
        return [
            deadlines.first, nudges.deadline, parked.map(\.until).min(), checks.deadline, rereads.first,
            refused.deadline, budgets.deadline, slowed.first, end,
        ].compactMap { $0 }.min()
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        if case .until(let end) = drain, now >= end { return dismiss(nil, at: now) + drainedIfDone() }
        return tickLinks(at: now) + drainedIfDone()
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        react(to: event, at: now) + drainedIfDone()
    }

    private mutating func tickLinks(at now: MonotonicTime) -> [Action] {
        let kept = deadlines.takeDue(at: now).flatMap { id -> [Action] in
            guard let actions = links[id]?.session.tick(at: now) else { return [] }
            deadlines.keep(links[id]?.session.deadline, of: id)
            return perform(actions, on: id, at: now)
        }
        let late = tickNudges(at: now) + tickParked(at: now) + tickChecks(at: now) + tickReads(at: now)
        let slow = tickEvents(at: now) + tellGuessing(at: now)
        let untold = refused.takeReport(at: now).map { Action.note(.agentsRefused(connections: $0)) }
        return kept + late + slow + (untold.map { [$0] } ?? [])
    }

    private mutating func react(to event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .connected(let id, let key):
            precondition(links[id] == nil, "a link is connected once")
            guard drain == .no else { return [.close(id)] }
            let link = Link(key: key, session: ServerSession(openedAt: now))
            links[id] = link
            deadlines.keep(link.session.deadline, of: id)
            return []
        case .received(let id, let bytes): return feed(.received(bytes), to: id, at: now)
        case .drained(let id): return drained(id, at: now)
        case .disconnected(let id): return feed(.disconnected, to: id, at: now)
        case .answered(let question, let reply):
            guard let purpose = purposes.removeValue(forKey: question) else { return [] }
            return answer(purpose, reply, at: now)
        case .pinChecked(let question, let matched):
            checks.finish(question)
            guard let purpose = purposes.removeValue(forKey: question) else { return nextChecks() }
            return pinChecked(purpose, matched, at: now) + nextChecks()
        case .pinHashed(let question, let hash):
            checks.finish(question)
            guard let purpose = purposes.removeValue(forKey: question) else { return nextChecks() }
            return pinHashed(purpose, hash, at: now) + nextChecks()
        case .documentRead(let question, let piece):
            guard case .readDocument(let id, let correlation) = purposes.removeValue(forKey: question) else {
                return []
            }
            return documentRead(question, id, correlation, piece, at: now)
        case .review: return review() + noteSending(at: now)
        case .administered(let request, let reply): return administered(request, reply, at: now)
        case .drain:
            drain = .until(now + Self.drainLimit)
            return links.keys.sorted().flatMap {
                feed(.tell(.goAway(retryAfter: Self.returnAfter)), to: $0, at: now)
            }
        }
    }

    /// The agent may have given up that document meanwhile and opened another one under the same number: a piece that
    /// answers another read than the last one is nobody's.
    private mutating func documentRead(
        _ question: QuestionID, _ id: LinkID, _ correlation: UInt32, _ piece: DocumentPiece?, at now: MonotonicTime
    ) -> [Action] {
        guard let read = links[id]?.reads[correlation], read.question == question else { return [] }
        links[id]?.reads[correlation] = nil
        guard let piece else {
            links[id]?.waitingReads.append(read.read)
            rereads.keep(now + Self.readAgainAfter, of: id)
            return []
        }
        if !piece.isBytes { links[id]?.documents[correlation] = nil }
        let actions = feed(.document(correlation, piece), to: id, at: now)
        // What is sent leads to `drained`; of a document that was given up nothing is.
        return actions + (links[id]?.unsent == 0 ? readAgain(id) : [])
    }

    /// Gives a session one event and performs what it asks for. A link that is gone swallows late answers.
    mutating func feed(_ event: ServerSession.Event, to id: LinkID, at now: MonotonicTime) -> [Action] {
        // In place: a copy of its bytes, which may be a PIN, would be let go without being overwritten.
        guard let actions = links[id]?.session.handle(event, at: now) else { return [] }
        deadlines.keep(links[id]?.session.deadline, of: id)
        return perform(actions, on: id, at: now)
    }

    mutating func ask(_ purpose: Purpose, _ request: StoreRequest) -> Action {
        .ask(open(purpose), request)
    }

    mutating func open(_ purpose: Purpose) -> QuestionID {
        questionCount += 1
        let question = QuestionID(questionCount)
        purposes[question] = purpose
        return question
    }

    private mutating func drainedIfDone() -> [Action] {
        guard case .until = drain, links.isEmpty else { return [] }
        drain = .done
        return [.drained]
    }

    private mutating func drained(_ id: LinkID, at now: MonotonicTime) -> [Action] {
        links[id]?.unsent = 0
        return readAgain(id)
    }

    private mutating func tickReads(at now: MonotonicTime) -> [Action] {
        rereads.takeDue(at: now).flatMap { readAgain($0) }
    }

    private mutating func readAgain(_ id: LinkID) -> [Action] {
        guard let waiting = links[id]?.waitingReads else { return [] }
        links[id]?.waitingReads = []
        return waiting.flatMap { read(id, $0) }
    }

    /// A revoked agent is cut off at once, and who holds what it should not, or remembers whom it should not, hears of
    /// it.
    private mutating func administered(
        _ request: AdminRequest, _ reply: AdminReply, at now: MonotonicTime
    ) -> [Action] {
        if reply == .failed(.full) { return [.storeIsFull] }
        guard reply.isDone else { return [] }
        let farewells: [Action] = if case .revokeAgent(let name) = request { dismiss(name, at: now) } else { [] }
        return farewells + (request.takesBackWhatWasLent ? askEverybodyToAsk(at: now) : [])
    }

    /// The agent of this name; `nil` for all, whoever they are.
    private mutating func dismiss(_ agent: String?, at now: MonotonicTime) -> [Action] {
        let why = Refusal(agent == nil ? .maintenance : .revoked)
        return links.keys.sorted().flatMap { id -> [Action] in
            guard agent == nil || links[id]?.agentName == agent else { return [] }
            return feed(.closeNow(.refused(why)), to: id, at: now)
        }
    }
}

/// One connection of an agent.
struct Link: Sendable {
    let key: KeyHash
    var session: ServerSession
    var seat: AgentSeat?
    var agentName: String?
    var stream: [UInt8] = []
    /// Documents being read, by the request that opened them.
    var documents: [UInt32: OpenDocument] = [:]
    /// The read of each that is under way.
    var reads: [UInt32: (question: QuestionID, read: DocumentRead)] = [:]
    /// Durable events that wait for the store to finish with those before them.
    var events: [SequencedEvent] = []
    var isRecording = false
    /// What it said of its readers is on its way to the store.
    var isNotingReaders = false
    var unsent = 0
    /// Reads that wait until the socket, or the documents' thread, has room.
    var waitingReads: [DocumentRead] = []
    /// Reports that were asked for while another one is made; each is an open request.
    var waitingReports: [(correlation: UInt32, query: ReportQuery)] = []
    var isReporting = false
    /// Reports whose first rows were recorded as seen on this connection.
    var seenReports: Set<String> = []
    /// It was refused like the one before it: its end is no news.
    var isQuiet = false

    init(key: KeyHash, session: ServerSession) {
        self.key = key
        self.session = session
    }
}

/// A document that an agent is reading.
struct OpenDocument: Sendable {
    let document: StoredDocument
    /// `nil` when it is lent.
    var release: ReleaseID?
    /// When the store was told last that it is being read.
    var toldAt: MonotonicTime
}

struct DocumentRead: Sendable {
    let correlation: UInt32
    let offset: UInt64
    let limit: Int
}

extension DocumentPiece {
    /// Something follows.
    fileprivate var isBytes: Bool { if case .bytes = self { true } else { false } }
}

/// A connection, as the shell numbers it; never used again.
package struct LinkID: Hashable, Comparable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }
}

/// An open question to the store or another thread.
package struct QuestionID: Hashable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }
}
