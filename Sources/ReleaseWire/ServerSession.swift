// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// The server's side of one agent's connection.
///
/// ```
/// greeting ──hello or enrol──▶ asked ──welcome──▶ open ──goaway, ours or theirs──▶ open, until nothing is
///     │ silence                  │ enrolled, refused, any byte     │ silence, broken or forbidden frame
///     └──────────────────────────┴─────────▶ closed ◀──────────────┘
/// ```
package struct ServerSession: Machine {
    package enum Event: Sendable {
        case received([UInt8])
        /// The answer to an asked request, of a kind that its type allows, or `refused`. Each asked request gets one.
        case reply(UInt32, ReleaseMessage)
        /// Durable events up to this sequence number are committed: acknowledge them.
        case committed(through: UInt64)
        /// In answer to `readDocument`. One that comes after `closeDocument` is dropped.
        case document(UInt32, DocumentPiece)
        /// Unasked, from us: `sessionEnd`, `goAway`, and the commands of `offline` where that is agreed. After `goAway`
        /// new requests are refused; what is open goes on, and the connection ends with it.
        case tell(ReleaseMessage)
        /// A newer connection of the same agent took over, or the agent was revoked, or the server stops. The agent
        /// is told when the reason is a refusal.
        case closeNow(LinkClosed)
        case disconnected
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
        /// A request waits for `reply(correlation, …)`. `hello` and `enrol` come with 0.
        case ask(UInt32, ReleaseMessage)
        /// A durable event; `nil` when it is of a later version, so that only its number is committed. Several may be
        /// open; `committed(through:)` answers them.
        case record(sequence: UInt64, ReleaseMessage?)
        /// Credit is there: hand over up to `limit` bytes from `offset` as `document(correlation, …)`. At the end of
        /// the document, hand over `end`.
        case readDocument(UInt32, offset: UInt64, limit: Int)
        /// The agent gave the document up, or the connection ended while it was open.
        case closeDocument(UInt32)
        /// The last action; bytes already sent leave first.
        case close(LinkClosed)
    }

    private enum State: Sendable {
        case greeting(until: MonotonicTime)
        /// The type of the opening message.
        case asked(UInt16)
        case open
        case closed
    }

    /// Said by whom; then the connection ends as soon as nothing is open.
    private enum Leaving: Sendable {
        case us(retryAfter: Duration)
        case peer
    }

    package static let greetingLimit = Duration.seconds(5)

    private var state: State
    private var frames = FrameBuffer()
    private var clock: IdleClock
    private var requests = ServerRequests()
    private var events = EventWindow()
    /// What the agent said it can do, and, once it is welcome, what both sides can.
    package private(set) var agreed: Set<Capability> = []
    private var leaving: Leaving?
    private var isEnrolling = false

    package init(openedAt now: MonotonicTime) {
        state = .greeting(until: now + Self.greetingLimit)
        clock = IdleClock(at: now)
    }

    package var deadline: MonotonicTime? {
        switch state {
        case .greeting(let until): until
        case .asked: clock.dead
        case .open: clock.deadline
        case .closed: nil
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        guard case .open = state else { return close(.silent) }
        return switch clock.tick(at: now) {
        case .nothing: []
        case .ping: [send(.ping)]
        case .giveUp: close(.silent)
        }
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        if case .closed = state { return [] }
        let actions = react(to: event, at: now)
        return actions + leaveIfDone()
    }

    private mutating func react(to event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .received(let bytes): return receive(bytes, at: now)
        case .reply(let correlation, let message): return reply(correlation, message)
        case .committed(let through): return acknowledge(events.commit(through: through))
        case .document(let correlation, let piece): return requests.document(correlation, piece)
        case .tell(let message): return tell(message)
        case .closeNow(let reason): return close(reason, telling: reason)
        case .disconnected: return close(.peerLeft)
        }
    }
}

// MARK: - Received frames

