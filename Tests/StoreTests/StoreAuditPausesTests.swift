// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing

@testable import Store

/// What an agent can bring about without end is in the audit once a minute, with its count.
struct StoreAuditPausesTests: CustodyScenes {
    private func lines(_ site: Site, _ action: String) throws -> [String] {
        try site.store.database.rows("SELECT subject FROM audit WHERE action = ?1 ORDER BY id", .text(action)) {
            $0.text(0)
        }
    }

    /// Of a custody that there is not.
    private func invent(_ site: Site, _ seat: AgentSeat, _ count: Int, from first: UInt64) -> StoreReply {
        let events = (0..<UInt64(count)).map { number in
            SequencedEvent(
                sequence: first + number,
                message: .account(
                    OfflineCharge(
                        key: Array(repeating: UInt8(seat.agent.value), count: 8) + (first + number).bigEndianBytes,
                        fence: Fence(77),
                        job: JobID(5), user: UserID(1), outcome: .unconfirmed, evidence: .none, at: site.now)))
        }
        return site.store.perform(.recordEvents(seat, stream: site.stream(1), events, at: site.now))
    }

    @Test func chargesOfCustodiesThatThereAreNotAreOneLineAMinute() throws {
        let site = try site()
        let (seat, other) = (try site.seat(1), try site.seat(2))
        #expect(invent(site, seat, 50, from: 1) == .recorded(through: 50, uncalled: 50))
        let first = "job 5, custody 77 at copier-1: unconfirmed"
        #expect(try lines(site, "foreign-offline-charge") == [first])
        // Another agent's is a line of its own.
        _ = invent(site, other, 1, from: 1)
        #expect(try lines(site, "foreign-offline-charge").last == "job 5, custody 77 at copier-2: unconfirmed")
        site.pass(.seconds(60))
        _ = invent(site, seat, 2, from: 51)
        #expect(try lines(site, "foreign-offline-charge").last == first + "; before it 49 more")
        // The rest is told, should no other come.
        site.pass(.seconds(60))
        _ = site.store.perform(.purge(at: site.now))
        #expect(try lines(site, "foreign-offline-charge").last == "copier-1: 1 more")
        #expect(try lines(site, "foreign-offline-charge").count == 4)
        #expect(try site.store.count("SELECT count(*) FROM audit_pauses") == 0)
        try isSound(site)
    }

    @Test func aClockSetBackSilencesNothing() throws {
        let site = try site()
        let seat = try site.seat(1)
        _ = invent(site, seat, 1, from: 1)
        site.pass(.seconds(-3600))
        _ = invent(site, seat, 1, from: 2)
        #expect(try lines(site, "foreign-offline-charge").count == 2)
    }

    /// Alerts were told apart by their text once.
    @Test func anAgentsNameSilencesNoOther() throws {
        let site = try Site.furnished()
        guard case .enrolmentCode(let code, _) = site.admin(.makeEnrolmentCode) else { throw Missing(what: "a code") }
        var enrolment = try site.proof(code, 3)
        enrolment = Enrolment(name: "x of copier-2", proof: enrolment.proof)
        _ = site.store.perform(.enrolAgent(key: Site.key(3), enrolment, at: site.now))
        let rogue = try site.seat(3)
        for round in 0..<4 {
            let readers = (0..<64).map { ReaderStatus(name: "\(round)-\($0)", kind: "text", state: .lost) }
            _ = site.store.perform(.noteReaders(rogue, readers, at: site.now))
        }
        let lost = ReaderStatus(name: "front", kind: "text", state: .lost)
        _ = site.store.perform(.noteReaders(try site.seat(2), [lost], at: site.now))
        #expect(try lines(site, "reader-lost").last == "front of copier-2")
        #expect(try lines(site, "reader-lost").count == ReaderRule.auditLimit + 1)
    }

    @Test func theSameQuestionForAReportIsCounted() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        _ = site.admin(.setRight(.reports, of: "copier-1", isGranted: true))
        func ask(_ month: String) -> StoreReply {
            site.store.perform(
                .noteReport(seat, ReportQuery(name: "users", month: month, cursor: 0), at: site.now))
        }
        for _ in 0..<5 { #expect(ask("2026-10") == .done) }
        #expect(ask("2026-11") == .done)
        #expect(try lines(site, "report-seen") == ["users --summary 2026-10", "users --summary 2026-11"])
        site.pass(.seconds(60))
        _ = ask("2026-10")
        #expect(try lines(site, "report-seen").last == "users --summary 2026-10; before it 4 more")
    }

    @Test func guessingIsALine() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        #expect(
            site.store.perform(.noteGuessing(seat.agent, reader: "front", count: 12, at: site.now)) == .done)
        #expect(try lines(site, "badges-guessed") == ["12 reads refused, the last at reader front of copier-1"])
    }
}
