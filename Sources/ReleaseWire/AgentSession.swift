// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// The agent's side of its connection to the server.
///
/// ```
/// fresh ──start──▶ opening ──welcome──▶ open
///                     │ enrolled, refused,  │ refused with correlation 0, silence,
///                     │ goaway, silence     │ broken or forbidden frame
///                     └──────▶ closed ◀─────┘
/// ```
package struct AgentSession: Machine {
    package enum Opening: Sendable {
        case hello(Hello)
        case enrol(Enrolment)
    }

    package enum Event: Sendable {
        case received([UInt8])
        /// Only while ``canRequest``. `correlation` is chosen by the caller, unique in this connection, not 0 (0 is
        /// the opening's).
        case request(UInt32, ReleaseMessage)
        /// A durable event; before its acknowledgement it is the caller's to keep. Only while ``canPublish``, in
        /// sequence.
        case publish(sequence: UInt64, ReleaseMessage)
        /// The same, of an event that the server does not know: it gets the number without the event.
        case withhold(sequence: UInt64)
        /// The document's bytes went on to the printer: let the server send so many more.
        case grant(UInt32, bytes: Int)
        /// The document is not wanted any more: nothing more is heard of it.
        case abandon(UInt32)
        /// The agent stops: nothing more is asked.
        case farewell
        case disconnected
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
        case opened(Welcome)
        /// The connection of an enrolment ends here: `close(.goAway)` follows.
        case enrolled(name: String)
        /// The reply to a request, refusals included.
        case reply(UInt32, ReleaseMessage)
        case acknowledged(through: UInt64)
        case document(UInt32, DocumentPiece)
        /// `sessionEnd` or `goAway`, unasked. After `goAway` nothing can be asked; what is open goes on.
        case told(ReleaseMessage)
        /// The last action.
        case close(LinkClosed)
    }

    private enum State: Sendable {
        case fresh
        case opening(until: MonotonicTime)
        case open
        case closed
    }

    package static let openingLimit = Duration.seconds(10)

    private let opening: ReleaseMessage
    private var state = State.fresh
    private var frames = FrameBuffer()
    private var clock: IdleClock
    private var requests = AgentRequests()
    /// One of the two has said goaway.
    private var isLeaving = false
    /// What both sides can do; nothing before the welcome.
    package private(set) var agreed: Set<Capability> = []
    /// The newest event sent, and the newest one acknowledged, on this connection.
    private var published: (last: UInt64, acknowledged: UInt64)?

    package init(opening: Opening, openedAt now: MonotonicTime) {
        self.opening =
            switch opening {
            case .hello(let hello): .hello(hello)
            case .enrol(let enrolment): .enrol(enrolment)
            }
        clock = IdleClock(at: now)
    }

    package var deadline: MonotonicTime? {
        switch state {
        case .opening(let until): until
        case .open: clock.deadline
        case .fresh, .closed: nil
        }
    }

    /// Whether a `request` is allowed now.
    package var canRequest: Bool { isOpen && !isLeaving && requests.hasRoom }

    /// How many more `publish` events the server's window has room for.
    package var eventsAllowed: Int {
        guard isOpen else { return 0 }
        guard let published else { return EventWindow.limit }
        return EventWindow.limit - Int(published.last - published.acknowledged)
    }

    package var canPublish: Bool { eventsAllowed > 0 }

    /// Sends the opening frame. Call it once, before any event.
    package mutating func start(at now: MonotonicTime) -> [Action] {
        guard case .fresh = state else { preconditionFailure("a connection is opened once") }
        state = .opening(until: now + Self.openingLimit)
        clock.hear(at: now)
        return [send(.request(opening))]
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        guard isOpen else { return close(.silent) }
        return switch clock.tick(at: now) {
        case .nothing: []
        case .ping: [send(.ping)]
        case .giveUp: close(.silent)
        }
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch state {
        case .fresh: preconditionFailure("start comes first")
        case .closed: return []
        case .opening, .open: break
        }
        switch event {
        case .received(let bytes): return receive(bytes, at: now)
        case .request(let correlation, let message): return request(correlation, message)
        case .publish(let sequence, let message):
            precondition(message.isDurable, "only events are published")
            return publish(sequence, Frame(.event(sequence: sequence, message.said(where: agreed))).encode())
        case .withhold(let sequence): return publish(sequence, Frame.withheldEvent(sequence: sequence))
        case .grant(let correlation, let bytes):
            guard let bytes = UInt32(exactly: bytes), bytes > 0 else { preconditionFailure("a grant is an amount") }
            return requests.grant(correlation, UInt64(bytes)) ? [send(.grant(bytes: bytes), correlation)] : []
        case .abandon(let correlation):
            return requests.abandon(correlation) ? [send(.abandon, correlation)] : []
        case .farewell: return farewell()
        case .disconnected: return close(.peerLeft)
        }
    }

    private var isOpen: Bool { if case .open = state { true } else { false } }
}

// MARK: - Our own words

