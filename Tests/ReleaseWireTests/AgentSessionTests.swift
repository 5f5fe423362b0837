// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

struct AgentSessionTests {
    private let now = Samples.start

    private func opening() -> AgentSession {
        var session = AgentSession(opening: .hello(Samples.hello), openedAt: now)
        _ = session.start(at: now)
        return session
    }

    private func opened() -> AgentSession {
        var session = opening()
        _ = receive(Frame(.reply(.welcome(Samples.welcome), hasMore: false)), by: &session)
        return session
    }

    private func send(_ frames: Frame...) -> [AgentSession.Action] { frames.map { .send($0.encode()) } }

    private func receive(_ frames: Frame..., by session: inout AgentSession) -> [AgentSession.Action] {
        session.handle(.received(frames.flatMap { $0.encode() }), at: now)
    }

    private func reply(_ message: ReleaseMessage, _ number: UInt32 = 5, hasMore: Bool = false) -> Frame {
        Frame(.reply(message, hasMore: hasMore), correlation: number)
    }

    private func closesUnexpected(_ actions: [AgentSession.Action]) -> Bool {
        if case .close(.unexpected) = actions.last { true } else { false }
    }

    // MARK: Opening

    @Test func theHelloIsSentAndWelcomeOpens() {
        var session = AgentSession(opening: .hello(Samples.hello), openedAt: now)
        #expect(session.deadline == nil)
        #expect(session.start(at: now) == send(Frame(.request(.hello(Samples.hello)))))
        #expect(!session.canRequest && !session.canPublish)
        #expect(receive(reply(.welcome(Samples.welcome), 0), by: &session) == [.opened(Samples.welcome)])
        #expect(session.canRequest && session.eventsAllowed == 64)
    }

