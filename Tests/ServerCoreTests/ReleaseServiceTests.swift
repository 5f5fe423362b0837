// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import Testing

@testable import ServerCore

@Suite struct ReleaseServiceTests {
    private static let key = KeyHash(checked: [UInt8](repeating: 1, count: KeyHash.length))
    private static let stream = [UInt8](repeating: 2, count: 16)
    private static let document = StoredDocument(
        place: .spool(name: "d"), wrappedKey: [1], size: 200_000, sha256: [UInt8](repeating: 0, count: 32))
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private let first = LinkID(1)

    private func received(_ frame: Frame, on id: LinkID) -> ReleaseService.Event { .received(id, frame.encode()) }

    private func request(_ message: ReleaseMessage, _ correlation: UInt32) -> ReleaseService.Event {
        received(Frame(.request(message), correlation: correlation), on: first)
    }

    private func hello(
        _ service: inout ReleaseService, _ id: LinkID, question: UInt64, epoch: UInt64,
        capabilities: Set<Capability> = []
    ) -> [ReleaseService.Action] {
        _ = service.handle(.connected(id, key: Self.key), at: now)
        let hello = Hello(
            software: "test", stream: Self.stream, nextSequence: 1, unsettled: [], capabilities: capabilities)
        _ = service.handle(received(Frame(.request(.hello(hello))), on: id), at: now)
        let welcome = Welcome(agent: "a", epoch: epoch, committed: 0, serverTime: WallTime(milliseconds: 0))
        return service.handle(.answered(QuestionID(question), .welcomed(AgentID(7), welcome)), at: now)
    }

    private func welcomed(_ capabilities: Set<Capability> = []) -> ReleaseService {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        _ = hello(&service, first, question: 1, epoch: 1, capabilities: capabilities)
        return service
    }

    private func reply(_ message: ReleaseMessage, _ correlation: UInt32, on id: LinkID = LinkID(1))
        -> ReleaseService.Action
    {
        .send(id, Frame(.reply(message, hasMore: false), correlation: correlation).encode())
    }

    private static let badge = Presented(
        reader: "left", read: RawRead(technology: .wedge, text: Array("1".utf8))!, key: stream, age: .zero)

    // MARK: Hello

    @Test func aHelloBecomesAQuestionAndItsAnswerTheWelcome() {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        let actions = hello(&service, first, question: 1, epoch: 1)
        #expect(service.connectedAgents == ["a"] && actions.count == 3)
    }

