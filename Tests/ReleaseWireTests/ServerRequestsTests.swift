// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// Documents and events, as the server's session treats them.
struct ServerRequestsTests {
    private let now = Samples.start

    private func opened() -> ServerSession {
        var session = ServerSession(openedAt: now)
        _ = session.handle(.received(Frame(.request(.hello(Samples.hello))).encode()), at: now)
        _ = session.handle(.reply(0, .welcome(Samples.welcome)), at: now)
        return session
    }

    private func send(_ frames: Frame...) -> [ServerSession.Action] { frames.map { .send($0.encode()) } }

    private func receive(_ frame: Frame, by session: inout ServerSession) -> [ServerSession.Action] {
        session.handle(.received(frame.encode()), at: now)
    }

    /// A document with this window, opened; with the actions that follow the reply.
    private func document(
        size: UInt64, offset: UInt64 = 0, window: UInt32, number: UInt32 = 5
    ) -> (session: ServerSession, actions: [ServerSession.Action]) {
        var session = opened()
        let open = DocumentOpen(release: ReleaseID(1), offset: offset, window: window)
        _ = receive(Frame(.request(.documentOpen(open)), correlation: number), by: &session)
        let actions = session.handle(.reply(number, .documentOpened(size: size)), at: now)
        return (session, Array(actions.dropFirst()))
    }

    @Test func creditIsReadInPiecesOfAtMost64KiB() {
        var (session, actions) = document(size: 200_000, offset: 10, window: 70_000)
        #expect(actions == [.readDocument(5, offset: 10, limit: 65_536)])
        let piece = Array(repeating: 1 as UInt8, count: 65_536)
        #expect(
            session.handle(.document(5, .bytes(piece)), at: now)
                == send(Frame(.bytes(offset: 10, piece), correlation: 5))
                + [.readDocument(5, offset: 65_546, limit: 4464)])
        #expect(
            session.handle(.document(5, .bytes([7])), at: now)
                == send(Frame(.bytes(offset: 65_546, [7]), correlation: 5))
                + [.readDocument(5, offset: 65_547, limit: 4463)])
    }

    @Test func withoutCreditNothingIsReadUntilItIsGranted() {
        var (session, actions) = document(size: 10, window: 0)
        #expect(actions == [])
        #expect(
            receive(Frame(.grant(bytes: 3), correlation: 5), by: &session) == [.readDocument(5, offset: 0, limit: 3)])
        #expect(receive(Frame(.grant(bytes: 3), correlation: 5), by: &session) == [])
        let data = Frame(.bytes(offset: 0, [1, 2, 3]), correlation: 5)
        #expect(
            session.handle(.document(5, .bytes([1, 2, 3])), at: now) == send(data)
                + [.readDocument(5, offset: 3, limit: 3)])
    }

    @Test func theEndNeedsNoCredit() {
        var (session, actions) = document(size: 2, window: 2)
        #expect(actions == [.readDocument(5, offset: 0, limit: 2)])
        #expect(
            session.handle(.document(5, .bytes([1, 2])), at: now).last
                == .readDocument(5, offset: 2, limit: DocumentPiece.limit))
        let end = Frame(.end(sha256: Samples.digest), correlation: 5)
        #expect(session.handle(.document(5, .end(sha256: Samples.digest)), at: now) == send(end))
        #expect(receive(Frame(.grant(bytes: 2), correlation: 5), by: &session) == [])
        #expect(receive(Frame(.abandon, correlation: 5), by: &session) == [])
    }

    @Test func aFailureIsSaidInTheData() {
        var (session, _) = document(size: 2, window: 2)
        let refusal = Refusal(.documentUnavailable)
        #expect(
            session.handle(.document(5, .failed(refusal)), at: now)
                == send(Frame(.failed(refusal), correlation: 5)))
        #expect(session.handle(.disconnected, at: now) == [.close(.peerLeft)])
    }

    @Test func anAbandonedDocumentIsClosedAndConfirmed() {
        var (session, _) = document(size: 2, window: 2)
        let abandon = Frame(.abandon, correlation: 5)
        #expect(receive(abandon, by: &session) == send(abandon) + [.closeDocument(5)])
        #expect(session.handle(.document(5, .bytes([1])), at: now) == [])
    }

    @Test func aDocumentMayBeAbandonedBeforeItIsOpen() {
        var session = opened()
        _ = receive(Frame(.request(.documentOpen(Samples.open)), correlation: 5), by: &session)
        #expect(receive(Frame(.abandon, correlation: 5), by: &session) == [])
        let reply = Frame(.reply(.documentOpened(size: 9), hasMore: false), correlation: 5)
        #expect(
            session.handle(.reply(5, .documentOpened(size: 9)), at: now)
                == send(reply, Frame(.abandon, correlation: 5)) + [.closeDocument(5)])
    }

    @Test func openDocumentsAreClosedInOrderWithTheConnection() {
        var (session, _) = document(size: 9, window: 1, number: 40)
        for number in [7, 90, 8] as [UInt32] {
            _ = receive(Frame(.request(.documentOpen(Samples.open)), correlation: number), by: &session)
            if number != 90 { _ = session.handle(.reply(number, .documentOpened(size: 1)), at: now) }
        }
        #expect(
            session.handle(.disconnected, at: now)
                == [.closeDocument(7), .closeDocument(8), .closeDocument(40), .close(.peerLeft)])
    }

    // MARK: Events

    private func event(_ sequence: UInt64) -> Frame { Frame(.event(sequence: sequence, .readOutcome(Samples.outcome))) }

    @Test func eventsAreRecordedAndAcknowledgedTogether() {
        var session = opened()
        for number in 8...10 as ClosedRange<UInt64> {
            #expect(
                receive(event(number), by: &session) == [.record(sequence: number, .readOutcome(Samples.outcome))])
        }
        #expect(session.handle(.committed(through: 9), at: now) == send(Frame(.acknowledgement(through: 9))))
        #expect(session.handle(.committed(through: 9), at: now) == [])
        #expect(session.handle(.committed(through: 99), at: now) == send(Frame(.acknowledgement(through: 10))))
    }

    @Test func aCommitForAnEarlierConnectionSaysNothing() {
        var session = opened()
        #expect(session.handle(.committed(through: 7), at: now) == [])
        _ = receive(event(8), by: &session)
        #expect(session.handle(.committed(through: 7), at: now) == [])
    }

    @Test func aGapOrARepetitionIsRefused() {
        for number in [7, 8, 10] as [UInt64] {
            var session = opened()
            _ = receive(event(8), by: &session)
            #expect(receive(event(number), by: &session).last == .close(.unexpected("a gap in the events")))
        }
    }

    @Test func theSixtyFifthEventIsAnOverrun() {
        var session = opened()
        for number in 8...71 as ClosedRange<UInt64> { #expect(receive(event(number), by: &session).count == 1) }
        var full = session
        #expect(receive(event(72), by: &full).last == .close(.overrun))
        _ = session.handle(.committed(through: 8), at: now)
        #expect(receive(event(72), by: &session).count == 1)
        #expect(receive(event(73), by: &session).last == .close(.overrun))
    }
}
