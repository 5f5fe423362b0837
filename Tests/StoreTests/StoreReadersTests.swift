// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing

@testable import Store

struct StoreReadersTests {
    private let site: Site
    private let seat: AgentSeat

    init() throws {
        site = try Site.furnished()
        seat = try site.seat(1)
    }

    private func reader(_ name: String, _ state: ReaderStatus.State = .attached) -> ReaderStatus {
        var reader = ReaderStatus(name: name, kind: "osdp", state: state)
        reader.model = "RP40"
        reader.place = "/dev/ttyUSB0"
        reader.security = .secure
        reader.reads = 3
        reader.drops = [.init(reason: "bad-check", count: 2), .init(reason: "noise", count: 1)]
        reader.since = .seconds(60)
        reader.lastRead = .init(what: "proximity, 26 bits", age: .seconds(5))
        return reader
    }

    private func note(_ readers: [ReaderStatus], _ seat: AgentSeat? = nil) -> StoreReply {
        site.store.perform(.noteReaders(seat ?? self.seat, readers, at: site.now))
    }

    private func list(_ agent: String? = nil) -> [AgentReader] {
        guard case .readers(let readers) = site.admin(.listReaders(agent: agent)) else { return [] }
        return readers
    }

    private func audit() throws -> [String] {
        try site.store.database.rows("SELECT action, subject FROM audit WHERE action LIKE 'reader-%' ORDER BY id") {
            "\($0.text(0)) \($0.text(1))"
        }
    }

    @Test func whatAnAgentSaidIsListedWithTimesThatGoOn() {
        #expect(note([reader("front")]) == .readersNoted([]))
        #expect(list() == [AgentReader(agent: "copier-1", status: reader("front"))])
        site.pass(.seconds(10))
        var later = reader("front")
        later.since = .seconds(70)
        later.lastRead?.age = .seconds(15)
        #expect(list("copier-1") == [AgentReader(agent: "copier-1", status: later)])
        #expect(list("copier-2") == [])
    }

    @Test func eachListIsTheWholeTruth() throws {
        _ = note([reader("front"), reader("desk")])
        var front = reader("front")
        front.drops = [.init(reason: "noise", count: 4)]
        #expect(note([front]) == .readersNoted([]))
        #expect(list().map(\.status) == [front])
        #expect(note([]) == .readersNoted([]))
        #expect(list() == [])
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func troubleIsNewsOnceAndStaysInTheAudit() throws {
        _ = note([reader("front")])
        var lost = reader("front", .lost)
        lost.obstacle = "Is it plugged in?"
        let news = ReaderNews(reader: "front", change: .lost, obstacle: "Is it plugged in?")
        #expect(note([lost]) == .readersNoted([news]))
        #expect(note([lost]) == .readersNoted([]))
        var tampered = reader("front")
        tampered.isTampered = true
        #expect(note([tampered]) == .readersNoted([ReaderNews(reader: "front", change: .tampered, obstacle: "")]))
        let back = ReaderNews(reader: "front", change: .back, obstacle: "")
        #expect(note([reader("front")]) == .readersNoted([back]))
        #expect(try audit() == ["reader-lost front of copier-1", "reader-tampered front of copier-1"])
    }

    @Test func aReaderThatComesAndGoesIsAuditedOnceAMinute() throws {
        for _ in 0..<30 {
            _ = note([reader("front")])
            #expect(note([reader("front", .lost)]) != .readersNoted([]), "it is news each time")
            site.pass(.seconds(1))
        }
        // Pulling the plug first does not hide a hand on the reader, and leaving the list starts nothing over.
        var tampered = reader("front")
        tampered.isTampered = true
        _ = note([tampered])
        _ = note([])
        _ = note([tampered])
        _ = note([reader("front", .lost)])
        #expect(try audit() == ["reader-lost front of copier-1", "reader-tampered front of copier-1"])
        site.pass(.seconds(30))
        _ = note([reader("front")])
        _ = note([reader("front", .lost)])
        #expect(try audit().count == 3)
    }

    @Test func readersThatAreInventedFillNoAudit() throws {
        for number in 0..<300 {
            _ = note([reader("r\(number)", .lost)])
            site.pass(.milliseconds(10))
        }
        #expect(try audit().count == ReaderRule.auditLimit)
        _ = site.store.perform(.noteReaders(try site.seat(2), [reader("front", .lost)], at: site.now))
        #expect(try audit().last == "reader-lost front of copier-2", "another agent has its own")
        site.pass(.seconds(61))
        _ = note([reader("desk", .lost)])
        #expect(try audit().last == "reader-lost desk of copier-1")
    }

    @Test func aReadersNameIsMadeFitToBeShownToo() throws {
        let odd = reader("a\u{1B}b\n", .lost)
        let shown = "a\u{FFFD}b\u{FFFD}"
        #expect(note([odd]) == .readersNoted([ReaderNews(reader: shown, change: .lost, obstacle: "")]))
        #expect(note([odd]) == .readersNoted([]), "it is the same reader the next time")
        #expect(list().map(\.status.name) == [shown])
        #expect(try audit() == ["reader-lost \(shown) of copier-1"])
    }

    @Test func anAgentThatComesBackSaysNothingNewOfAReaderThatIsStillLost() throws {
        _ = note([reader("front", .lost)])
        #expect(note([reader("front", .lost)], try site.seat(1)) == .readersNoted([]))
    }

    @Test func onlyTheNewestConnectionIsBelieved() throws {
        let old = seat
        let seat = try site.seat(1)
        #expect(note([reader("front")], old) == .refused(Refusal(.fenced)))
        #expect(note([reader("front")], seat) == .readersNoted([]))
        let other = try site.seat(2)
        _ = note([], other)
        #expect(list().count == 1, "another agent's readers are its own")
    }

    @Test func aRevokedAgentHasNoReaders() {
        _ = note([reader("front")])
        _ = site.admin(.revokeAgent("copier-1"))
        #expect(list() == [])
        guard case .refused(let refusal) = site.admin(.listReaders(agent: "copier-1")) else {
            Issue.record("it is listed")
            return
        }
        #expect(refusal.code == .notFound)
    }

    @Test func whatAnAgentSaysIsMadeFitToBeShown() {
        var odd = reader("front")
        odd.model = "\u{1B}[31mred"
        odd.obstacle = "a\u{7}b"
        _ = note([odd])
        let shown = list().first?.status
        #expect(shown?.model == "\u{FFFD}[31mred" && shown?.obstacle == "a\u{FFFD}b")
    }
}
