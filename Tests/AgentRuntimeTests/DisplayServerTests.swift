// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Glibc
import HostIO
import ReaderMachines
import Testing
import TestKit

@testable import AgentRuntime

@Suite struct DisplayServerTests {
    private let folder: TemporaryDirectory
    private let loop: Loop
    private let server: DisplayServer

    init() throws {
        folder = try TemporaryDirectory()
        loop = try Loop()
        server = try DisplayServer(path: folder.path + "/display.sock", on: loop)
    }

    private func client(lines: Int) throws -> Peer {
        let peer = try Peer.unix(folder.path + "/display.sock", on: loop)
        #expect(try loop.turn { peer.lines.count >= lines })
        return peer
    }

    @Test func whoConnectsFirstGetsHowThingsStand() throws {
        server.show(reader: "front", state: .waiting)
        server.show(reader: "back", state: .lost(reason: "unplugged"))
        server.show(reader: "front", state: .attached)
        server.show(linkOpen: true)
        let peer = try client(lines: 3)
        #expect(
            peer.lines == [
                #"{"reader":"back","state":"lost"}"#, #"{"reader":"front","state":"attached"}"#, #"{"link":"open"}"#,
            ])
        server.close()
    }

    @Test func chargesThatTheServerDoesNotKnowAreCountedBesideTheLink() throws {
        let peer = try client(lines: 1)
        server.show(linkOpen: true)
        server.show(chargesWaiting: 2)
        let next = try client(lines: 1)
        server.show(chargesWaiting: 0)
        #expect(try loop.turn { peer.lines.count == 4 && next.lines.count == 2 })
        #expect(peer.lines.suffix(2) == next.lines[...])
        #expect(next.lines == [#"{"link":"open","charges-waiting":2}"#, #"{"link":"open"}"#])
        server.close()
    }

    @Test func everyClientHearsEveryLineInOrder() throws {
        let peers = try (0..<5).map { _ in try client(lines: 1) }
        server.show(reader: "front", .checking)
        server.show(reader: "front", .printed(documents: 2, pages: 5))
        server.show(linkOpen: false)
        for peer in peers {
            #expect(try loop.turn { peer.lines.count == 4 })
            #expect(
                peer.lines == [
                    #"{"link":"closed"}"#, #"{"reader":"front","outcome":"checking","text":"One moment"}"#,
                    #"{"reader":"front","outcome":"printed","text":"Done: 2 documents, 5 pages"}"#,
                    #"{"link":"closed"}"#,
                ])
        }
        server.close()
    }

    @Test func namesCannotBreakTheLine() throws {
        server.show(reader: "a\"b\\c\n\u{1B}é", state: .attached)
        let peer = try client(lines: 2)
        #expect(peer.lines.first == "{\"reader\":\"a\\\"b\\\\c\u{FFFD}\u{FFFD}é\",\"state\":\"attached\"}")
        server.close()
    }

    @Test func aClientThatDoesNotReadIsDroppedAndNobodyElseSuffers() throws {
        let slow = try Peer.unix(folder.path + "/display.sock", on: loop)
        slow.stream.pauseReading()
        let good = try client(lines: 1)
        let name = String(repeating: "x", count: 500)
        var told = 1
        // The kernel's buffers, our own limit, and a little more.
        for _ in 0..<2000 {
            server.show(reader: name, .checking)
            told += 1
            try loop.settle()
        }
        #expect(try loop.turn { good.lines.count == told })
        #expect(!good.isOver)
        slow.stream.resumeReading()
        #expect(try loop.turn { slow.isOver })
        #expect(slow.lines.count < told)
        server.close()
    }

    @Test func oneTooManyIsTurnedAwayAndAFreePlaceIsTakenAgain() throws {
        var peers = try (0..<DisplayServer.clientLimit).map { _ in try client(lines: 1) }
        let extra = try Peer.unix(folder.path + "/display.sock", on: loop)
        #expect(try loop.turn { extra.isOver })
        #expect(extra.bytes.isEmpty)
        peers.removeLast()
        try loop.settle()
        let next = try client(lines: 1)
        #expect(next.lines.count == 1 && !next.isOver)
        server.close()
    }

    @Test func whatClientsSendIsIgnored() throws {
        let peer = try client(lines: 1)
        peer.stream.write(Array(repeating: 0x41, count: 100_000))
        try loop.settle()
        server.show(linkOpen: true)
        #expect(try loop.turn { peer.lines.count == 2 })
        server.close()
    }

    @Test func closingRemovesTheSocketAndEndsTheClients() throws {
        let peer = try client(lines: 1)
        #expect(folder.names == ["display.sock"])
        server.close()
        #expect(try loop.turn { peer.isOver })
        #expect(folder.names.isEmpty)
    }

    @Test func aPlaceThatALiveProgramHasIsAFault() throws {
        let fault = try #require(throws: SystemFault.self) {
            try DisplayServer(path: folder.path + "/display.sock", on: loop)
        }
        #expect(fault.isAddressTaken)
        #expect(folder.names == ["display.sock"])
        server.close()
    }

    @Test func withoutAPathNobodyIsToldAndNothingIsMade() throws {
        let silent = try DisplayServer(path: "", on: loop)
        silent.show(linkOpen: true)
        silent.show(reader: "front", .checking)
        #expect(folder.names == ["display.sock"])
        server.close()
    }
}