    @Test func anotherConnectionOfTheSameAgentFencesTheFirst() {
        var service = welcomed()
        let second = LinkID(2)
        let actions = hello(&service, second, question: 2, epoch: 2)
        #expect(actions.contains(.close(first)) && !actions.contains(.close(second)))
        #expect(actions.contains(reply(.refused(Refusal(.fenced)), 0)))
        #expect(service.linkCount == 1 && service.connectedAgents == ["a"])
        // The store is told of the old seat, and knows that it is not the newest.
        #expect(
            actions.contains(.ask(QuestionID(3), .agentLeft(AgentSeat(agent: AgentID(7), epoch: 1), at: service.wall))))
    }

    @Test(arguments: [
        (StoreReply.failed(.full), Refusal.Code.storeFull), (.failed(.broken("x")), .maintenance),
        (.refused(Refusal(.revoked)), .revoked),
    ])
    func aHelloThatTheStoreDoesNotTakeIsRefused(answer: StoreReply, code: Refusal.Code) {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        _ = service.handle(.connected(first, key: Self.key), at: now)
        let hello = Hello(software: "test", stream: Self.stream, nextSequence: 1, unsettled: [])
        _ = service.handle(received(Frame(.request(.hello(hello))), on: first), at: now)
        let actions = service.handle(.answered(QuestionID(1), answer), at: now)
        #expect(actions.contains(reply(.refused(Refusal(code)), 0)) && actions.contains(.close(first)))
        #expect(service.linkCount == 0 && actions.contains(.storeIsFull) == (answer == .failed(.full)))
    }

    @Test func answersForAConnectionThatIsGoneAreDropped() {
        var service = welcomed()
        let asked = service.handle(request(.credential(Self.badge), 1), at: now)
        #expect(
            asked == [
                .ask(QuestionID(2), .present(AgentSeat(agent: AgentID(7), epoch: 1), Self.badge, at: service.wall))
            ])
        let left = service.handle(.disconnected(first), at: now)
        #expect(
            left.contains(.ask(QuestionID(3), .agentLeft(AgentSeat(agent: AgentID(7), epoch: 1), at: service.wall))))
        #expect(service.handle(.answered(QuestionID(2), .verdict(.refused(Refusal(.noJobs)))), at: now) == [])
        #expect(service.handle(.answered(QuestionID(2), .done), at: now) == [])
    }

    // MARK: Enrolment at a reader

    @Test func aReaderThatWaitsForABadgeAsksForItTwice() {
        var service = welcomed([.dialogue])
        _ = service.handle(request(.credential(Self.badge), 1), at: now)
        let again = Challenge(prompt: 0, kind: .presentAgain, triesLeft: 1)
        let asked = service.handle(.answered(QuestionID(2), .verdict(.challenge(again))), at: now)
        #expect(asked.contains(reply(.challenge(again), 1)))
        _ = service.handle(request(.credential(Self.badge), 3), at: now)
        let done = service.handle(.answered(QuestionID(3), .verdict(.registered(user: "ada"))), at: now)
        #expect(done.contains(reply(.registered(user: "ada"), 3)))
    }

    // MARK: Readers

    @Test func theReadersAreNotedAndTheirTroubleIsNews() {
        var service = welcomed([.readers])
        let seat = AgentSeat(agent: AgentID(7), epoch: 1, capabilities: [.readers])
        let lost = ReaderStatus(name: "left", kind: "id12", state: .lost)
        #expect(
            service.handle(request(.readers([lost]), 1), at: now)
                == [.ask(QuestionID(2), .noteReaders(seat, [lost], at: service.wall))])
        let news = ReaderNews(reader: "left", change: .lost, obstacle: "Is it plugged in?")
        #expect(
            service.handle(.answered(QuestionID(2), .readersNoted([news])), at: now)
                == [.note(.readerChanged(agent: "a", news)), reply(.readersNoted, 1)])
        _ = service.handle(request(.readers([]), 2), at: now)
        let refused = service.handle(.answered(QuestionID(3), .failed(.full)), at: now)
        #expect(refused.contains(reply(.refused(Refusal(.storeFull)), 2)))
    }

    @Test func newsOfAnAgentThatLeftMeanwhileAreNewsAllTheSame() {
        var service = welcomed([.readers])
        _ = service.handle(request(.readers([]), 1), at: now)
        _ = service.handle(.disconnected(first), at: now)
        let news = ReaderNews(reader: "left", change: .tampered, obstacle: "")
        #expect(
            service.handle(.answered(QuestionID(2), .readersNoted([news])), at: now)
                == [.note(.readerChanged(agent: "a", news))])
    }

    // MARK: Events

    @Test func eventsAreRecordedInBatchesOneAtATime() {
        var service = welcomed()
        let seat = AgentSeat(agent: AgentID(7), epoch: 1)
        func event(_ sequence: UInt64) -> SequencedEvent {
            let record = ReadRecord(key: Self.stream, reader: "r", result: .noJobs, at: WallTime(milliseconds: 0))
            return SequencedEvent(sequence: sequence, message: .readOutcome(record))
        }
        func arrives(_ sequence: UInt64) -> [ReleaseService.Action] {
            service.handle(received(Frame(.event(sequence: sequence, event(sequence).message!)), on: first), at: now)
        }
        #expect(
            arrives(1).first
                == .ask(QuestionID(2), .recordEvents(seat, stream: Self.stream, [event(1)], at: service.wall)))
        #expect(arrives(2) == [] && arrives(3) == [])
        let next = service.handle(.answered(QuestionID(2), .recorded(through: 1)), at: now)
        // The log says it once it is true.
        #expect(next.first == .note(.readRecorded(agent: "a", reader: "r", .noJobs)))
        #expect(next.dropFirst().first == .send(first, Frame(.acknowledgement(through: 1)).encode()))
        #expect(
            next.dropFirst(2).first
                == .ask(
                    QuestionID(3), .recordEvents(seat, stream: Self.stream, [event(2), event(3)], at: service.wall)))
        // What cannot be recorded is the agent's to send again.
        #expect(service.handle(.answered(QuestionID(3), .failed(.full)), at: now).contains(.close(first)))
    }

    @Test func whatCouldNotBeChargedIsSaid() {
        var service = welcomed()
        let record = ReadRecord(key: Self.stream, reader: "r", result: .noJobs, at: WallTime(milliseconds: 0))
        _ = service.handle(received(Frame(.event(sequence: 1, .readOutcome(record))), on: first), at: now)
        let actions = service.handle(
            .answered(QuestionID(2), .recorded(through: 1, unbooked: [JobID(3)])), at: now)
        #expect(actions.contains(.note(.chargeUnbooked(agent: "a", job: JobID(3)))))
    }

    // MARK: Documents

    private func opened(_ service: inout ReleaseService) -> [ReleaseService.Action] {
        let open = DocumentOpen(release: ReleaseID(9), offset: 0, window: 1 << 20)
        _ = service.handle(request(.documentOpen(open), 1), at: now)
        return service.handle(.answered(QuestionID(2), .document(Self.document)), at: now)
    }

    @Test func aDocumentIsReadOnlyWhileTheSocketKeepsUp() {
        var service = welcomed()
        _ = service.handle(.drained(first), at: now)
        var actions = opened(&service)
        var pieces = 0
        while case .readDocument(let question, _, _, let limit)? = actions.last {
            pieces += 1
            actions = service.handle(.documentRead(question, .bytes([UInt8](repeating: 0, count: limit))), at: now)
        }
        #expect(pieces == 2, "two pieces of 64 KiB are more than may be unsent")
        let more = service.handle(.drained(first), at: now)
        #expect(more.count == 1)
        guard case .readDocument(_, _, let offset, _)? = more.first else {
            Issue.record("reading does not go on")
            return
        }
        #expect(offset == 2 * 65_536)
    }

    @Test func aDocumentThatEndedIsForgotten() {
        var service = welcomed()
        guard case .readDocument(let question, _, _, _)? = opened(&service).last else {
            Issue.record("nothing is read")
            return
        }
        #expect(service.links[first]?.documents.count == 1)
        _ = service.handle(.documentRead(question, .failed(Refusal(.documentUnavailable))), at: now)
        #expect(service.links[first]?.documents.isEmpty == true)
    }

    @Test func aPieceOfADocumentThatWasGivenUpIsNotPutIntoTheNextOneOfThatNumber() {
        for late: DocumentPiece in [
            .bytes([UInt8](repeating: 1, count: 65_536)), .end(sha256: [UInt8](repeating: 0, count: 32)),
            .failed(Refusal(.documentUnavailable)),
        ] {
            var service = welcomed()
            guard case .readDocument(let old, _, _, _)? = opened(&service).last else {
                Issue.record("nothing is read")
                return
            }
            _ = service.handle(received(Frame(.abandon, correlation: 1), on: first), at: now)
            // The next one has room for less than the piece that is still on its way.
            let open = DocumentOpen(release: ReleaseID(10), offset: 0, window: 100)
            _ = service.handle(request(.documentOpen(open), 1), at: now)
            let asked = service.handle(.answered(QuestionID(4), .document(Self.document)), at: now)
            #expect(service.handle(.documentRead(old, late), at: now) == [])
            guard case .readDocument(let read, _, 0, let limit)? = asked.last else {
                Issue.record("the next document is not read")
                return
            }
            #expect(limit == 100 && service.links[first]?.documents.count == 1)
            let sent = service.handle(.documentRead(read, .bytes([UInt8](repeating: 2, count: limit))), at: now)
            #expect(
                sent == [
                    .send(first, Frame(.bytes(offset: 0, [UInt8](repeating: 2, count: limit)), correlation: 1).encode())
                ])
        }
    }

    @Test func aPieceThatNobodyHadTimeForIsAskedForAgain() {
        var service = welcomed()
        let open = DocumentOpen(release: ReleaseID(9), offset: 0, window: 100)
        _ = service.handle(request(.documentOpen(open), 1), at: now)
        let asked = service.handle(.answered(QuestionID(2), .document(Self.document)), at: now)
        #expect(asked.last == .readDocument(QuestionID(3), Self.document, offset: 0, limit: 100))
        #expect(service.handle(.documentRead(QuestionID(3), nil), at: now) == [])
        let later = now + ReleaseService.readAgainAfter
        #expect(service.deadline == later)
        #expect(
            service.tick(at: later) == [.readDocument(QuestionID(4), Self.document, offset: 0, limit: 100)])
        let piece = [UInt8](repeating: 1, count: 100)
        #expect(
            service.handle(.documentRead(QuestionID(4), .bytes(piece)), at: later)
                == [.send(first, Frame(.bytes(offset: 0, piece), correlation: 1).encode())])
        // Given up meanwhile: it is not asked for any more.
        _ = service.handle(received(Frame(.grant(bytes: 100), correlation: 1), on: first), at: later)
        #expect(service.handle(.documentRead(QuestionID(5), nil), at: later) == [])
        _ = service.handle(received(Frame(.abandon, correlation: 1), on: first), at: later)
        #expect(service.tick(at: later + ReleaseService.readAgainAfter) == [])
    }

    @Test func aDocumentThatIsSentForLongIsToldToTheStore() {
        var service = welcomed()
        let open = DocumentOpen(release: ReleaseID(9), offset: 0, window: 100)
        _ = service.handle(request(.documentOpen(open), 1), at: now)
        _ = service.handle(.answered(QuestionID(2), .document(Self.document)), at: now)
        let seat = AgentSeat(agent: AgentID(7), epoch: 1)
        let early = service.handle(.review, at: now + (ReleaseService.sendingInterval - .seconds(1)))
        #expect(early == [.ask(QuestionID(4), .reviewSeats([seat]))])
        let due = now + ReleaseService.sendingInterval
        let told = ReleaseService.Action.ask(QuestionID(5), .noteSending(seat, [ReleaseID(9)], at: service.wall))
        #expect(service.handle(.review, at: due) == [told])
        #expect(service.handle(.review, at: due) == [])
        #expect(service.handle(.answered(QuestionID(5), .done), at: due) == [])
        #expect(service.handle(.review, at: due + ReleaseService.sendingInterval).count == 1)
    }

    @Test func anAgentThatDoesNothingButSayHelloIsToldToWait() {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        for number in 1...OpeningRates.rate.burst {
            // The farewell of the one before is a question, too.
            _ = hello(&service, LinkID(UInt64(number)), question: UInt64(number * 2 - 1), epoch: UInt64(number))
            _ = service.handle(.disconnected(LinkID(UInt64(number))), at: now)
        }
        let id = LinkID(1000)
        _ = service.handle(.connected(id, key: Self.key), at: now)
        let hello = Hello(software: "test", stream: Self.stream, nextSequence: 1, unsettled: [])
        let actions = service.handle(received(Frame(.request(.hello(hello))), on: id), at: now)
        #expect(
            actions == [
                .note(.agentRefused(key: Self.key, .busy)),
                reply(.refused(Refusal(.busy, retryAfter: OpeningRates.rate.interval)), 0, on: id), .close(id),
                .note(.linkClosed(.refused(Refusal(.busy, retryAfter: OpeningRates.rate.interval)))),
            ])
    }

    @Test func aRevokedAgentIsDismissedAndNobodyElse() {
        var service = welcomed()
        #expect(service.handle(.administered(.revokeAgent("b"), .done), at: now) == [])
        #expect(service.handle(.administered(.revokeAgent("a"), .failed(.full)), at: now) == [.storeIsFull])
        let refused = AdminReply.refused(AdminRefusal(.notFound, "no agent"))
        #expect(service.handle(.administered(.revokeAgent("a"), refused), at: now) == [])
        let actions = service.handle(.administered(.revokeAgent("a"), .done), at: now)
        #expect(actions.contains(reply(.refused(Refusal(.revoked)), 0)) && actions.contains(.close(first)))
    }
}