extension ServerSession {
    private mutating func receive(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        if !bytes.isEmpty { clock.hear(at: now) }
        var actions: [Action] = []
        var rest = bytes[...]
        do throws(WireFault) {
            while !rest.isEmpty {
                try frames.append(rest.prefix(FrameBuffer.stride))
                rest = rest.dropFirst(FrameBuffer.stride)
                while isReading, let (header, payload) = try frames.next(limit: frameLimit) {
                    actions += accept(try Frame(header, payload), at: now)
                }
                if case .closed = state { return actions }
                if case .asked = state, !(frames.isEmpty && rest.isEmpty) {
                    return actions + refuse("bytes before the answer to the opening")
                }
            }
        } catch {
            actions += close(.badBytes(error), telling: .badBytes(error))
        }
        return actions
    }

    private var isReading: Bool {
        switch state {
        case .greeting, .open: true
        case .asked, .closed: false
        }
    }

    private var frameLimit: Int {
        if case .open = state { FrameBuffer.frameLimit } else { FrameBuffer.openingLimit }
    }

    private mutating func accept(_ frame: Frame, at now: MonotonicTime) -> [Action] {
        if case .greeting = state { return open(frame) }
        let correlation = frame.correlation
        switch frame.body {
        case .request(let message): return request(correlation, message)
        case .event(let sequence, let message):
            return receive(sequence) ?? [.record(sequence: sequence, message)]
        case .grant(let bytes): return requests.grant(correlation, UInt64(bytes))
        case .abandon: return requests.abandon(correlation)
        case .ping: return clock.mayPing(at: now) ? [send(.pong, correlation)] : overrun()
        case .pong: return []
        case .goAway:
            leaving = leaving ?? .peer
            return []
        case .unknown(let header, let sequence): return pass(header, sequence)
        case .reply, .command, .acknowledgement, .bytes, .end, .failed:
            return refuse("a frame that only the server sends")
        }
    }

    private mutating func open(_ frame: Frame) -> [Action] {
        guard case .request(let message) = frame.body, frame.correlation == 0 else {
            return refuse("no hello or enrol at first")
        }
        switch message {
        case .hello(let hello):
            agreed = hello.capabilities
            state = .asked(message.type)
            return [.ask(0, message)]
        case .enrol:
            isEnrolling = true
            state = .asked(message.type)
            return [.ask(0, message)]
        default: return refuse("no hello or enrol at first")
        }
    }

    private mutating func request(_ correlation: UInt32, _ message: ReleaseMessage) -> [Action] {
        guard message.isRequest else { return refuse("a second opening") }
        guard correlation != 0, !requests.isOpen(correlation) else { return refuse("a correlation in use") }
        if let refusal = refusal(of: message) { return [send(.reply(.refused(refusal), hasMore: false), correlation)] }
        guard requests.add(correlation, message) else { return overrun() }
        return [.ask(correlation, message)]
    }

    /// What was not agreed on is to us as what we do not know. And only an agent that has not read our goaway yet asks
    /// for more; the end of a session is no beginning.
    private func refusal(of message: ReleaseMessage) -> Refusal? {
        guard isAgreed(message) else { return Refusal(.unexpected) }
        guard case .us(let retryAfter) = leaving else { return nil }
        if case .sessionEnd = message { return nil }
        return Refusal(.maintenance, retryAfter: retryAfter)
    }

    private func isAgreed(_ message: ReleaseMessage) -> Bool { message.capability.map(agreed.contains) ?? true }

    /// `nil` when the event is the next one.
    private mutating func receive(_ sequence: UInt64) -> [Action]? {
        switch events.receive(sequence) {
        case .next: nil
        case .gap: refuse("a gap in the events")
        case .overrun: overrun()
        }
    }

    /// A type of a later version: passed over where the sender allows it.
    private mutating func pass(_ header: FrameHeader, _ sequence: UInt64?) -> [Action] {
        guard header.kind != .reply else { return refuse("a frame that only the server sends") }
        if !header.mustUnderstand {
            guard let sequence else { return [] }
            return receive(sequence) ?? [.record(sequence: sequence, nil)]
        }
        guard header.kind == .request, header.correlation != 0, !requests.isOpen(header.correlation) else {
            return refuse("type \(header.type) of kind \(header.kind)")
        }
        return [send(.reply(.refused(Refusal(.unexpected)), hasMore: false), header.correlation)]
    }
}

