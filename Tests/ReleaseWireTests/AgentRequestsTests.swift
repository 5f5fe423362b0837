// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// Documents, as the agent's session treats them.
struct AgentRequestsTests {
    private let now = Samples.start
    private let end = Frame(.end(sha256: Samples.digest), correlation: 5)

    private func document(size: UInt64, offset: UInt64 = 0, window: UInt32) -> AgentSession {
        var session = AgentSession(opening: .hello(Samples.hello), openedAt: now)
        _ = session.start(at: now)
        _ = receive(Frame(.reply(.welcome(Samples.welcome), hasMore: false)), by: &session)
        let open = DocumentOpen(release: ReleaseID(1), offset: offset, window: window)
        _ = session.handle(.request(5, .documentOpen(open)), at: now)
        _ = receive(Frame(.reply(.documentOpened(size: size), hasMore: false), correlation: 5), by: &session)
        return session
    }

    private func receive(_ frame: Frame, by session: inout AgentSession) -> [AgentSession.Action] {
        session.handle(.received(frame.encode()), at: now)
    }

    private func bytes(_ offset: UInt64, _ bytes: [UInt8]) -> Frame {
        Frame(.bytes(offset: offset, bytes), correlation: 5)
    }

    private func reason(_ actions: [AgentSession.Action]) -> LinkClosed? {
        if case .close(let reason) = actions.last { reason } else { nil }
    }

    @Test func piecesAndEndAreHandedOn() {
        var session = document(size: 3, window: 3)
        #expect(receive(bytes(0, [1, 2]), by: &session) == [.document(5, .bytes([1, 2]))])
        #expect(receive(bytes(2, [3]), by: &session) == [.document(5, .bytes([3]))])
        #expect(receive(end, by: &session) == [.document(5, .end(sha256: Samples.digest))])
        #expect(session.handle(.grant(5, bytes: 3), at: now) == [])
        #expect(session.handle(.abandon(5), at: now) == [])
    }

    @Test func oneByteBeyondTheCreditIsAnOverrun() {
        var session = document(size: 9, window: 2)
        #expect(receive(bytes(0, [1, 2]), by: &session).count == 1)
        var full = session
        #expect(reason(receive(bytes(2, [3]), by: &full)) == .overrun)
        #expect(
            session.handle(.grant(5, bytes: 1), at: now) == [.send(Frame(.grant(bytes: 1), correlation: 5).encode())])
        #expect(receive(bytes(2, [3]), by: &session) == [.document(5, .bytes([3]))])
    }

    @Test func creditMayBeGrantedBeforeTheReply() {
        var session = AgentSession(opening: .hello(Samples.hello), openedAt: now)
        _ = session.start(at: now)
        _ = receive(Frame(.reply(.welcome(Samples.welcome), hasMore: false)), by: &session)
        let open = DocumentOpen(release: ReleaseID(1), offset: 0, window: 0)
        _ = session.handle(.request(5, .documentOpen(open)), at: now)
        #expect(session.handle(.grant(5, bytes: 1), at: now).count == 1)
        _ = receive(Frame(.reply(.documentOpened(size: 1), hasMore: false), correlation: 5), by: &session)
        #expect(receive(bytes(0, [1]), by: &session) == [.document(5, .bytes([1]))])
    }

    @Test func bytesBeyondTheSizeAreAnOverrun() {
        var session = document(size: 1, window: 9)
        #expect(reason(receive(bytes(0, [1, 2]), by: &session)) == .overrun)
    }

    @Test func gapsEarlyEndsAndForeignDataClose() {
        var gap = document(size: 9, offset: 4, window: 9)
        #expect(reason(receive(bytes(5, [1]), by: &gap)) == .unexpected("a gap in a document"))
        var early = document(size: 9, window: 9)
        #expect(reason(receive(end, by: &early)) == .unexpected("a document's end before its size"))
        var foreign = document(size: 9, window: 9)
        let data = Frame(.bytes(offset: 0, [1]), correlation: 6)
        #expect(reason(receive(data, by: &foreign)) == .unexpected("data for no document"))
        var ended = document(size: 9, window: 9)
        #expect(reason(receive(Frame(.abandon, correlation: 5), by: &ended)) != nil)
    }

    @Test func aFailureIsHandedOn() {
        var session = document(size: 3, window: 3)
        let refusal = Refusal(.documentUnavailable)
        #expect(
            receive(Frame(.failed(refusal), correlation: 5), by: &session) == [.document(5, .failed(refusal))])
    }

    @Test func afterAbandoningNothingMoreIsHeard() {
        for last in [end, Frame(.failed(Refusal(.busy)), correlation: 5), Frame(.abandon, correlation: 5)] {
            var session = document(size: 3, window: 3)
            #expect(session.handle(.abandon(5), at: now) == [.send(Frame(.abandon, correlation: 5).encode())])
            #expect(session.handle(.abandon(5), at: now) == [])
            #expect(session.handle(.grant(5, bytes: 1), at: now) == [])
            #expect(receive(bytes(0, [1, 2, 3]), by: &session) == [])
            #expect(receive(last, by: &session) == [])
            #expect(reason(receive(bytes(0, [1]), by: &session)) == .unexpected("data for no document"))
        }
    }

    @Test func aDocumentMayBeAbandonedBeforeTheReply() {
        var session = AgentSession(opening: .hello(Samples.hello), openedAt: now)
        _ = session.start(at: now)
        _ = receive(Frame(.reply(.welcome(Samples.welcome), hasMore: false)), by: &session)
        _ = session.handle(.request(5, .documentOpen(Samples.open)), at: now)
        #expect(session.handle(.abandon(5), at: now).count == 1)
        #expect(
            receive(Frame(.reply(.documentOpened(size: 1), hasMore: false), correlation: 5), by: &session) == [])
        #expect(receive(Frame(.abandon, correlation: 5), by: &session) == [])
    }
}
