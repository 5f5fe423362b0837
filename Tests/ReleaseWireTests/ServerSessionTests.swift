// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

struct ServerSessionTests {
    private let now = Samples.start
    private let refusedWord = Frame(.reply(.refused(Refusal(.unexpected)), hasMore: false))

    private func opened() -> ServerSession {
        var session = ServerSession(openedAt: now)
        _ = session.handle(.received(Frame(.request(.hello(Samples.hello))).encode()), at: now)
        _ = session.handle(.reply(0, .welcome(Samples.welcome)), at: now)
        return session
    }

    private func send(_ frames: Frame...) -> [ServerSession.Action] { frames.map { .send($0.encode()) } }

    private func receive(_ frames: Frame..., by session: inout ServerSession) -> [ServerSession.Action] {
        session.handle(.received(frames.flatMap { $0.encode() }), at: now)
    }

    private func isOver(_ session: inout ServerSession) -> Bool {
        session.deadline == nil && session.tick(at: now + .seconds(999)).isEmpty
            && session.handle(.received([0xFF]), at: now).isEmpty && session.handle(.disconnected, at: now).isEmpty
            && session.handle(.committed(through: 9), at: now).isEmpty
    }

    // MARK: Opening

    @Test func aHelloIsAskedAndWelcomed() {
        var session = ServerSession(openedAt: now)
        #expect(receive(Frame(.request(.hello(Samples.hello))), by: &session) == [.ask(0, .hello(Samples.hello))])
        let welcome = Frame(.reply(.welcome(Samples.welcome), hasMore: false))
        #expect(session.handle(.reply(0, .welcome(Samples.welcome)), at: now) == send(welcome))
    }

