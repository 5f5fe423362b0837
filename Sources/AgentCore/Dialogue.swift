// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire

/// A read, or a log-in, on its way to its outcome.
struct OpenRead: Hashable, Sendable {
    let reader: String
    let key: [UInt8]
    let presentedAt: MonotonicTime
}

/// One person at one reader, from the badge or the first key to the end of it. The core holds one of these for each
/// read that is open; of all of them one at most waits for its person, because the box has one keypad.
///
/// ```
/// badge ─▶ asking ─▶ typing PIN, new PIN, code … ─▶ asking ─▶ released, refused, … ─▶ over
///            │  ▲  ◀──────────────────────────────────┘ ▲
///            │  └─ again: the same badge once more      │
///            └───▶ desk: list, choice, account ─────────┘
/// ```
/// Each read and each log-in gets one outcome, shown and recorded. What the person does at the desk after that is
/// shown only.
struct Dialogue: Sendable {
    enum State: Sendable {
        case asking(Question, until: MonotonicTime)
        case typing(Entry)
        /// A badge has to be held once more.
        case again(until: MonotonicTime)
        /// The person has the choice.
        case desk(until: MonotonicTime)
        case over
    }

    /// What the server was asked.
    enum Question: Equatable, Sendable {
        /// Who this is: CREDENTIAL, LOGIN, CHALLENGE_REPLY, CHANGE_PIN. `typed`: what was typed, to be typed again
        /// when the server was too busy to look at it.
        case person(typed: Entry.Purpose? = nil)
        case release
        case jobs(isFirst: Bool)
        case hold
        case delete
        /// `exactly`: the one with the code that was typed is chosen, and what waited for it goes on.
        case accounts(exactly: String?)
    }

    /// What is being typed, and how far it is.
    struct Entry: Sendable {
        enum Purpose: Equatable, Sendable {
            case pin(prompt: UInt32)
            case newPIN(prompt: UInt32)
            case repeatPIN(prompt: UInt32)
            case activation(prompt: UInt32)
            /// With the prompt of the unknown badge that becomes this user's.
            case number(prompt: UInt32?)
            case numbersPIN(user: String, prompt: UInt32?)
            case account
        }

        let purpose: Purpose
        var digits: [UInt8] = []
        var until: MonotonicTime
    }

    enum Action: Equatable, Sendable {
        case ask(ReleaseMessage)
        /// The person goes on meanwhile.
        case askAside(ReleaseMessage)
        /// Nothing waits for its answer.
        case tell(ReleaseMessage)
        /// A log-in begins: it is journaled like a read.
        case presented(OpenRead)
        case show(Feedback)
        /// The one outcome of these reads, as it was just shown.
        case record([OpenRead], ReadResult)
        /// The server is away: what the box can do for this badge by itself. Shown and recorded by who does it.
        case serveAway(OpenRead, RawRead)
        case bringOut([ReleaseGrant], PrinterLink, for: OpenRead)
    }

    /// Of the list, while its person goes on.
    enum Refresh: Sendable {
        case no
        case asked(isFirst: Bool)
    }

    /// What a dialogue can see of the box around it.
    struct Surroundings: Sendable {
        let time: MonotonicTime
        let limits: AgentCore.Limits
        /// The link is open and has room for a request.
        let canAsk: Bool
        /// New reads are taken in: the journal has room and the box is not stopping.
        let takesReads: Bool
        /// The server speaks `dialogue`.
        let isAgreed: Bool
        /// A screen is there that asks and is asked.
        let hasScreen: Bool
        /// Who is logged in gets the list instead of all documents.
        let opensList: Bool
    }

    /// Of what is typed on keys, other than a PIN.
    static let digitLimit = 32

    /// Names it among the core's questions.
    let number: Int
    let place: String
    var state: State
    /// `nil` while a number is being typed and nothing was asked yet.
    var read: OpenRead?
    /// The current read has its outcome.
    var isConcluded = false
    /// The current read answers the question for the same badge.
    private(set) var isHeldAgain = false
    /// And it reads the same.
    private(set) var isSameHeldAgain = false
    private var heldBadge: RawRead?
    /// The server did not look at the log-in: the next one goes on with its read.
    var isLoginOpen = false
    /// Earlier reads of an unknown badge, whose outcome is whether the badge becomes somebody's.
    var registering: [OpenRead] = []
    var session: DeskSession?
    /// Documents have come out since the list was fetched.
    var isStale = false
    var refresh = Refresh.no
    /// Logged in at a screen, where there is a list to be seen.
    var wantsList = false
    /// When the person is to have an answer; it moves when they do something.
    private var answerBy: MonotonicTime
    /// The billing code that was chosen when the server was lost.
    private(set) var lostAccount: AccountID?
    /// Once the server has answered, the person is logged out for this reason.
    var leaving: SessionEnd.Reason?

    private init(number: Int, place: String, state: State, in box: Surroundings) {
        self.number = number
        self.place = place
        self.state = state
        answerBy = box.time + box.limits.readLife
    }

    /// A badge.
    static func presented(
        _ read: OpenRead, _ raw: RawRead, number: Int, in box: Surroundings
    ) -> (Dialogue, [Action]) {
        var dialogue = Dialogue(number: number, place: read.reader, state: .over, in: box)
        let actions = dialogue.take(read, raw, in: box)
        return (dialogue, actions)
    }

