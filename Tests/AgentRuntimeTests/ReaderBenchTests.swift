// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Credentials
import Glibc
import HostIO
import Ops
import Primitives
import ReaderMachines
import Testing
import TestKit

@testable import AgentRuntime

/// Readers on pseudo terminals and sockets, driven as the agent drives them.
@Suite struct ReaderBenchTests {
    /// Printed number 0006547886 (forum.arduino.cc 251993).
    static let frame: [UInt8] = [0x02] + Array("010063E9AE25".utf8) + [0x03]

    let loop: Loop
    let log = Lines()

    init() throws { loop = try Loop() }

    @Test func aBadgeAtASerialReaderIsReadAndOtherBytesAreCounted() throws {
        let pty = try Pty.open()
        let path = pty.slavePath
        let far = try Stream(pty.takeMaster(), on: loop)
        let bench = try bench("reader.front = id12 \(path) speed=19200\n")
        #expect(try loop.turn { bench.states["front"] == .attached })
        far.write(Array("hello".utf8))
        #expect(try loop.turn { bench.broken == ["front"] })
        var isQuiet = false
        _ = loop.schedule(after: .milliseconds(150)) { isQuiet = true }
        #expect(try loop.turn { isQuiet })
        far.write(Self.frame)
        #expect(try loop.turn { bench.reads.count == 1 })
        #expect(bench.reads.first?.0 == "front" && bench.reads.first?.1.technology == .em4100)
        let report = bench.bench.report
        #expect(report.json.contains(#""name":"front","kind":"id12","place":"\#(path)","automatic":false"#))
        #expect(report.json.contains(#""reads":1,"drops":{"noise":1},"last":{"what":"em4100, 40 bits""#))
        #expect(report.text.contains("em4100, 40 bits") && !report.text.contains("6547886"))
        bench.bench.close()
    }

    @Test func anUnpluggedLineIsLostAndOpenedAgainUnderItsName() throws {
        let folder = try TemporaryDirectory()
        let link = folder.path + "/front"
        let first = try Pty.open()
        symlink(first.slavePath, link)
        var far: HostIO.Stream? = try Stream(first.takeMaster(), on: loop)
        let bench = try bench("reader.front = id12 \(link)\n")
        #expect(try loop.turn { bench.states["front"] == .attached })
        far?.close()
        #expect(try loop.turn { if case .lost = bench.states["front"] { true } else { false } })
        #expect(log.has("reader-lost"))
        let second = try Pty.open()
        unlink(link)
        symlink(second.slavePath, link)
        far = try Stream(second.takeMaster(), on: loop)
        // A terminal that nobody has open reads as hung up.
        far?.pauseReading()
        #expect(try loop.turn { bench.states["front"] == .attached })
        far?.write(Self.frame)
        #expect(try loop.turn { bench.reads.count == 1 })
        bench.bench.close()
        withExtendedLifetime(folder) {}
    }