    @Test func anEnrolmentEndsWithItsAnswer() {
        var session = ServerSession(openedAt: now)
        #expect(
            receive(Frame(.request(.enrol(Samples.enrolment))), by: &session) == [.ask(0, .enrol(Samples.enrolment))])
        let enrolled = Frame(.reply(.enrolled(name: "a"), hasMore: false))
        #expect(session.handle(.reply(0, .enrolled(name: "a")), at: now) == send(enrolled) + [.close(.goAway)])
        #expect(isOver(&session))
    }

    @Test func aRefusedOpeningEndsTheConnection() {
        var session = ServerSession(openedAt: now)
        _ = receive(Frame(.request(.hello(Samples.hello))), by: &session)
        let refusal = Refusal(.unknownAgent)
        let refused = Frame(.reply(.refused(refusal), hasMore: false))
        #expect(session.handle(.reply(0, .refused(refusal)), at: now) == send(refused) + [.close(.refused(refusal))])
    }

    /// It has had no occasion to name a capability.
    @Test func whoeverEnrolsHearsTheCodeItself() {
        var session = ServerSession(openedAt: now)
        _ = receive(Frame(.request(.enrol(Samples.enrolment))), by: &session)
        let refused = Frame(.reply(.refused(Refusal(.keyRejected)), hasMore: false))
        #expect(session.handle(.reply(0, .refused(Refusal(.keyRejected))), at: now).first == send(refused).first)
        var old = ServerSession(openedAt: now)
        _ = receive(Frame(.request(.hello(Samples.hello))), by: &old)
        let first = Frame(.reply(.refused(Refusal(.unknownAgent)), hasMore: false))
        #expect(old.handle(.reply(0, .refused(Refusal(.keyRejected))), at: now).first == send(first).first)
    }

    @Test func noHelloWithinFiveSecondsIsSilence() {
        var session = ServerSession(openedAt: now)
        #expect(session.deadline == now + .seconds(5))
        _ = session.handle(.received([0, 0]), at: now + .seconds(4))
        #expect(session.deadline == now + .seconds(5))
        #expect(session.tick(at: now + .seconds(4)) == [])
        #expect(session.tick(at: now + .seconds(5)) == [.close(.silent)])
        #expect(isOver(&session))
    }

    @Test func anythingElseAtFirstIsRefused() {
        for frame in Samples.frames {
            if case .request(.hello) = frame.body { continue }
            if case .request(.enrol) = frame.body { continue }
            var session = ServerSession(openedAt: now)
            let reason = LinkClosed.unexpected("no hello or enrol at first")
            #expect(receive(frame, by: &session) == send(refusedWord) + [.close(reason)])
        }
        var session = ServerSession(openedAt: now)
        let numbered = Frame(.request(.hello(Samples.hello)), correlation: 1)
        #expect(receive(numbered, by: &session).last == .close(.unexpected("no hello or enrol at first")))
    }

    @Test func aBigFirstFrameIsRefusedByItsLength() {
        var session = ServerSession(openedAt: now)
        let word = Frame(.reply(.refused(Refusal(.tooLarge)), hasMore: false))
        let reason = LinkClosed.badBytes(.tooLong(length: 4097, limit: 4096))
        #expect(session.handle(.received([0, 0, 0x0F, 0xFD]), at: now) == send(word) + [.close(reason)])
    }

    @Test func nothingMayComeBeforeTheAnswer() {
        let reason = LinkClosed.unexpected("bytes before the answer to the opening")
        var later = ServerSession(openedAt: now)
        _ = receive(Frame(.request(.hello(Samples.hello))), by: &later)
        #expect(later.handle(.received([0]), at: now) == send(refusedWord) + [.close(reason)])
        var together = ServerSession(openedAt: now)
        #expect(
            receive(Frame(.request(.hello(Samples.hello))), Frame(.ping), by: &together)
                == [.ask(0, .hello(Samples.hello))] + send(refusedWord) + [.close(reason)])
    }

    // MARK: Requests

    @Test func everyRequestIsAskedAndItsReplyCarriesItsNumber() {
        let table: [(ReleaseMessage, ReleaseMessage)] = [
            (.credential(Samples.badge), .challenge(Samples.challenge)),
            (.credential(Samples.badge), .session(Samples.session)),
            (.credential(Samples.badge), .refused(Refusal(.unknownCredential))),
            (.challengeReply(Samples.pin), .session(Samples.session)),
            (.sessionEnd(Samples.sessionEnd), .sessionEnd(Samples.sessionEnd)),
            (.release(session: SessionID(1)), .releases([Samples.grant])),
            (.documentOpen(Samples.open), .refused(Refusal(.noSuchRelease))),
        ]
        var session = opened()
        for (index, (question, answer)) in table.enumerated() {
            let number = UInt32(index + 1)
            #expect(receive(Frame(.request(question), correlation: number), by: &session) == [.ask(number, question)])
            let reply = Frame(.reply(answer, hasMore: false), correlation: number)
            #expect(session.handle(.reply(number, answer), at: now) == send(reply))
        }
    }

    @Test func theSixtyFifthOpenRequestIsAnOverrun() {
        var session = opened()
        for number in 1...64 as ClosedRange<UInt32> {
            let request = Frame(.request(.release(session: SessionID(1))), correlation: number)
            #expect(receive(request, by: &session).count == 1)
        }
        let more = Frame(.request(.release(session: SessionID(1))), correlation: 65)
        var full = session
        #expect(receive(more, by: &full).last == .close(.overrun))
        _ = session.handle(.reply(9, .releases([])), at: now)
        #expect(receive(more, by: &session).count == 1)
    }

    @Test func aNumberInUseIsRefused() {
        var session = opened()
        let request = Frame(.request(.release(session: SessionID(1))), correlation: 5)
        _ = receive(request, by: &session)
        #expect(receive(request, by: &session) == send(refusedWord) + [.close(.unexpected("a correlation in use"))])
    }

    @Test func aSecondHelloAndWhatOnlyServersSendAreRefused() {
        for frame in Samples.frames {
            switch frame.body {
            case .request(.hello), .request(.enrol), .reply, .command, .acknowledgement, .bytes, .end, .failed:
                var session = opened()
                let actions = receive(frame, by: &session)
                #expect(actions.first == send(refusedWord).first)
                guard case .close(.unexpected) = actions.last else {
                    Issue.record("\(frame) was taken")
                    continue
                }
            default: break
            }
        }
    }

    @Test func aLongListGoesInSeveralFramesThatJoin() throws {
        var session = opened()
        var grant = Samples.grant
        grant.title = String(repeating: "t", count: 255)
        grant.user = String(repeating: "u", count: 255)
        let grants = Array(repeating: grant, count: 256)
        _ = receive(Frame(.request(.release(session: SessionID(1))), correlation: 5), by: &session)
        let actions = session.handle(.reply(5, .releases(grants)), at: now)
        var parts: [ReleaseGrant] = []
        var flags: [Bool] = []
        for action in actions {
            guard case .send(let bytes) = action, let body = try Frame.all(in: bytes).first?.body,
                case .reply(.releases(let part, _), let hasMore) = body
            else {
                Issue.record("\(action)")
                continue
            }
            parts += part
            flags.append(hasMore)
        }
        #expect(parts == grants)
        #expect(flags == [true, true, false])
    }

    // MARK: Types of a later version

    @Test func unknownTypesArePassedOverUnlessTheyMustBeUnderstood() {
        var header = FrameHeader(kind: .request, type: 99, correlation: 5)
        var session = opened()
        let word = Frame(.reply(.refused(Refusal(.unexpected)), hasMore: false), correlation: 5)
        #expect(session.handle(.received(header.frame([0xA0])), at: now) == send(word))
        header.mustUnderstand = false
        #expect(session.handle(.received(header.frame([0xA0])), at: now) == [])
        var credit = FrameHeader(kind: .credit, type: 99)
        #expect(session.handle(.received(credit.frame([])), at: now) == [])
        credit.mustUnderstand = true
        #expect(
            session.handle(.received(credit.frame([])), at: now).last == .close(.unexpected("type 99 of kind credit")))
    }

    /// Whatever its flag says: only the server replies.
    @Test func aReplyOfAnUnknownTypeEndsTheConnection() {
        for mustUnderstand in [false, true] {
            var header = FrameHeader(kind: .reply, type: 99, correlation: 5)
            header.mustUnderstand = mustUnderstand
            var session = opened()
            let told = session.handle(.received(header.frame([0xA0])), at: now)
            #expect(told.first == send(Frame(.reply(.refused(Refusal(.unexpected)), hasMore: false))).first)
            #expect(told.last == .close(.unexpected("a frame that only the server sends")))
        }
    }

    /// The store commits its number with the others, or the next one would be a gap to it.
    @Test func anUnknownEventIsRecordedByItsNumberAlone() {
        var header = FrameHeader(kind: .event, type: 99)
        header.mustUnderstand = false
        var session = opened()
        #expect(session.handle(.received(header.frame([0xA1, 0x00, 0x08])), at: now) == [.record(sequence: 8, nil)])
        #expect(session.handle(.committed(through: 8), at: now) == send(Frame(.acknowledgement(through: 8))))
        #expect(session.handle(.received(header.frame([0xA1, 0x00, 0x0A])), at: now).count == 2, "a gap")
        header.mustUnderstand = true
        var strict = opened()
        #expect(strict.handle(.received(header.frame([0xA1, 0x00, 0x08])), at: now).count == 2)
    }

    // MARK: Unasked

    @Test func weMayEndASession() {
        var session = opened()
        let end = SessionEnd(session: SessionID(1), reason: .idle)
        #expect(session.handle(.tell(.sessionEnd(end)), at: now) == send(Frame(.command(.sessionEnd(end)))))
    }

    @Test func aFencedAgentIsToldWhy() {
        var session = opened()
        let refusal = Refusal(.fenced)
        let word = Frame(.reply(.refused(refusal), hasMore: false))
        #expect(session.handle(.closeNow(.refused(refusal)), at: now) == send(word) + [.close(.refused(refusal))])
        #expect(isOver(&session))
        var stopping = opened()
        #expect(stopping.handle(.closeNow(.goAway), at: now) == [.close(.goAway)])
    }

    @Test func anAgentThatGoesIsClosed() {
        var session = opened()
        #expect(receive(Frame(.goAway(.goAway(retryAfter: .zero))), by: &session) == [.close(.goAway)])
    }

    // MARK: Time

    @Test func silenceIsPingedAndThenGivenUp() {
        var session = opened()
        #expect(session.deadline == now + .seconds(15))
        #expect(session.tick(at: now + .seconds(15)) == send(Frame(.ping)))
        #expect(session.deadline == now + .seconds(30))
        #expect(session.tick(at: now + .seconds(30)) == send(Frame(.ping)))
        #expect(session.tick(at: now + .seconds(44)) == [])
        #expect(session.tick(at: now + .seconds(45)) == [.close(.silent)])
        #expect(isOver(&session))
    }

    @Test func anyByteIsASignOfLife() {
        var session = opened()
        _ = session.handle(.received([0]), at: now + .seconds(14))
        #expect(session.deadline == now + .seconds(29))
    }

    @Test func pingsAreAnsweredAndAFloodOfThemIsAnOverrun() {
        var session = opened()
        for number in 1...32 as ClosedRange<UInt32> {
            #expect(receive(Frame(.ping, correlation: number), by: &session) == send(Frame(.pong, correlation: number)))
        }
        var calm = session
        #expect(receive(Frame(.ping), by: &session).last == .close(.overrun))
        let later = now + .seconds(15)
        #expect(calm.handle(.received(Frame(.ping).encode()), at: later) == send(Frame(.pong)))
    }
}
