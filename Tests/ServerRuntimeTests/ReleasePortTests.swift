// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
import Ops
import PrintModel
import Primitives
import ReleaseWire
import Testing
import TestKit

@testable import ServerRuntime

/// What strangers can do to the port for agents.
@Suite struct ReleasePortTests {
    private let site: Site

    init() throws { site = try Site() }

    private func expectStillServing() throws {
        let peer = try site.agentChannel()
        #expect(try site.loop.turn { peer.channel.isConnected })
    }

    private static let hello = Frame(
        .request(
            .hello(Hello(software: "test", stream: Array(repeating: 1, count: 16), nextSequence: 1, unsettled: []))))

    @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{02}pool\n", String(repeating: "\u{16}", count: 5000)])
    func whatIsNoTLSIsNamedAndCut(text: String) throws {
        let peer = try Peer.tcp(try site.runtime.releasePort, on: site.loop)
        peer.stream.write(Array(text.utf8))
        #expect(try site.loop.turn { peer.isOver })
        #expect(site.log.has("handshake-failed"))
        try expectStillServing()
    }

    @Test(arguments: [
        (["-tls1_2"], "the peer cannot do TLS 1.3"),
        (["-tls1_3", "-alpn", "print-release/1"], "the client showed no certificate"),
        (["-tls1_3", "-alpn", "h2"], "another application protocol"),
    ])
    func aForeignClientIsRefusedByName(options: [String], reason: String) throws {
        let arguments = ["s_client", "-connect", "127.0.0.1:\(try site.runtime.releasePort)"] + options
        _ = try run("/usr/bin/openssl", arguments, on: site.loop)
        #expect(try site.loop.turn { site.log.has(reason) })
        #expect(site.log.all.contains { $0.contains("handshake-failed") && $0.contains(reason) }, "\(site.log.all)")
        try expectStillServing()
    }

    @Test func aKeyThatNobodyKnowsIsToldSo() throws {
        let peer = try site.agentChannel()
        peer.send(Self.hello)
        #expect(try site.loop.turn { peer.isOver })
        #expect(peer.refusal == .unknownAgent && site.log.has("agent-refused"))
        try expectStillServing()
    }

    @Test func anotherFirstFrameIsRefused() throws {
        for frame in [Frame(.ping), Frame(.request(.release(session: .init(1))), correlation: 1)] {
            let peer = try site.agentChannel()
            peer.send(frame)
            #expect(try site.loop.turn { peer.isOver })
            #expect(peer.refusal == .unexpected)
        }
        #expect(site.log.has("link-closed"))
        try expectStillServing()
    }

    @Test func aFrameThatIsTooLongIsRefusedBeforeItIsRead() throws {
        let peer = try site.agentChannel()
        peer.channel.write(UInt32(FrameBuffer.openingLimit).bigEndianBytes)
        #expect(try site.loop.turn { peer.isOver })
        #expect(peer.refusal == .tooLarge)
        try expectStillServing()
    }

    @Test func garbageBehindTheHandshakeIsRefused() throws {
        let peer = try site.agentChannel()
        peer.channel.write([UInt8](repeating: 0xFF, count: 70_000))
        #expect(try site.loop.turn { peer.isOver })
        #expect(peer.refusal == .tooLarge || peer.refusal == .badFrame)
        try expectStillServing()
    }

    @Test func aPeerThatLeavesWithoutAWordIsForgotten() throws {
        let peer = try site.agentChannel()
        #expect(try site.loop.turn { peer.channel.isConnected })
        try site.loop.settle()
        peer.channel.close()
        #expect(try site.loop.turn { site.log.has("link-closed") })
        #expect(try site.runtime.connectedAgents.isEmpty)
    }

    @Test func threeHundredAtOnceKeepWithinTheLimitOfStrangers() throws {
        let port = try site.runtime.releasePort
        var peers: [Peer] = []
        for _ in 0..<300 { peers.append(try Peer.tcp(port, on: site.loop)) }
        let wanted = 300 - AgentListener.strangersPerAddress
        #expect(try site.loop.turn { peers.count { $0.isOver } >= wanted })
        #expect(peers.count { !$0.isOver } == AgentListener.strangersPerAddress)
        // Nobody fills the log by knocking: the first is told at once, the rest once a minute.
        #expect(site.log.all.count { $0.contains("too-many-strangers") } == 1)
        peers = []
        try site.loop.settle()
        try expectStillServing()
    }

    @Test func whoIsNotWelcomeYetCountsAsAStranger() throws {
        var waiting: [TLSPeer] = []
        for _ in 0..<AgentListener.strangersPerAddress { waiting.append(try site.agentChannel()) }
        #expect(try site.loop.turn { waiting.allSatisfy { $0.channel.isConnected } })
        let late = try site.agentChannel()
        #expect(try site.loop.turn { late.isOver })
        #expect(waiting.allSatisfy { !$0.isOver } && site.log.has("too-many-strangers"))
        let gone = waiting.count
        waiting = []
        #expect(try site.loop.turn { site.log.all.count { $0.contains("link-closed") } >= gone })
        try expectStillServing()
    }

    @Test func aSilentPeerIsCutAfterItsPatience() throws {
        let loop = try Loop()
        let log = Lines()
        let listener = AgentListener(
            identity: .generate(), numbers: LinkNumbers(), on: loop, observer: log.observer,
            patience: .milliseconds(30))
        try listener.listen([.loopback4], port: 0)
        let peers = try (0..<3).map { _ in try Peer.tcp(listener.port, on: loop) }
        // A beginning is no better than silence.
        peers[1].stream.write([0x16, 3, 1, 0, 200])
        #expect(try loop.turn { peers.allSatisfy(\.isOver) })
        // Whoever knocks does not fill the log: the others are counted.
        #expect(log.all.count { $0.contains("too slow") } == 1)
        listener.stop()
    }

    @Test func stoppingEndsEveryConnectionAndCallsNobody() throws {
        let loop = try Loop()
        let log = Lines()
        let listener = AgentListener(identity: .generate(), numbers: LinkNumbers(), on: loop, observer: log.observer)
        var events = 0
        listener.onEvent = { _ in events += 1 }
        try listener.listen([.loopback4], port: 0)
        let peer = try Peer.tcp(listener.port, on: loop)
        try loop.settle()
        listener.stop()
        #expect(try loop.turn { peer.isOver })
        #expect(events == 0 && log.all.isEmpty)
    }
}