    @Test func whatIsInTheWayIsNamed() throws {
        let pty = try Pty.open()
        let line = try #require(SerialPort.Line(speed: 9600))
        let other = try SerialPort(pty.slavePath, line, on: loop)
        let bench = try bench("reader.front = id12 \(pty.slavePath)\n")
        #expect(try loop.turn { bench.states["front"] != nil })
        #expect(bench.states["front"] == .lost(reason: "in use by another program"))
        #expect(
            bench.bench.report.text.contains("\(pty.slavePath) is in use by another program. End the other program"))
        #expect(bench.bench.report.json.contains("\"remedy\":\"End the other program"))
        other.stream.close()
        #expect(try loop.turn { bench.states["front"] == .attached })
        #expect(!bench.bench.report.json.contains("remedy"))
        bench.bench.close()
    }

    @Test func aDriverThatCannotSwitchTheLineIsNamed() throws {
        let pty = try Pty.open()
        let bench = try bench("reader.door = osdp \(pty.slavePath) rs485=kernel\n")
        #expect(try loop.turn { bench.states["door"] != nil })
        #expect(log.has("the driver of \(pty.slavePath) cannot switch an RS-485 line"))
        #expect(bench.bench.report.text.contains("say rs485=off"))
        bench.bench.close()
    }

    @Test func aReaderThatCallsIsReadAndTheNewestCallCounts() throws {
        let port = try freePort()
        let bench = try bench("reader.far = id12 listen:\(port)\n")
        #expect(try loop.turn { bench.states["far"] == .waiting })
        let first = try call(port)
        #expect(try loop.turn { bench.states["far"] == .attached })
        first.stream.write(Self.frame)
        #expect(try loop.turn { bench.reads.count == 1 })
        let second = try call(port)
        #expect(try loop.turn { first.isOver })
        second.stream.write(Self.frame)
        #expect(try loop.turn { bench.reads.count == 2 })
        #expect(bench.states["far"] == .attached)
        bench.bench.close()
        #expect(try loop.turn { second.isOver })
    }

    @Test func aSilentReaderIsLostAfterItsHeartbeats() throws {
        let port = try freePort()
        let bench = try bench("reader.far = id12 listen:\(port) heartbeat=1\n")
        try loop.settle()
        let peer = try call(port)
        #expect(try loop.turn { bench.states["far"] == .attached })
        #expect(try loop.turn { bench.states["far"] == .lost(reason: "no heartbeat of the reader") })
        // It heard ours.
        #expect(peer.bytes == [0x0D, 0x0A, 0x0D, 0x0A, 0x0D, 0x0A])
        bench.bench.close()
    }

    @Test func aReaderIsCalledUntilItAnswersAndAgainWhenItHangsUp() throws {
        let port = try freePort()
        let bench = try bench("reader.far = id12 tcp:127.0.0.1:\(port)\n")
        #expect(try loop.turn { if case .lost = bench.states["far"] { true } else { false } })
        var peers: [Peer] = []
        let loop = loop
        let listener = try Listener.tcp(.loopback4, port: port, on: loop) { descriptor, _ in
            if let peer = try? Peer(descriptor, on: loop) { peers.append(peer) }
        }
        for count in 1...2 {
            #expect(try loop.turn { bench.states["far"] == .attached && peers.count == count })
            peers.last?.stream.write(Self.frame)
            #expect(try loop.turn { bench.reads.count == count })
            peers.last?.stream.close()
            #expect(try loop.turn { bench.states["far"] != .attached })
        }
        listener.close()
        bench.bench.close()
    }

    /// An address that is written as one is refused with the settings; this way of writing one only the resolver knows.
    @Test func onlyPrivateNetworksAreCalled() throws {
        let bench = try bench("reader.far = id12 tcp:3221225985:4001\n")
        #expect(
            try loop.turn { bench.states["far"] == .lost(reason: "3221225985 is no address of a private network") })
        bench.bench.close()
    }

    /// A reader with lamps hears what the person at it is told; the TWN4 has three, at its outputs.
    @Test func aSignalReachesTheReaderThatWasPresented() throws {
        let pty = try Pty.open()
        let path = pty.slavePath
        let far = try Peer(pty.takeMaster(), on: loop)
        let bench = try bench("reader.front = twn4 \(path)\n")
        #expect(try loop.turn { bench.states["front"] == .attached })
        var answered = 0
        func answer() {
            let commands = far.text.split(separator: "\r")
            for command in commands.dropFirst(answered) {
                // No badge, and nothing to complain of.
                far.stream.write(Array((command.hasPrefix("0500") ? "0000\r" : "00\r").utf8))
            }
            answered = commands.count
        }
        #expect(
            try loop.turn {
                answer()
                return far.text.contains("0500")
            })
        bench.bench.signal("front", .success)
        bench.bench.signal("nobody", .success)
        #expect(
            try loop.turn {
                answer()
                return far.text.contains("0407") || far.text.contains("0402")
            }, "\(far.text)")
        bench.bench.close()
    }

    private func bench(_ text: String) throws -> Watched {
        let settings = try AgentSettings.parse("readers = listed\n" + text, file: "agent.conf", hostName: "box").0
        let bench = try ReaderBench(settings, resolver: try Resolver(on: loop), on: loop, observer: log.observer)
        return Watched(bench)
    }

    private func freePort() throws -> UInt16 {
        let listener = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        defer { listener.close() }
        return listener.port
    }

    private func call(_ port: UInt16) throws -> Peer {
        var peer: Peer?
        let loop = loop
        let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: loop) { result in
            if case .success(let descriptor) = consume result { peer = try? Peer(descriptor, on: loop) }
        }
        #expect(try loop.turn { peer != nil })
        connector.cancel()
        return try #require(peer)
    }
}

/// A bench at work, and what it told.
final class Watched {
    let bench: ReaderBench
    var reads: [(String, RawRead)] = []
    var broken: [String] = []
    var states: [String: ReaderPool.ReaderState] = [:]
    var foreign: [String] = []

    init(_ bench: ReaderBench) {
        self.bench = bench
        bench.onRead = { [unowned self] in reads.append(($0, $1)) }
        bench.onBroken = { [unowned self] in broken.append($0) }
        bench.onState = { [unowned self] in states[$0] = $1 }
        bench.onForeign = { [unowned self] in foreign.append($0.node ?? "") }
        bench.start()
    }
}
