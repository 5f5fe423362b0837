// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Glibc
import HostIO
import PrintModel
import PrinterMachines
import Testing
import TestKit

@testable import AgentRuntime

/// A printer's port on loopback and what connected to it.
private final class Port {
    private(set) var listener: Listener?
    private(set) var peers: [Peer] = []

    init(on loop: Loop) throws {
        listener = try Listener.tcp(.loopback4, port: 0, on: loop) { [unowned self] descriptor, _ in
            if let peer = try? Peer(descriptor, on: loop) { peers.append(peer) }
        }
    }

    deinit { listener?.close() }

    var uri: String { "socket://127.0.0.1:\(listener?.port ?? 0)" }
    func close() { listener?.close() }
}

extension PrinterLinks {
    /// Written and not yet taken by the kernel.
    fileprivate func pendingBytes(_ release: ReleaseID) -> Int {
        if case .open(let stream) = lines[release] { stream.pendingBytes } else { 0 }
    }
}

@Suite struct PrinterLinksTests {
    private let loop: Loop
    private let links: PrinterLinks
    private let events = Events()
    private static let release = ReleaseID(1)

    private final class Events {
        var all: [String] = []
    }

    init() throws {
        loop = try Loop()
        links = PrinterLinks(resolver: try Resolver(on: loop), on: loop)
        links.onEvent = { [events] in events.all.append("\($0.value) \($1)") }
    }

    private func open(_ port: Port, _ release: ReleaseID = release) throws -> Peer {
        let count = port.peers.count
        links.dial(release, uri: port.uri)
        #expect(try loop.turn { events.all.contains("\(release.value) connected") && port.peers.count > count })
        return try #require(port.peers.last)
    }

    @Test func aPortWhereNobodyListensRefuses() throws {
        let port = try Port(on: loop)
        let uri = port.uri
        port.close()
        links.dial(Self.release, uri: uri)
        #expect(events.all.isEmpty, "never from within the call")
        #expect(try loop.turn { !events.all.isEmpty })
        #expect(events.all == ["1 connectFailed(PrinterMachines.PrinterObstacle.refused)"])
    }

    @Test(arguments: [
        ("socket://nobody.invalid", "unknownName"), ("ipp://127.0.0.1", "badAddress"), ("", "badAddress"),
        ("socket://", "badAddress"), ("socket://a:b", "badAddress"), ("socket://255.255.255.255", "unreachable"),
    ])
    func aPrinterThatCannotBeFoundFails(uri: String, why: String) throws {
        links.dial(Self.release, uri: uri)
        #expect(events.all.isEmpty)
        #expect(try loop.turn { !events.all.isEmpty })
        #expect(events.all.count == 1)
        #expect(events.all.first?.hasPrefix("1 connectFailed(PrinterMachines.PrinterObstacle.\(why)") == true)
    }

    @Test func bytesGoBothWaysAndDrainedIsSaid() throws {
        let port = try Port(on: loop)
        let peer = try open(port)
        links.write(Self.release, [1, 2, 3])
        #expect(try loop.turn { peer.bytes == [1, 2, 3] && events.all.contains("1 drained") })
        peer.stream.write([9])
        #expect(try loop.turn { events.all.contains("1 received([9])") })
        #expect(events.all == ["1 connected", "1 drained", "1 received([9])"])
    }

    @Test func aPrinterThatHangsUpIsReportedOnce() throws {
        let port = try Port(on: loop)
        let peer = try open(port)
        peer.stream.close()
        #expect(try loop.turn { events.all.count == 2 })
        links.write(Self.release, [1])
        links.hangUp(Self.release)
        try loop.settle()
        #expect(events.all == ["1 connected", "1 disconnected"])
    }

    @Test func whatWasWrittenLeavesBeforeTheHangUpAndNothingIsHeardAfterIt() throws {
        let port = try Port(on: loop)
        let peer = try open(port)
        peer.stream.pauseReading()
        let bytes = [UInt8](repeating: 7, count: 1_000_000)
        var written = 0
        // How much the kernel takes is its own affair.
        while links.pendingBytes(Self.release) == 0, written < 100_000_000 {
            links.write(Self.release, bytes)
            written += bytes.count
        }
        #expect(links.pendingBytes(Self.release) > 0)
        links.hangUp(Self.release)
        peer.stream.write([1, 2, 3])
        try loop.settle()
        peer.stream.resumeReading()
        #expect(try loop.turn { peer.isOver })
        #expect(peer.bytes.count == written)
        #expect(events.all == ["1 connected"])
    }

    @Test func hangingUpBeforeTheConnectionStandsSaysNothing() throws {
        let port = try Port(on: loop)
        links.dial(Self.release, uri: port.uri)
        links.hangUp(Self.release)
        try loop.settle()
        #expect(events.all.isEmpty)
        links.dial(Self.release, uri: port.uri)
        try loop.turn(mayWait: false)
        links.hangUp(Self.release)
        try loop.settle()
        #expect(!events.all.contains("1 disconnected"))
    }

    @Test func releasesDoNotMix() throws {
        let (one, two) = (try Port(on: loop), try Port(on: loop))
        let first = try open(one, ReleaseID(1))
        let second = try open(two, ReleaseID(2))
        links.write(ReleaseID(2), [2])
        links.write(ReleaseID(1), [1])
        #expect(try loop.turn { first.bytes == [1] && second.bytes == [2] })
        first.stream.close()
        #expect(try loop.turn { events.all.contains("1 disconnected") })
        links.write(ReleaseID(2), [3])
        #expect(try loop.turn { second.bytes == [2, 3] })
    }

    @Test func aPrinterThatDoesNotReadHoldsThePullsAndTheMemory() throws {
        let port = try Port(on: loop)
        let piece = [UInt8](repeating: 0x20, count: 65_536)
        var printer = RawPrinter(
            ticket: PrintTicket(releaseName: "lanyard-1", title: "t", user: "u", format: ""), openedAt: loop.now)
        var pulls = 0
        var most = 0
        var waiting: [RawPrinter.Event] = []
        links.onEvent = { _, event in
            switch event {
            case .connected: waiting.append(.connected)
            case .drained: waiting.append(.drained)
            default: break
            }
        }
        links.dial(Self.release, uri: port.uri)
        #expect(try loop.turn { port.peers.count == 1 })
        port.peers[0].stream.pauseReading()
        for _ in 0..<3000 {
            try loop.turn(mayWait: false)
            while !waiting.isEmpty {
                for action in printer.handle(waiting.removeFirst(), at: loop.now) {
                    switch action {
                    case .pull:
                        pulls += 1
                        waiting.append(.pulled(piece))
                    case .begin: waiting.append(.mayBegin)
                    case .write(let bytes): links.write(Self.release, bytes)
                    case .progress, .close, .finish: Issue.record("\(action)")
                    }
                }
                most = max(most, links.pendingBytes(Self.release))
            }
        }
        #expect(pulls > 2 && pulls < 1000, "the kernel takes some megabytes, then it is the printer's turn")
        #expect(most > 0 && most <= 2 * piece.count)
        links.close()
    }

    @Test func afterClosingNothingIsCalledBack() throws {
        let port = try Port(on: loop)
        let peer = try open(port)
        links.dial(ReleaseID(2), uri: "socket://localhost:\(port.listener?.port ?? 0)")
        links.close()
        #expect(try loop.turn { peer.isOver })
        try loop.settle()
        #expect(events.all == ["1 connected"])
    }
}
