// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import Testing

@testable import ServerCore

/// Who is told of lent jobs, and which release waits for whom.
@Suite struct ReleaseServiceOfflineTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private static let policy = OfflinePolicy(
        mode: .cached, pages: 50, lease: .seconds(3600), interval: .seconds(15))

    /// Two agents on links 1 and 2.
    private func service(_ policy: OfflinePolicy = policy, capabilities: Set<Capability> = [.offline])
        -> (ReleaseService, told: [ReleaseService.Action])
    {
        var service = ReleaseService(offline: policy, wall: WallTime(milliseconds: 0))
        var told: [ReleaseService.Action] = []
        for number: UInt64 in [1, 2] {
            let key = KeyHash(checked: [UInt8](repeating: UInt8(number), count: KeyHash.length))
            _ = service.handle(.connected(LinkID(number), key: key), at: now)
            let hello = Hello(
                software: "test", stream: [UInt8](repeating: 2, count: 16), nextSequence: 1, unsettled: [],
                capabilities: capabilities)
            _ = service.handle(.received(LinkID(number), Frame(.request(.hello(hello))).encode()), at: now)
            let welcome = Welcome(agent: "a\(number)", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 0))
            told += service.handle(
                .answered(QuestionID(number), .welcomed(AgentID(Int64(number)), welcome)), at: now)
        }
        return (service, told)
    }

    private func seat(_ number: Int64) -> AgentSeat {
        AgentSeat(agent: AgentID(number), epoch: 1, capabilities: [.offline])
    }

    private func command(_ message: OfflineMessage, _ link: UInt64) -> ReleaseService.Action {
        .send(LinkID(link), Frame(.command(.offline(message))).encode())
    }

    private func request(_ message: ReleaseMessage, _ correlation: UInt32, on link: UInt64) -> ReleaseService.Event {
        .received(LinkID(link), Frame(.request(message), correlation: correlation).encode())
    }

    private func reserve(_ question: UInt64, _ service: ReleaseService) -> ReleaseService.Action {
        .ask(QuestionID(question), .release(seat(1), ReleaseOrder(session: SessionID(5)), at: service.wall))
    }

    private func recall(_ question: UInt64, _ service: ReleaseService) -> ReleaseService.Action {
        .ask(QuestionID(question), .recallJobs(seat(1), session: SessionID(5), at: service.wall))
    }

    @Test func thePolicyIsTheFirstWordToWhoeverUnderstandsIt() {
        #expect(service().told.contains(command(.policy(Self.policy), 1)))
        #expect(!service(capabilities: []).told.contains(command(.policy(Self.policy), 1)))
    }

    @Test func whatWasNotAgreedIsNotUnderstood() {
        var (service, _) = service(capabilities: [])
        let refused = Frame(.reply(.refused(Refusal(.unexpected)), hasMore: false), correlation: 9).encode()
        #expect(
            service.handle(request(.offline(.learn(session: SessionID(1))), 9, on: 1), at: now)
                == [.send(LinkID(1), refused)])
    }

    private static let taken = ReleaseService.Event.administered(.deleteUser("ada"), .done)

    @Test func whatIsTakenBackIsAskedForAtOnce() {
        var (service, _) = service()
        #expect(service.handle(Self.taken, at: now) == [command(.askNow, 1), command(.askNow, 2)])
        var (old, _) = self.service(capabilities: [])
        #expect(old.handle(Self.taken, at: now).isEmpty)
    }

    /// As when the administrator locks a list of people.
    @Test func manyChangesAreOneQuestionAnInterval() {
        var (service, _) = service()
        var sent: [Int] = []
        for change in 0..<250 {
            let time = now + .milliseconds(change * 10)
            for action in service.tick(at: time) + service.handle(Self.taken, at: time)
            where action == command(.askNow, 1) { sent.append(change * 10) }
        }
        #expect(sent == [0, 1000, 2000])
        #expect(service.deadline == now + Nudges.interval * 3)
        let rest = service.tick(at: now + Nudges.interval * 3)
        #expect(rest.filter { $0 == command(.askNow, 1) }.count == 1)
        #expect(service.tick(at: now + Nudges.interval * 9).contains(command(.askNow, 1)) == false)
    }

    @Test func whereNothingIsLentNobodyIsAsked() {
        var (denying, _) = service(.deny)
        #expect(denying.handle(Self.taken, at: now).isEmpty)
    }

    /// What the agents remember of that person is not true any more.
    @Test func aPINChosenAtAReaderIsToldToThoseThatMayKnowThePerson() {
        var (service, _) = service(capabilities: [.dialogue, .offline])
        func settled(_ reply: StoreReply, _ correlation: UInt32, first: UInt64) -> [ReleaseService.Action] {
            let message = ReleaseMessage.challengeReply(ChallengeReply(prompt: 9, secret: SecretBytes([0x31])))
            _ = service.handle(request(message, correlation, on: 1), at: now)
            _ = service.handle(.answered(QuestionID(first), .demand(.check(nil), reader: "r")), at: now)
            _ = service.handle(.pinChecked(QuestionID(first + 1), matched: true), at: now)
            return service.handle(.answered(QuestionID(first + 2), reply), at: now)
        }
        let verdict = ReadVerdict.refused(Refusal(.noPrinter))
        let plain = settled(.verdict(verdict), 1, first: 3)
        #expect(!plain.contains(command(.askNow, 1)) && !plain.contains(command(.askNow, 2)))
        let chosen = settled(.pinChosen(verdict, knowing: [AgentID(2), AgentID(9)]), 2, first: 6)
        #expect(!chosen.contains(command(.askNow, 1)) && chosen.contains(command(.askNow, 2)))
        #expect(chosen.count == plain.count + 1)
    }

    @Test func whoHoldsADeletedDocumentIsAsked() {
        var (service, _) = service(capabilities: [.dialogue, .offline])
        let chosen = JobSelection(session: SessionID(5), jobs: [JobID(1)])
        _ = service.handle(request(.delete(chosen), 1, on: 1), at: now)
        let told = service.handle(.answered(QuestionID(3), .deleted(1, holders: [AgentID(2)])), at: now)
        #expect(told.contains(command(.askNow, 2)) && !told.contains(command(.askNow, 1)))
    }

    @Test func onlyWhatShutsOutTakesBack() {
        let hash = PINHash(logN: 1, salt: [1], hash: SecretBytes([1]))
        let taking: [AdminRequest] = [
            .lockUser("ada", locked: true), .setPIN(user: "ada", hash), .deleteUser("ada"), .revokeBadge(1),
            .cancelJob(JobID(1)), .recallJob(JobID(1), agentIsLost: false),
        ]
        #expect(taking.allSatisfy { $0.takesBackWhatWasLent })
        let others: [AdminRequest] = [.lockUser("ada", locked: false), .setPIN(user: "ada", nil), .listUsers]
        #expect(!others.contains { $0.takesBackWhatWasLent })
    }

    @Test func withNothingLentAReleaseIsReservedAtOnce() {
        var (denying, _) = service(.deny)
        #expect(
            denying.handle(request(.release(session: SessionID(5)), 9, on: 1), at: now) == [reserve(3, denying)])
        var (service, _) = service()
        #expect(
            service.handle(request(.release(session: SessionID(5)), 9, on: 1), at: now) == [recall(3, service)])
        #expect(service.handle(.answered(QuestionID(3), .recalled([])), at: now) == [reserve(4, service)])
    }

    @Test func aReleaseWaitsForAHolderThatIsConnected() {
        var (service, _) = service()
        _ = service.handle(request(.release(session: SessionID(5)), 9, on: 1), at: now)
        #expect(
            service.handle(.answered(QuestionID(3), .recalled([AgentID(2)])), at: now) == [command(.askNow, 2)])
        let ask = OfflineMessage.ask(CustodyAsk(items: [], room: 1, forgotten: 0))
        _ = service.handle(request(.offline(ask), 4, on: 2), at: now)
        let answer = CustodyAnswer(
            lent: [], lease: .seconds(60), offers: [], printer: nil, forget: [], forgotten: 0)
        let told = service.handle(.answered(QuestionID(4), .custody(answer)), at: now)
        #expect(told.last == recall(5, service))
        // Not yet: it is asked once only, and waited for again.
        #expect(service.handle(.answered(QuestionID(5), .recalled([AgentID(2)])), at: now) == [])
        let end = now + CustodyRule.recallPatience
        #expect(service.deadline == end)
        #expect(service.tick(at: end).filter { if case .ask = $0 { true } else { false } } == [recall(6, service)])
        #expect(service.handle(.answered(QuestionID(6), .recalled([AgentID(2)])), at: end) == [reserve(7, service)])
    }

    @Test func nobodyWaitsForAHolderThatIsAway() {
        var (service, _) = service()
        _ = service.handle(request(.release(session: SessionID(5)), 9, on: 1), at: now)
        #expect(
            service.handle(.answered(QuestionID(3), .recalled([AgentID(77)])), at: now) == [reserve(4, service)])
    }

    @Test func theDocumentOfACustodyIsReadLikeAnother() {
        var (service, _) = service()
        let open = CustodyOpen(fence: Fence(3), offset: 0, window: 10)
        #expect(
            service.handle(request(.offline(.open(open)), 4, on: 2), at: now)
                == [.ask(QuestionID(3), .openCustody(seat(2), Fence(3), offset: 0, at: service.wall))])
        let document = StoredDocument(
            place: .spool(name: "d"), wrappedKey: [1], size: 20, sha256: [UInt8](repeating: 0, count: 32))
        let told = service.handle(.answered(QuestionID(3), .document(document)), at: now)
        #expect(told.last == .readDocument(QuestionID(4), document, offset: 0, limit: 10))
    }
}
