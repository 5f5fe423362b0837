// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

@testable import ServerCore

@Suite struct ReleaseServiceKeysTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private static let link = LinkID(1)
    private static let query = ReportQuery(name: "users", month: "2026-11", cursor: 0)

    private func key(_ number: UInt8) -> KeyHash { KeyHash(checked: [UInt8](repeating: number, count: 32)) }

    private func seat(_ number: Int) -> AgentSeat {
        AgentSeat(agent: AgentID(Int64(number)), epoch: 1, capabilities: [.reports, .rotation])
    }

    /// Agents on the links 1 … count, all welcome.
    private func service(_ count: Int = 1) -> ReleaseService {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        for number in 1...count {
            let id = LinkID(UInt64(number))
            _ = service.handle(.connected(id, key: key(UInt8(number))), at: now)
            let hello = Hello(
                software: "t", stream: [UInt8](repeating: 2, count: 16), nextSequence: 1, unsettled: [],
                capabilities: [.reports, .rotation])
            _ = service.handle(.received(id, Frame(.request(.hello(hello))).encode()), at: now)
            let welcome = Welcome(agent: "a\(number)", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 0))
            _ = service.handle(
                .answered(QuestionID(UInt64(number)), .welcomed(AgentID(Int64(number)), welcome)), at: now)
        }
        return service
    }

    private func request(_ message: ReleaseMessage, _ correlation: UInt32) -> ReleaseService.Event {
        .received(Self.link, Frame(.request(message), correlation: correlation).encode())
    }

    private func reply(_ message: ReleaseMessage, _ correlation: UInt32) -> ReleaseService.Action {
        .send(Self.link, Frame(.reply(message, hasMore: false), correlation: correlation).encode())
    }

    /// It comes every few seconds, and is in the log once a minute.
    @Test func aBoxThatWaitsForItsApprovalIsNotedOnceAMinute() {
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        var notes: [[ServerNote]] = []
        for (number, seconds) in [0, 3, 50, 60].enumerated() {
            let (id, at) = (LinkID(UInt64(number + 1)), now + .seconds(seconds))
            _ = service.handle(.connected(id, key: key(1)), at: at)
            let hello = Hello(
                software: "t", stream: [UInt8](repeating: 2, count: 16), nextSequence: 1, unsettled: [],
                capabilities: [.rotation])
            _ = service.handle(.received(id, Frame(.request(.hello(hello))).encode()), at: at)
            let refusal = Refusal(.notApproved, retryAfter: .seconds(3))
            let actions = service.handle(.answered(QuestionID(UInt64(number + 1)), .refused(refusal)), at: at)
            #expect(actions.contains(.close(id)))
            notes.append(actions.compactMap { if case .note(let note) = $0 { note } else { nil } })
        }
        let told: [ServerNote] = [
            .agentRefused(key: key(1), .notApproved),
            .linkClosed(.refused(Refusal(.notApproved, retryAfter: .seconds(3)))),
        ]
        #expect(notes == [told, [], [], told])
    }

    @Test func aKeyIsAnnouncedWhenTheStoreHasIt() {
        var service = service()
        let rotation = KeyRotation(key: key(9), publicKey: [1], signature: [2])
        #expect(
            service.handle(request(.rotateKey(rotation), 3), at: now)
                == [.ask(QuestionID(2), .rotateKey(seat(1), rotation, at: service.wall))])
        #expect(
            service.handle(.answered(QuestionID(2), .done), at: now)
                == [.note(.keyAnnounced(agent: "a1")), reply(.keyAnnounced, 3)])
        _ = service.handle(request(.rotateKey(rotation), 4), at: now)
        #expect(
            service.handle(.answered(QuestionID(3), .refused(Refusal(.keyRejected))), at: now)
                == [reply(.refused(Refusal(.keyRejected)), 4)])
    }

    @Test func aReportIsRecordedBeforeItsRowsAreRead() {
        var service = service()
        let page = ReportPage(rows: "x\r\n", next: 600)
        #expect(
            service.handle(request(.reportQuery(Self.query), 3), at: now)
                == [.ask(QuestionID(2), .noteReport(seat(1), Self.query, at: service.wall))])
        #expect(
            service.handle(.answered(QuestionID(2), .done), at: now) == [
                .note(.reportSeen(agent: "a1", key: key(1), report: "users --summary 2026-11")),
                .ask(QuestionID(3), .readReport(seat(1), Self.query)),
            ])
        #expect(service.handle(.answered(QuestionID(3), .reportPage(page)), at: now) == [reply(.report(page), 3)])
        // The pages behind it belong to the same look.
        var second = Self.query
        second.cursor = 600
        #expect(
            service.handle(request(.reportQuery(second), 4), at: now)
                == [.ask(QuestionID(4), .readReport(seat(1), second))])
        _ = service.handle(.answered(QuestionID(4), .reportPage(page)), at: now)
        // Another report does not, and nobody begins in the middle unrecorded.
        var other = second
        other.name = "history"
        #expect(
            service.handle(request(.reportQuery(other), 5), at: now)
                == [.ask(QuestionID(5), .noteReport(seat(1), other, at: service.wall))])
    }

    /// So that one connection does not hold up the reports of everybody.
    @Test func aConnectionHasOneReportMadeAtATime() {
        var service = service()
        var queries: [ReportQuery] = []
        for number in 1...4 {
            queries.append(ReportQuery(name: "users", month: "2026-0\(number)", cursor: 0))
            let asked = service.handle(request(.reportQuery(queries[number - 1]), UInt32(number)), at: now)
            #expect(asked.isEmpty == (number > 1))
        }
        let page = ReportPage(rows: "x\r\n", next: nil)
        _ = service.handle(.answered(QuestionID(2), .done), at: now)
        #expect(
            service.handle(.answered(QuestionID(3), .reportPage(page)), at: now)
                == [reply(.report(page), 1), .ask(QuestionID(4), .noteReport(seat(1), queries[1], at: service.wall))])
        // A refusal is an end as well.
        #expect(
            service.handle(.answered(QuestionID(4), .refused(Refusal(.notPermitted))), at: now) == [
                reply(.refused(Refusal(.notPermitted)), 2),
                .ask(QuestionID(5), .noteReport(seat(1), queries[2], at: service.wall)),
            ])
        _ = service.handle(.answered(QuestionID(5), .done), at: now)
        #expect(
            service.handle(.answered(QuestionID(6), .failed(.busy)), at: now).last
                == .ask(QuestionID(7), .noteReport(seat(1), queries[3], at: service.wall)))
        _ = service.handle(.answered(QuestionID(7), .failed(.busy)), at: now)
        #expect(service.handle(request(.reportQuery(queries[0]), 9), at: now).count == 1)
    }

    /// Too many requests end a report like any other refusal: those behind it do not wait for ever.
    @Test func aReportThatIsRefusedForItsBudgetHoldsUpNoOther() {
        var service = service()
        _ = service.handle(request(.reportQuery(Self.query), 1), at: now)
        _ = service.handle(request(.reportQuery(Self.query), 2), at: now)
        while service.budgets.take(.request, of: AgentID(1), at: now) == nil {}
        let refused = service.handle(.answered(QuestionID(2), .refused(Refusal(.notPermitted))), at: now)
        #expect(refused.count == 2 && refused.first == reply(.refused(Refusal(.notPermitted)), 1))
        #expect(service.links[Self.link]?.isReporting == false)
        let later = service.handle(request(.reportQuery(Self.query), 3), at: now + .seconds(1))
        #expect(later == [.ask(QuestionID(3), .noteReport(seat(1), Self.query, at: service.wall))])
    }

    @Test func whoMayNotSeeAReportGetsNoRows() {
        var service = service()
        _ = service.handle(request(.reportQuery(Self.query), 3), at: now)
        #expect(
            service.handle(.answered(QuestionID(2), .refused(Refusal(.notPermitted))), at: now)
                == [reply(.refused(Refusal(.notPermitted)), 3)])
    }

    @Test func aReviewEndsTheConnectionsThatTheStoreNames() {
        var service = service(3)
        let seats = (1...3).map(seat)
        #expect(service.handle(.review, at: now) == [.ask(QuestionID(4), .reviewSeats(seats))])
        #expect(service.handle(.review, at: now) == [], "one at a time")
        let end = SeatEnd(seat: seats[0], refusal: Refusal(.revoked))
        let actions = service.handle(.answered(QuestionID(4), .seatsEnded([end])), at: now)
        #expect(actions.prefix(2) == [reply(.refused(Refusal(.revoked)), 0), .close(Self.link)])
        #expect(service.connectedAgents == ["a2", "a3"])
        #expect(service.handle(.review, at: now).count == 1)
    }

    @Test func aReviewThatFailsIsMadeAgain() {
        var service = service()
        _ = service.handle(.review, at: now)
        _ = service.handle(.answered(QuestionID(2), .failed(.busy)), at: now)
        #expect(service.handle(.review, at: now) == [.ask(QuestionID(3), .reviewSeats([seat(1)]))])
        var idle = ReleaseService(wall: WallTime(milliseconds: 0))
        #expect(idle.handle(.review, at: now) == [], "nobody is there")
    }
}
