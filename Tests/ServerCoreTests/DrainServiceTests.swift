// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Testing

/// The server stops: what becomes of the connections.
@Suite struct DrainServiceTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private static let key = KeyHash(checked: [UInt8](repeating: 1, count: KeyHash.length))
    private static let stream = [UInt8](repeating: 2, count: 16)
    private static let goAway = Frame(.goAway(.goAway(retryAfter: ReleaseService.returnAfter))).encode()

    private func request(_ message: ReleaseMessage, _ correlation: UInt32, on id: LinkID) -> ReleaseService.Event {
        .received(id, Frame(.request(message), correlation: correlation).encode())
    }

    private func welcomed(_ ids: ClosedRange<UInt64>) -> ReleaseService {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        for number in ids {
            let id = LinkID(number)
            _ = service.handle(.connected(id, key: Self.key), at: now)
            let hello = Hello(software: "test", stream: Self.stream, nextSequence: 1, unsettled: [])
            _ = service.handle(request(.hello(hello), 0, on: id), at: now)
            let welcome = Welcome(
                agent: "a\(number)", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 0))
            let agent = AgentID(Int64(number))
            let actions = service.handle(.answered(QuestionID(number), .welcomed(agent, welcome)), at: now)
            #expect(actions.contains(.admit(id)), "it is a stranger no more")
        }
        return service
    }

    @Test func withoutConnectionsItIsDrainedAtOnce() {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        #expect(service.handle(.drain, at: now) == [.drained])
        #expect(service.deadline == nil && service.tick(at: now + .seconds(60)) == [])
    }

    @Test func idleAgentsAreToldAndGo() {
        var service = welcomed(1...2)
        let actions = service.handle(.drain, at: now)
        for id in [LinkID(1), LinkID(2)] {
            #expect(actions.contains(.send(id, Self.goAway)) && actions.contains(.close(id)))
        }
        #expect(actions.last == .drained && service.linkCount == 0)
    }

    @Test func whoComesInTheMeantimeIsClosed() {
        var service = welcomed(1...1)
        _ = service.handle(request(.release(session: SessionID(1)), 1, on: LinkID(1)), at: now)
        _ = service.handle(.drain, at: now)
        #expect(service.handle(.connected(LinkID(9), key: Self.key), at: now) == [.close(LinkID(9))])
        #expect(service.handle(.received(LinkID(9), [1]), at: now) == [])
    }

    @Test func theLastAnswerEndsTheDrain() {
        var service = welcomed(1...1)
        _ = service.handle(request(.release(session: SessionID(1)), 1, on: LinkID(1)), at: now)
        #expect(service.handle(.drain, at: now) == [.send(LinkID(1), Self.goAway)])
        let actions = service.handle(.answered(QuestionID(2), .releases([])), at: now)
        #expect(actions.contains(.close(LinkID(1))) && actions.last == .drained)
        #expect(service.handle(.disconnected(LinkID(1)), at: now) == [], "drained is said once")
    }

    @Test func whoTakesTooLongIsDismissed() {
        var service = welcomed(1...1)
        _ = service.handle(request(.release(session: SessionID(1)), 1, on: LinkID(1)), at: now)
        _ = service.handle(.drain, at: now)
        let end = now + ReleaseService.drainLimit
        #expect(service.deadline.map { $0 <= end } == true)
        var actions: [ReleaseService.Action] = []
        while let deadline = service.deadline, deadline <= end { actions += service.tick(at: deadline) }
        #expect(actions.contains(.close(LinkID(1))) && actions.last == .drained)
    }

    @Test func anAgentThatIsCutOffCountsAsGone() {
        var service = welcomed(1...1)
        _ = service.handle(request(.release(session: SessionID(1)), 1, on: LinkID(1)), at: now)
        _ = service.handle(.drain, at: now)
        #expect(service.handle(.disconnected(LinkID(1)), at: now).last == .drained)
    }
}