// MARK: - Our own words

extension ServerSession {
    private mutating func reply(_ correlation: UInt32, _ answer: ReleaseMessage) -> [Action] {
        let message = spoken(answer)
        switch state {
        case .asked(let type):
            precondition(correlation == 0 && message.answers(type: type), "the opening is answered first")
            return answerOpening(message)
        case .open:
            precondition(isAgreed(message), "nothing is said that was not agreed on")
            return requests.reply(correlation, message)
        case .greeting, .closed: preconditionFailure("there is nothing to answer yet")
        }
    }

    /// An agent that knows no capability is of a version that knows the first codes only. Whoever enrols has had no
    /// occasion to name any.
    private func spoken(_ message: ReleaseMessage) -> ReleaseMessage {
        guard agreed.isEmpty, !isEnrolling, case .refused(var refusal) = message else { return message }
        refusal.code = refusal.code.first
        return .refused(refusal)
    }

    private mutating func answerOpening(_ message: ReleaseMessage) -> [Action] {
        let answer = send(.reply(message, hasMore: false))
        switch message {
        case .welcome(let welcome):
            state = .open
            agreed.formIntersection(welcome.capabilities)
            return [answer]
        case .refused(let refusal): return [answer] + close(.refused(refusal))
        default: return [answer] + close(.goAway)
        }
    }

    private mutating func tell(_ message: ReleaseMessage) -> [Action] {
        switch message {
        case .goAway(let retryAfter):
            leaving = .us(retryAfter: retryAfter)
            let told = send(.goAway(message))
            guard case .open = state else { return [told] + close(.goAway) }
            return [told]
        case .sessionEnd:
            guard case .open = state else { preconditionFailure("a session belongs to an open connection") }
            return [send(.command(message))]
        case .offline(let word) where word.isCommand:
            guard case .open = state, agreed.contains(.offline) else {
                preconditionFailure("nothing is said that was not agreed on")
            }
            return [send(.command(message))]
        default: preconditionFailure("nothing else is said unasked")
        }
    }

    private func acknowledge(_ through: UInt64?) -> [Action] {
        through.map { [send(.acknowledgement(through: $0))] } ?? []
    }

    private func send(_ body: Frame.Body, _ correlation: UInt32 = 0) -> Action {
        .send(Frame(body, correlation: correlation).encode())
    }
}

// MARK: - The end

extension ServerSession {
    private mutating func refuse(_ what: String) -> [Action] {
        close(.unexpected(what), telling: .unexpected(what))
    }

    private mutating func leaveIfDone() -> [Action] {
        guard leaving != nil, case .open = state, requests.isEmpty, events.isSettled else { return [] }
        return close(.goAway)
    }

    private mutating func overrun() -> [Action] { close(.overrun, telling: .overrun) }

    private mutating func close(_ reason: LinkClosed, telling told: LinkClosed? = nil) -> [Action] {
        if case .closed = state { return [] }
        state = .closed
        frames = FrameBuffer()
        let word = told?.lastWord.map { [send(.reply(spoken(.refused($0)), hasMore: false))] } ?? []
        return word + requests.closeAll() + [.close(reason)]
    }
}

extension LinkClosed {
    /// What the peer is told before the connection ends: a refusal with correlation 0.
    fileprivate var lastWord: Refusal? {
        switch self {
        case .peerLeft, .silent, .goAway: nil
        case .badBytes(.tooLong): Refusal(.tooLarge)
        case .badBytes(.notCanonical): Refusal(.notCanonical)
        case .badBytes: Refusal(.badFrame)
        case .unexpected: Refusal(.unexpected)
        case .refused(let refusal): refusal
        case .overrun: Refusal(.tooLarge)
        }
    }
}
