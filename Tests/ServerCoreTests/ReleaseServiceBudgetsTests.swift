// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import Testing

@testable import ServerCore

/// An agent with a good key, and what it is kept from.
@Suite struct ReleaseServiceBudgetsTests {
    private static let stream = [UInt8](repeating: 2, count: 16)
    private static let seat = AgentSeat(agent: AgentID(7), epoch: 1, capabilities: [.readers, .reports, .rotation])
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private final class Rig {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        var link = LinkID(0)
        var correlation: UInt32 = 0
        var epoch: UInt64 = 0

        func connect(at now: MonotonicTime) {
            link = LinkID(link.value + 1)
            correlation = 0
            epoch += 1
            let key = KeyHash(checked: [UInt8](repeating: 1, count: KeyHash.length))
            _ = service.handle(.connected(link, key: key), at: now)
            let hello = Hello(
                software: "t", stream: ReleaseServiceBudgetsTests.stream, nextSequence: 1, unsettled: [],
                capabilities: seat.capabilities)
            let actions = service.handle(.received(link, Frame(.request(.hello(hello))).encode()), at: now)
            let welcome = Welcome(agent: "a", epoch: epoch, committed: 0, serverTime: WallTime(milliseconds: 0))
            _ = service.handle(.answered(question(actions) ?? QuestionID(0), .welcomed(AgentID(7), welcome)), at: now)
        }

        /// But for what is written down of guessing.
        func question(_ actions: [ReleaseService.Action]) -> QuestionID? {
            for case .ask(let question, let request) in actions {
                if case .noteGuessing = request { continue }
                return question
            }
            return nil
        }

        func send(_ message: ReleaseMessage, at now: MonotonicTime) -> [ReleaseService.Action] {
            correlation += 1
            return service.handle(
                .received(link, Frame(.request(message), correlation: correlation).encode()), at: now)
        }

        func refusal(_ refusal: Refusal) -> ReleaseService.Action {
            .send(link, Frame(.reply(.refused(refusal), hasMore: false), correlation: correlation).encode())
        }

        /// One read of a badge that nobody has; whether the store was asked.
        func guess(at now: MonotonicTime) -> Bool {
            guard let question = question(send(.credential(badge), at: now)) else { return false }
            _ = service.handle(.answered(question, .read(.refused(Refusal(.unknownCredential)), .nobody)), at: now)
            return true
        }
    }

    private static let badge = Presented(
        reader: "left", read: RawRead(technology: .wedge, text: Array("1".utf8))!, key: stream, age: .zero)

    private func rig() -> Rig {
        let rig = Rig()
        rig.connect(at: start)
        return rig
    }

    @Test func whoReadsTooManyStrangersIsLockedBeforeTheStoreIsAsked() {
        let rig = rig()
        #expect((0..<60).allSatisfy { _ in rig.guess(at: start) })
        let actions = rig.send(.credential(Self.badge), at: start)
        let audit = StoreRequest.noteGuessing(AgentID(7), reader: "left", count: 1, at: WallTime(milliseconds: 0))
        #expect(actions.first == .note(.badgesGuessed(agent: "a", reader: "left", count: 1)))
        #expect(actions.contains { if case .ask(_, audit) = $0 { true } else { false } })
        #expect(actions.last == rig.refusal(Refusal(.locked, retryAfter: .seconds(10))))
        #expect(!actions.contains { if case .ask(_, .present) = $0 { true } else { false } })
        // A line a minute, whatever comes; its count comes with the next one, which the clock brings.
        let again = rig.send(.credential(Self.badge), at: start + .seconds(1))
        #expect(again == [rig.refusal(Refusal(.locked, retryAfter: .seconds(9)))])
        #expect(rig.service.deadline.map { $0 <= start + .seconds(60) } == true)
        // That agent may have gone.
        let later = rig.service.tick(at: start + .seconds(60))
        #expect(later.contains(.note(.badgesGuessed(agent: "a", reader: "left", count: 1))))
    }

