// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
import Primitives
import Testing
import TestKit

@Suite struct TLSChannelTests {
    @Test func bothAreToldTheOthersKey() throws {
        let rig = try ChannelRig.connected()
        #expect(rig.server.peer == rig.clientIdentity.keyHash)
        #expect(rig.client.peer == rig.serverIdentity.keyHash)
        #expect(rig.server.channel.isConnected && rig.client.channel.peerKeyHash == rig.client.peer)
    }

    @Test func whatIsWrittenBeforeTheHandshakeWaits() throws {
        let rig = try ChannelRig()
        rig.client.channel.write([1, 2])
        rig.client.channel.write([3])
        #expect(rig.client.channel.pendingBytes == 3)
        try rig.loop.runUntil { rig.server.bytes.count == 3 }
        #expect(rig.server.bytes == [1, 2, 3])
        try rig.loop.settle()
        #expect(rig.client.drains == 1 && rig.client.channel.pendingBytes == 0)
    }

    @Test func aWrongPinClosesBothWithItsName() throws {
        let rig = try ChannelRig(pin: .prefix(Array(repeating: 0, count: 10)))
        try rig.loop.runUntil { !rig.server.closes.isEmpty && !rig.client.closes.isEmpty }
        #expect(rig.client.channel.fault == .wrongPin)
        #expect(rig.client.closes == [SystemFault(call: "TLS", errno: EPROTO)])
        #expect(Result<KeyHash, TLSFault>.failure(try #require(rig.server.channel.fault)).isRefusal)
        #expect(rig.client.peer == nil && rig.server.peer == nil)
    }

    @Test func tenMegabytesComeThroughWhileTheReaderPauses() throws {
        let rig = try ChannelRig.connected(limit: 1 << 20)
        defer { rig.client.channel.close() }
        let bytes = pattern(10_000_000)
        var sent = 0
        var pauses = 0
        let feed = {
            while sent < bytes.count, rig.client.channel.pendingBytes < 256 << 10 {
                let piece = bytes[sent..<min(sent + 100_000, bytes.count)]
                rig.client.channel.write(Array(piece))
                sent += piece.count
            }
        }
        rig.client.channel.onDrained = feed
        rig.server.channel.onBytes = { [unowned server = rig.server] piece in
            #expect(!server.isPaused)
            server.bytes += piece
            guard server.bytes.count / 1_000_000 > pauses else { return }
            pauses += 1
            server.isPaused = true
            server.channel.pauseReading()
        }
        feed()
        while rig.server.bytes.count < bytes.count {
            try rig.loop.runUntil { rig.server.isPaused || rig.server.bytes.count == bytes.count }
            try rig.loop.settle()
            #expect(rig.client.channel.pendingBytes <= 1 << 20)
            rig.server.isPaused = false
            rig.server.channel.resumeReading()
        }
        #expect(rig.server.bytes == bytes)
        #expect(pauses >= 9 && rig.client.closes.isEmpty)
    }

    @Test func aPeerThatDoesNotReadOverflows() throws {
        let rig = try ChannelRig.connected(limit: 100_000)
        rig.server.channel.pauseReading()
        while rig.client.channel.isOpen { rig.client.channel.write(pattern(50_000)) }
        #expect(rig.client.closes.isEmpty, "no callback from within a call")
        try rig.loop.runUntil { !rig.client.closes.isEmpty }
        #expect(rig.client.closes == [SystemFault(call: "TLS write buffer", errno: ENOBUFS)])
        #expect(rig.client.channel.fault == .overflow(limit: 100_000))
    }

    @Test func oneSideMayEndAndStillListen() throws {
        let rig = try ChannelRig.connected()
        rig.client.channel.write([1])
        rig.client.channel.finishWriting()
        try rig.loop.runUntil { rig.server.ends == 1 }
        #expect(rig.server.bytes == [1] && rig.client.closes.isEmpty)
        let answer = pattern(1_000_000)
        rig.server.channel.write(answer)
        rig.server.channel.finishWriting()
        try rig.loop.runUntil { rig.client.closes.count == 1 && rig.server.closes.count == 1 }
        #expect(rig.client.bytes == answer)
        #expect(rig.client.closes == [nil] && rig.server.closes == [nil])
        #expect(rig.client.ends == 0, "the end that finishes both sides is the close")
    }

    @Test func withoutAnEndClosureTheAnswerIsAnEndToo() throws {
        let rig = try ChannelRig.connected()
        rig.server.channel.onEnd = nil
        rig.client.channel.finishWriting()
        try rig.loop.runUntil { rig.client.closes.count == 1 && rig.server.closes.count == 1 }
        #expect(rig.client.closes == [nil] && rig.server.closes == [nil])
    }

    @Test func closingTellsThePeerAndIsSilentHere() throws {
        let rig = try ChannelRig.connected()
        rig.client.channel.close()
        rig.client.channel.close()
        try rig.loop.runUntil { rig.server.ends == 1 }
        try rig.loop.settle()
        #expect(rig.client.closes.isEmpty && !rig.client.channel.isOpen)
    }

    @Test func closingWithBytesPendingIsACutForThePeer() throws {
        let rig = try ChannelRig.connected()
        rig.server.channel.pauseReading()
        rig.client.channel.write(pattern(3 << 20))
        #expect(rig.client.channel.pendingBytes > 0)
        rig.client.channel.close()
        rig.server.channel.resumeReading()
        try rig.loop.runUntil { !rig.server.closes.isEmpty }
        #expect(rig.server.channel.fault == .cutOff && rig.server.ends == 0)
    }

    @Test func aCallbackMayCloseItsChannel() throws {
        let rig = try ChannelRig.connected()
        rig.server.channel.onBytes = { [unowned server = rig.server] in
            server.bytes += $0
            server.channel.close()
        }
        rig.client.channel.write(pattern(100_000))
        try rig.loop.runUntil { !rig.server.channel.isOpen && !(rig.client.ends == 0 && rig.client.closes.isEmpty) }
        #expect(rig.server.bytes.count <= TLSSession.readSize && rig.server.closes.isEmpty)
    }

    @Test func closingInTheHandshakeIsNamedAtTheOtherEnd() throws {
        let rig = try ChannelRig()
        rig.client.channel.close()
        try rig.loop.runUntil { !rig.server.closes.isEmpty }
        #expect(rig.server.channel.fault == .closedInHandshake)
        #expect(rig.server.peer == nil)
    }

    @Test func aFaultIsNotToldAfterTheOwnersClose() throws {
        let rig = try ChannelRig.connected(limit: 1000)
        rig.client.channel.write(pattern(3 << 20))
        #expect(rig.client.channel.fault == .overflow(limit: 1000))
        rig.client.channel.close()
        try rig.loop.settle()
        #expect(rig.client.closes.isEmpty)
    }

    @Test func plainBytesAreRefused() throws {
        let rig = try ChannelRig()
        let ends = try socketPair()
        let side = try Side(
            Descriptor(owning: ends.0), TLSContext(.server, identity: rig.serverIdentity), on: rig.loop)
        let plain = Descriptor(owning: ends.1)
        _ = try plain.write(Array("GET / HTTP/1.0\r\n\r\n".utf8)[...])
        try rig.loop.runUntil { !side.closes.isEmpty }
        #expect(side.channel.fault == .notTLS)
    }
}