    /// Somebody without a badge.
    static func typing(at place: String, number: Int, in box: Surroundings) -> Dialogue {
        let entry = Entry(purpose: .number(prompt: nil), until: box.time + box.limits.pinPause)
        return Dialogue(number: number, place: place, state: .typing(entry), in: box)
    }

    // MARK: What the core asks of it

    var isOver: Bool { if case .over = state { true } else { false } }

    /// Nothing goes on before its person does something at the keypad or at the screen. A badge that is to be held
    /// again is no such thing: others may come and go at the box's other readers meanwhile.
    var isWaiting: Bool {
        switch state {
        case .typing, .desk: true
        case .asking, .again, .over: false
        }
    }

    var awaitsBadge: Bool { if case .again = state { true } else { false } }

    var isAsking: Bool { if case .asking = state { true } else { false } }

    var deadline: MonotonicTime? {
        switch state {
        case .asking(_, let until), .again(let until), .desk(let until): until
        case .typing(let entry): entry.until
        case .over: nil
        }
    }

    // MARK: Badges

    /// The first badge, or the same one once more.
    mutating func take(_ next: OpenRead, _ raw: RawRead, in box: Surroundings) -> [Action] {
        act(in: box)
        isHeldAgain = awaitsBadge
        isSameHeldAgain = awaitsBadge && raw == heldBadge
        heldBadge = raw
        isLoginOpen = false
        if let read { registering.append(read) }
        read = next
        guard box.canAsk else { return [.presented(next)] + takeAway(next, raw) }
        let presented = Presented(reader: place, read: raw, key: next.key, age: .zero)
        return ask(.credential(presented), .person()) + [.presented(next)]
    }

    private mutating func takeAway(_ next: OpenRead, _ raw: RawRead) -> [Action] {
        guard registering.isEmpty else { return fail(.serverAway, .serverAway) }
        return finish(nil) + [.serveAway(next, raw)]
    }

    /// Another badge, or somebody at the keypad: this one's turn is over. What the server was asked is waited for,
    /// because it may be releasing.
    mutating func giveWay(in box: Surroundings) -> [Action] {
        if isWaiting { return leave(.replaced, in: box) }
        if session != nil { leaving = .replaced }
        return []
    }

    // MARK: Time and the link

    mutating func tick(in box: Surroundings) -> (actions: [Action], isUnanswered: Bool) {
        guard let deadline, box.time >= deadline else { return ([], false) }
        guard isAsking else { return (leave(.idle, in: box), false) }
        return (fail(.tooLate, .expired), true)
    }

    /// The link is gone, and with it every prompt and the session. A number that is being typed needs neither.
    mutating func loseLink() -> [Action] {
        if case .typing(let entry) = state, entry.purpose.isFree { return [] }
        return fail(.serverAway, .serverAway)
    }

    /// The server ended the session.
    mutating func sessionEnded(_ end: SessionEnd) -> [Action] {
        guard session?.id == end.session else { return [] }
        return fail(.loggedOut, session?.lastResult ?? .listed)
    }

    // MARK: The end

    /// The person's own end, or that of their patience.
    mutating func leave(_ reason: SessionEnd.Reason, in box: Surroundings) -> [Action] {
        if awaitsBadge { return fail(.notHeldAgain, .abandoned) }
        guard let open = session else { return read == nil ? finish(.ready) : fail(.abandoned, .abandoned) }
        let end: [Action] = box.canAsk ? [.tell(.sessionEnd(SessionEnd(session: open.id, reason: reason)))] : []
        guard isConcluded else { return end + fail(.loggedOut, open.lastResult ?? .listed) }
        return end + finish(reason == .replaced ? nil : .ready)
    }

    /// Ends it all: what has no outcome yet gets this one.
    /// - Parameter feedback: `nil` when what was shown last is to stand.
    mutating func fail(_ feedback: Feedback?, _ result: ReadResult) -> [Action] {
        let earlier = registering
        registering = []
        if feedback == .serverAway || feedback == .tooLate { lostAccount = session?.account?.id }
        guard let read, !isConcluded else { return finish(.sessionOver) }
        return finish(feedback) + [.record(earlier + [read], result)]
    }

    mutating func conclude(_ read: OpenRead, _ feedback: Feedback, _ result: ReadResult) -> [Action] {
        isConcluded = true
        return [.show(feedback), .record([read], result)]
    }

    mutating func finish(_ feedback: Feedback?) -> [Action] {
        state = .over
        return feedback.map { [.show($0)] } ?? []
    }

    /// The person did something.
    mutating func act(in box: Surroundings) { answerBy = box.time + box.limits.readLife }

    mutating func ask(_ message: ReleaseMessage, _ question: Question) -> [Action] {
        state = .asking(question, until: answerBy)
        return [.ask(message)]
    }
}

extension Dialogue.Entry.Purpose {
    /// Whether it can be typed without the server.
    fileprivate var isFree: Bool {
        switch self {
        case .number(prompt: nil), .numbersPIN(_, prompt: nil): true
        case .pin, .newPIN, .repeatPIN, .activation, .number, .numbersPIN, .account: false
        }
    }
}