extension AgentSession {
    private mutating func request(_ correlation: UInt32, _ message: ReleaseMessage) -> [Action] {
        precondition(canRequest && message.isRequest, "requests are made while canRequest says so")
        precondition(isAgreed(message), "nothing is said that was not agreed on")
        precondition(correlation != 0 && !requests.isOpen(correlation), "correlations are unique")
        requests.add(correlation, message)
        return [send(.request(message), correlation)]
    }

    private mutating func publish(_ sequence: UInt64, _ frame: [UInt8]) -> [Action] {
        precondition(canPublish, "events are published while canPublish says so")
        if let published {
            precondition(sequence == published.last + 1, "events are published in sequence")
        }
        precondition(Wire.sequences.contains(sequence), "events are numbered from 1")
        published = (last: sequence, acknowledged: published?.acknowledged ?? sequence - 1)
        return [.send(frame)]
    }

    private func isAgreed(_ message: ReleaseMessage) -> Bool { message.capability.map(agreed.contains) ?? true }

    private mutating func farewell() -> [Action] {
        guard isOpen, !isLeaving else { return [] }
        isLeaving = true
        return [send(.goAway(.goAway(retryAfter: .zero)))]
    }

    private func send(_ body: Frame.Body, _ correlation: UInt32 = 0) -> Action {
        .send(Frame(body, correlation: correlation).encode())
    }

    private mutating func close(_ reason: LinkClosed) -> [Action] {
        if case .closed = state { return [] }
        state = .closed
        frames = FrameBuffer()
        requests = AgentRequests()
        return [.close(reason)]
    }
}

// MARK: - Received frames

extension AgentSession {
    private mutating func receive(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        if !bytes.isEmpty { clock.hear(at: now) }
        var actions: [Action] = []
        var rest = bytes[...]
        do throws(WireFault) {
            while !rest.isEmpty {
                try frames.append(rest.prefix(FrameBuffer.stride))
                rest = rest.dropFirst(FrameBuffer.stride)
                while let (header, payload) = try frames.next(limit: frameLimit) {
                    actions += accept(try Frame(header, payload), at: now)
                    if case .closed = state { return actions }
                }
            }
        } catch {
            actions += close(.badBytes(error))
        }
        return actions
    }

    private var frameLimit: Int { isOpen ? FrameBuffer.frameLimit : FrameBuffer.openingLimit }

    private mutating func accept(_ frame: Frame, at now: MonotonicTime) -> [Action] {
        guard isOpen else { return answerToOpening(frame) }
        do throws(LinkClosed) {
            return try read(frame, at: now)
        } catch {
            return close(error)
        }
    }

    private mutating func answerToOpening(_ frame: Frame) -> [Action] {
        switch frame.body {
        case .reply(let message, _) where frame.correlation == 0 && message.answers(type: opening.type):
            switch message {
            case .welcome(let welcome):
                state = .open
                if case .hello(let hello) = opening { agreed = hello.capabilities.intersection(welcome.capabilities) }
                return [.opened(welcome)]
            case .enrolled(let name): return [.enrolled(name: name)] + close(.goAway)
            case .refused(let refusal): return close(.refused(refusal))
            default: return close(.unexpected("reply of another kind"))
            }
        case .goAway(let message): return [.told(message)] + close(.goAway)
        default: return close(.unexpected("no answer to the opening"))
        }
    }

    private mutating func read(_ frame: Frame, at now: MonotonicTime) throws(LinkClosed) -> [Action] {
        let correlation = frame.correlation
        switch frame.body {
        case .reply(.refused(let refusal), _) where correlation == 0: throw .refused(refusal)
        case .reply(let message, let hasMore):
            guard isAgreed(message) else { throw .unexpected("what was not agreed on") }
            return try requests.reply(correlation, message, hasMore: hasMore)
        case .bytes(let offset, let bytes): return try requests.bytes(correlation, offset: offset, bytes)
        case .end(let sha256): return try requests.end(correlation, sha256: sha256)
        case .failed(let refusal): return try requests.failed(correlation, refusal)
        case .abandon: return try requests.abandoned(correlation)
        case .acknowledgement(let through): return try acknowledge(through)
        case .command(let message): return [.told(message)]
        case .goAway(let message):
            isLeaving = true
            return [.told(message)]
        case .ping:
            guard clock.mayPing(at: now) else { throw .overrun }
            return [send(.pong, correlation)]
        case .pong: return []
        case .unknown(let header, _):
            // A request would wait for ever if its reply were passed over.
            guard !header.mustUnderstand, header.kind != .reply else {
                throw .unexpected("type \(header.type) of kind \(header.kind)")
            }
            return []
        case .request, .event, .grant: throw .unexpected("a frame that only the agent sends")
        }
    }

    private mutating func acknowledge(_ through: UInt64) throws(LinkClosed) -> [Action] {
        guard let sent = published, through > sent.acknowledged, through <= sent.last else {
            throw .unexpected("acknowledgement of \(through)")
        }
        published = (last: sent.last, acknowledged: through)
        return [.acknowledged(through: through)]
    }
}