    @Test func anEnrolmentEndsWithItsName() {
        var session = AgentSession(opening: .enrol(Samples.enrolment), openedAt: now)
        #expect(session.start(at: now) == send(Frame(.request(.enrol(Samples.enrolment)))))
        #expect(
            receive(reply(.enrolled(name: "a"), 0), by: &session) == [.enrolled(name: "a"), .close(.goAway)])
        #expect(session.deadline == nil)
    }

    @Test func aRefusedOpeningCloses() {
        var session = opening()
        let refusal = Refusal(.revoked)
        #expect(receive(reply(.refused(refusal), 0), by: &session) == [.close(.refused(refusal))])
        #expect(receive(Frame(.ping), by: &session) == [])
    }

    @Test func noAnswerWithinTenSecondsIsSilence() {
        var session = opening()
        #expect(session.deadline == now + .seconds(10))
        #expect(session.tick(at: now + .seconds(9)) == [])
        #expect(session.tick(at: now + .seconds(10)) == [.close(.silent)])
    }

    @Test func anythingElseBeforeTheWelcomeCloses() {
        for frame in Samples.frames {
            switch frame.body {
            case .reply(.welcome, _), .goAway: continue
            default: break
            }
            var session = opening()
            let isCorrelatedRefusal = frame.correlation == 0
            let actions = receive(frame, by: &session)
            #expect(closesUnexpected(actions) || (isCorrelatedRefusal && actions.count == 1), "\(frame)")
        }
    }

    @Test func aServerThatGoesBeforeTheWelcomeCloses() {
        var session = opening()
        let goAway = ReleaseMessage.goAway(retryAfter: .seconds(5))
        #expect(receive(Frame(.goAway(goAway)), by: &session) == [.told(goAway), .close(.goAway)])
    }

    @Test func aBigFirstFrameIsRefusedByItsLength() {
        var session = opening()
        let fault = LinkClosed.badBytes(.tooLong(length: 4097, limit: 4096))
        #expect(session.handle(.received([0, 0, 0x0F, 0xFD]), at: now) == [.close(fault)])
    }

    @Test func framesRightBehindTheWelcomeAreRead() {
        var session = opening()
        #expect(
            receive(reply(.welcome(Samples.welcome), 0), Frame(.ping), by: &session)
                == [.opened(Samples.welcome)] + send(Frame(.pong)))
    }

    // MARK: Requests

    @Test func aReplyFindsItsRequest() {
        var session = opened()
        let question = Frame(.request(.credential(Samples.badge)), correlation: 5)
        #expect(session.handle(.request(5, .credential(Samples.badge)), at: now) == send(question))
        #expect(receive(reply(.session(Samples.session)), by: &session) == [.reply(5, .session(Samples.session))])
        #expect(closesUnexpected(receive(reply(.session(Samples.session)), by: &session)))
    }

    @Test func aReplyOfAnotherKindCloses() {
        let table: [(ReleaseMessage, ReleaseMessage)] = [
            (.credential(Samples.badge), .releases([])), (.challengeReply(Samples.pin), .documentOpened(size: 1)),
            (.sessionEnd(Samples.sessionEnd), .session(Samples.session)),
            (.release(session: SessionID(1)), .challenge(Samples.challenge)),
            (.documentOpen(Samples.open), .sessionEnd(Samples.sessionEnd)),
            (.credential(Samples.badge), .welcome(Samples.welcome)),
        ]
        for (question, answer) in table {
            var session = opened()
            _ = session.handle(.request(5, question), at: now)
            #expect(closesUnexpected(receive(reply(answer), by: &session)))
        }
    }

    @Test func sixtyFourRequestsMayBeOpen() {
        var session = opened()
        for number in 1...64 as ClosedRange<UInt32> {
            #expect(session.canRequest)
            _ = session.handle(.request(number, .release(session: SessionID(1))), at: now)
        }
        #expect(!session.canRequest)
        _ = receive(reply(.refused(Refusal(.busy))), by: &session)
        #expect(session.canRequest)
    }

    @Test func aListInPartsIsOneReply() {
        var session = opened()
        _ = session.handle(.request(5, .release(session: SessionID(1))), at: now)
        #expect(receive(reply(.releases([Samples.grant]), hasMore: true), by: &session) == [])
        #expect(
            receive(reply(.releases([Samples.unknownPages])), by: &session)
                == [.reply(5, .releases([Samples.grant, Samples.unknownPages]))])
    }

    @Test func aListWithoutEndCloses() {
        var session = opened()
        _ = session.handle(.request(5, .release(session: SessionID(1))), at: now)
        let part = Array(repeating: Samples.grant, count: 128)
        #expect(receive(reply(.releases(part), hasMore: true), by: &session) == [])
        #expect(receive(reply(.releases(part), hasMore: true), by: &session) == [])
        #expect(closesUnexpected(receive(reply(.releases([Samples.grant])), by: &session)))
        var empty = opened()
        _ = empty.handle(.request(5, .release(session: SessionID(1))), at: now)
        #expect(closesUnexpected(receive(reply(.releases([]), hasMore: true), by: &empty)))
    }

    // MARK: What the server says unasked

    @Test func commandsAndGoAwayAreTold() {
        var session = opened()
        let end = ReleaseMessage.sessionEnd(SessionEnd(session: SessionID(7), reason: .idle))
        #expect(receive(Frame(.command(end)), by: &session) == [.told(end)])
        let goAway = ReleaseMessage.goAway(retryAfter: .seconds(5))
        #expect(receive(Frame(.goAway(goAway)), by: &session) == [.told(goAway)])
    }

    @Test func aLastWordCloses() {
        var session = opened()
        #expect(receive(reply(.refused(Refusal(.fenced)), 0), by: &session) == [.close(.refused(Refusal(.fenced)))])
    }

    @Test func whatOnlyAgentsSendCloses() {
        for frame in Samples.frames {
            switch frame.body {
            case .request, .event, .grant, .abandon, .bytes, .end, .failed, .acknowledgement:
                var session = opened()
                #expect(closesUnexpected(receive(frame, by: &session)), "\(frame)")
            default: break
            }
        }
    }

    /// Its number goes without it, and any server passes over that.
    @Test func anEventThatTheServerDoesNotKnowIsWithheld() throws {
        var session = opened()
        _ = session.handle(.publish(sequence: 7, .readOutcome(Samples.outcome)), at: now)
        let sent = session.handle(.withhold(sequence: 8), at: now)
        #expect(sent == [.send(Frame.withheldEvent(sequence: 8))])
        let frame = try #require(try Frame.all(in: Frame.withheldEvent(sequence: 8)).first)
        guard case .unknown(let header, sequence: 8) = frame.body else {
            Issue.record("type 44 has a meaning")
            return
        }
        #expect(header.type == 44 && header.kind == .event && !header.mustUnderstand)
        #expect(
            receive(Frame(.acknowledgement(through: 8)), by: &session) == [.acknowledged(through: 8)])
    }

    @Test func unknownTypesArePassedOverUnlessTheyMustBeUnderstood() {
        var command = FrameHeader(kind: .command, type: 99)
        command.mustUnderstand = false
        var session = opened()
        #expect(session.handle(.received(command.frame([])), at: now) == [])
        var reply = session
        #expect(closesUnexpected(reply.handle(.received(FrameHeader(kind: .reply, type: 99).frame([])), at: now)))
        command.mustUnderstand = true
        #expect(closesUnexpected(session.handle(.received(command.frame([])), at: now)))
    }

    // MARK: Events

    @Test func sixtyFourEventsMayBeUnacknowledged() {
        var session = opened()
        for number in 8...71 as ClosedRange<UInt64> {
            #expect(session.canPublish)
            let event = Frame(.event(sequence: number, .readOutcome(Samples.outcome)))
            #expect(session.handle(.publish(sequence: number, .readOutcome(Samples.outcome)), at: now) == send(event))
        }
        #expect(session.eventsAllowed == 0)
        #expect(receive(Frame(.acknowledgement(through: 10)), by: &session) == [.acknowledged(through: 10)])
        #expect(session.eventsAllowed == 3)
    }

    @Test(arguments: [7, 10] as [UInt64]) func anAcknowledgementOfSomethingElseCloses(through: UInt64) {
        var session = opened()
        #expect(closesUnexpected(receive(Frame(.acknowledgement(through: 8)), by: &session)))
        session = opened()
        for number in 8...9 as ClosedRange<UInt64> {
            _ = session.handle(.publish(sequence: number, .readOutcome(Samples.outcome)), at: now)
        }
        #expect(closesUnexpected(receive(Frame(.acknowledgement(through: through)), by: &session)))
    }

    // MARK: Time

    @Test func silenceIsPingedAndThenGivenUp() {
        var session = opened()
        #expect(session.deadline == now + .seconds(15))
        #expect(session.tick(at: now + .seconds(15)) == send(Frame(.ping)))
        _ = session.handle(.received(Frame(.pong).encode()), at: now + .seconds(16))
        #expect(session.deadline == now + .seconds(31))
        #expect(session.tick(at: now + .seconds(61)) == [.close(.silent)])
    }

    @Test func aFloodOfPingsIsAnOverrun() {
        var session = opened()
        for _ in 1...32 { #expect(receive(Frame(.ping), by: &session) == send(Frame(.pong))) }
        #expect(receive(Frame(.ping), by: &session) == [.close(.overrun)])
    }
}