    @Test func aNewConnectionBeginsNothingAnew() {
        let rig = rig()
        for _ in 0..<60 { _ = rig.guess(at: start) }
        rig.connect(at: start)
        #expect(!rig.guess(at: start))
        #expect(rig.guess(at: start + .seconds(10)))
    }

    @Test func oneStatementAboutTheReadersIsOpenAtATime() throws {
        let rig = rig()
        let first = rig.send(.readers([]), at: start)
        #expect(rig.send(.readers([]), at: start).contains(rig.refusal(Refusal(.busy, retryAfter: .seconds(1)))))
        let question = try #require(rig.question(first))
        _ = rig.service.handle(.answered(question, .readersNoted([])), at: start)
        // An agent that asks once a second is never refused.
        for second in 1..<100 {
            let actions = rig.send(.readers([]), at: start + .seconds(second))
            _ = rig.service.handle(
                .answered(try #require(rig.question(actions)), .readersNoted([])), at: start + .seconds(second))
        }
        var asked = 0
        while let question = rig.question(rig.send(.readers([]), at: start + .seconds(200))) {
            asked += 1
            _ = rig.service.handle(.answered(question, .readersNoted([])), at: start + .seconds(200))
        }
        #expect(asked == AgentBudgetRule.readerStatements.burst)
    }

    @Test func changesOfTheKeyAreFew() throws {
        let rig = rig()
        let key = KeyHash(checked: [UInt8](repeating: 9, count: KeyHash.length))
        let rotation = ReleaseMessage.rotateKey(KeyRotation(key: key, publicKey: [1], signature: [2]))
        for _ in 0..<AgentBudgetRule.rotations.burst {
            let question = try #require(rig.question(rig.send(rotation, at: start)))
            _ = rig.service.handle(.answered(question, .done), at: start)
        }
        #expect(rig.send(rotation, at: start) == [rig.refusal(Refusal(.busy, retryAfter: .seconds(60)))])
    }

    private func record(_ sequence: UInt64) -> Frame {
        let record = ReadRecord(key: Self.stream, reader: "r", result: .noJobs, at: WallTime(milliseconds: 0))
        return Frame(.event(sequence: sequence, .readOutcome(record)))
    }

    /// Nothing is dropped: what is not acknowledged is not sent again, nor more than 64 beyond it.
    @Test func eventsThatNothingCalledForWait() throws {
        let rig = rig()
        let first = rig.service.handle(.received(rig.link, record(1).encode()), at: start)
        _ = rig.service.handle(
            .answered(try #require(rig.question(first)), .recorded(through: 1, uncalled: 100_001)), at: start)
        #expect(rig.service.handle(.received(rig.link, record(2).encode()), at: start) == [])
        let due = start + .milliseconds(200)
        #expect(rig.service.deadline.map { $0 <= due } == true)
        #expect(rig.service.tick(at: start + .milliseconds(199)) == [])
        let later = rig.service.tick(at: due)
        guard case .ask(let question, .recordEvents(_, _, let events, _)) = later.first else {
            Issue.record("\(later)")
            return
        }
        #expect(events.map(\.sequence) == [2])
        let done = rig.service.handle(.answered(question, .recorded(through: 2)), at: due)
        #expect(done.contains(.send(rig.link, Frame(.acknowledgement(through: 2)).encode())))
    }

    @Test func requestsThatAreRowsAreBounded() {
        let rig = rig()
        var asked = 0
        for _ in 0..<3000 {
            guard let question = rig.question(rig.send(.credential(Self.badge), at: start)) else { continue }
            asked += 1
            // Expired, as the agent says: it tells nothing and costs a row.
            _ = rig.service.handle(.answered(question, .verdict(.refused(Refusal(.readExpired)))), at: start)
        }
        #expect(asked == AgentBudgetRule.requests.burst)
        #expect(
            rig.send(.credential(Self.badge), at: start)
                == [rig.refusal(Refusal(.busy, retryAfter: .milliseconds(50)))])
    }
}
