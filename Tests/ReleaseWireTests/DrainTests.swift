// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// GOAWAY, said by either side: nothing new begins, what is open ends as it should, then the connection.
@Suite struct DrainTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private static let goAway = ReleaseMessage.goAway(retryAfter: .seconds(2))
    private static let session = SessionID(77)

    // MARK: The server's side

    private func welcomed() -> ServerSession {
        var session = ServerSession(openedAt: now)
        _ = receive(.request(.hello(Samples.hello)), 0, by: &session)
        _ = session.handle(.reply(0, .welcome(Samples.welcome)), at: now)
        return session
    }

    private func receive(
        _ body: Frame.Body, _ correlation: UInt32, by session: inout ServerSession
    ) -> [ServerSession.Action] {
        session.handle(.received(Frame(body, correlation: correlation).encode()), at: now)
    }

    private func sent(_ body: Frame.Body, _ correlation: UInt32 = 0) -> ServerSession.Action {
        .send(Frame(body, correlation: correlation).encode())
    }

    @Test func aConnectionOnWhichNothingIsOpenEndsWithTheGoodbye() {
        var session = welcomed()
        #expect(session.handle(.tell(Self.goAway), at: now) == [sent(.goAway(Self.goAway)), .close(.goAway)])
    }

    @Test func aConnectionThatIsNotOpenYetEndsWithTheGoodbye() {
        var greeting = ServerSession(openedAt: now)
        #expect(greeting.handle(.tell(Self.goAway), at: now) == [sent(.goAway(Self.goAway)), .close(.goAway)])
        var asked = ServerSession(openedAt: now)
        _ = receive(.request(.hello(Samples.hello)), 0, by: &asked)
        #expect(asked.handle(.tell(Self.goAway), at: now) == [sent(.goAway(Self.goAway)), .close(.goAway)])
        #expect(asked.handle(.reply(0, .welcome(Samples.welcome)), at: now) == [])
    }

    @Test func anOpenRequestIsAnsweredFirst() {
        var session = welcomed()
        _ = receive(.request(.release(session: Self.session)), 5, by: &session)
        #expect(session.handle(.tell(Self.goAway), at: now) == [sent(.goAway(Self.goAway))])
        let answer = Frame.Body.reply(.releases([Samples.grant]), hasMore: false)
        #expect(session.handle(.reply(5, .releases([Samples.grant])), at: now) == [sent(answer, 5), .close(.goAway)])
    }

    @Test func aRequestThatCrossesTheGoodbyeIsRefusedAndNothingElseSuffers() {
        var session = welcomed()
        _ = receive(.request(.release(session: Self.session)), 5, by: &session)
        _ = session.handle(.tell(Self.goAway), at: now)
        let refused = Frame.Body.reply(.refused(Refusal(.maintenance, retryAfter: .seconds(2))), hasMore: false)
        #expect(receive(.request(.credential(Samples.badge)), 6, by: &session) == [sent(refused, 6)])
        // The end of a session is no beginning.
        let end = SessionEnd(session: Self.session, reason: .done)
        #expect(receive(.request(.sessionEnd(end)), 7, by: &session) == [.ask(7, .sessionEnd(end))])
    }

    @Test func aDocumentFlowsToItsEnd() {
        var session = welcomed()
        let open = DocumentOpen(release: ReleaseID(9), offset: 0, window: 4)
        _ = receive(.request(.documentOpen(open)), 5, by: &session)
        _ = session.handle(.reply(5, .documentOpened(size: 8)), at: now)
        #expect(session.handle(.tell(Self.goAway), at: now) == [sent(.goAway(Self.goAway))])
        #expect(session.handle(.document(5, .bytes([1, 2, 3, 4])), at: now).count == 1)
        #expect(receive(.grant(bytes: 4), 5, by: &session) == [.readDocument(5, offset: 4, limit: 4)])
        _ = session.handle(.document(5, .bytes([1, 2, 3, 4])), at: now)
        let digest = [UInt8](repeating: 0, count: 32)
        #expect(
            session.handle(.document(5, .end(sha256: digest)), at: now)
                == [sent(.end(sha256: digest), 5), .close(.goAway)])
    }

    @Test func anEventIsAcknowledgedFirst() {
        var session = welcomed()
        _ = receive(.event(sequence: 1, Samples.progress(.unconfirmed)), 0, by: &session)
        #expect(session.handle(.tell(Self.goAway), at: now) == [sent(.goAway(Self.goAway))])
        #expect(
            session.handle(.committed(through: 1), at: now) == [sent(.acknowledgement(through: 1)), .close(.goAway)])
    }

    @Test func anAgentThatGoesGetsWhatIsOpen() {
        var session = welcomed()
        _ = receive(.request(.release(session: Self.session)), 5, by: &session)
        #expect(receive(.goAway(.goAway(retryAfter: .zero)), 0, by: &session) == [])
        let actions = session.handle(.reply(5, .releases([])), at: now)
        #expect(actions.count == 2 && actions.last == .close(.goAway))
    }

    // MARK: The agent's side

    private func opened() -> AgentSession {
        var session = AgentSession(opening: .hello(Samples.hello), openedAt: now)
        _ = session.start(at: now)
        _ = receive(.reply(.welcome(Samples.welcome), hasMore: false), 0, by: &session)
        return session
    }

    private func receive(
        _ body: Frame.Body, _ correlation: UInt32, by session: inout AgentSession
    ) -> [AgentSession.Action] {
        session.handle(.received(Frame(body, correlation: correlation).encode()), at: now)
    }

    @Test func afterTheServersGoodbyeNothingCanBeAskedAndWhatIsOpenGoesOn() {
        var session = opened()
        _ = session.handle(.request(5, .release(session: Self.session)), at: now)
        #expect(receive(.goAway(Self.goAway), 0, by: &session) == [.told(Self.goAway)])
        #expect(!session.canRequest && session.canPublish)
        #expect(receive(.reply(.releases([]), hasMore: false), 5, by: &session) == [.reply(5, .releases([]))])
        #expect(session.handle(.publish(sequence: 8, Samples.progress(.unconfirmed)), at: now).count == 1)
    }

    @Test func theAgentSaysGoodbyeOnce() {
        var session = opened()
        let word = AgentSession.Action.send(Frame(.goAway(.goAway(retryAfter: .zero))).encode())
        #expect(session.handle(.farewell, at: now) == [word])
        #expect(session.handle(.farewell, at: now) == [] && !session.canRequest)
        var opening = AgentSession(opening: .hello(Samples.hello), openedAt: now)
        _ = opening.start(at: now)
        #expect(opening.handle(.farewell, at: now) == [])
    }
}
