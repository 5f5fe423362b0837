// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
import Primitives
import Testing
import TestKit

/// OpenSSL's own program as a peer that we did not write, on either side.
@Suite struct TLSContextTests {
    private static let program = "/usr/bin/openssl"

    struct Run {
        var fault: TLSFault?
        var peer: KeyHash?
        var bytes: [UInt8] = []
        var output = ""
    }

    @Test func itIsTakenWithACertificateAndItsKeyIsNamed() throws {
        try inFolder { folder throws in
            let path = folder + "/client.pem"
            let client = try Identity.loadOrCreate(at: path)
            let run = try run(["-tls1_3", "-alpn", "print-release/1", "-cert", path, "-key", path])
            #expect(run.peer == client.keyHash && run.fault == nil)
            #expect(run.bytes == Array("hello\n".utf8))
            #expect(run.output.contains("ALPN protocol: print-release/1"))
            #expect(run.output.contains("TLSv1.3"))
            #expect(!run.output.contains("New Session Ticket arrived"), "tickets are off")
        }
    }

    @Test func withoutACertificateItIsRefused() throws {
        // Like every TLS 1.3 client it believes in the connection until it reads.
        let run = try run(["-tls1_3", "-alpn", "print-release/1", "-ign_eof"])
        #expect(run.fault == .noCertificate && run.peer == nil && run.bytes.isEmpty)
        #expect(run.output.contains("alert certificate required"))
    }

    @Test func olderTLSIsRefused() throws {
        let run = try run(["-tls1_2", "-alpn", "print-release/1"])
        #expect(run.fault == .oldVersion && run.peer == nil)
        #expect(run.output.contains("alert protocol version"))
    }

    @Test(arguments: [["-alpn", "http/1.1,print-release/2"], ["-alpn", "print-release/10"], []])
    func anotherApplicationProtocolIsRefused(offer: [String]) throws {
        try inFolder { folder throws in
            let path = folder + "/client.pem"
            _ = try Identity.loadOrCreate(at: path)
            let run = try run(["-tls1_3", "-cert", path, "-key", path] + offer)
            #expect(run.fault == .wrongProtocol && run.peer == nil && run.bytes.isEmpty)
        }
    }

    @Test func ourProtocolIsFoundAmongOthers() throws {
        try inFolder { folder throws in
            let path = folder + "/client.pem"
            _ = try Identity.loadOrCreate(at: path)
            let run = try run(["-tls1_3", "-alpn", "h2,print-release/1,http/1.1", "-cert", path, "-key", path])
            #expect(run.fault == nil && run.peer != nil)
        }
    }

    /// A server of ours on a free port, and one run of the program against it; both are over at the return.
    private func run(_ arguments: [String]) throws -> Run {
        let loop = try Loop()
        let context = TLSContext(.server, identity: .generate())
        var side: Side?
        let listener = try Listener.tcp(.loopback4, port: 0, on: loop) { descriptor, _ in
            side = try? Side(descriptor, context, on: loop)
            side?.channel.onEnd = nil
        }
        defer { listener.close() }
        let input = try Descriptor.pipe(nonBlocking: false).take()
        let reader = Descriptor(owning: input.reader)
        let writer = Descriptor(owning: input.writer)
        try writer.writeAll(Array("hello\n".utf8)[...])
        close(writer.release())
        var result: ChildResult?
        let settings = ChildSettings(
            path: Self.program, arguments: ["s_client", "-connect", "127.0.0.1:\(listener.port)"] + arguments,
            descriptors: [0: .use(reader.raw), 1: .collect(limit: 64 << 10), 2: .collect(limit: 64 << 10)])
        let child = try Child(settings, on: loop) { result = $0 }
        defer { child.kill(SIGKILL) }
        try loop.runUntil { result != nil && side?.closes.isEmpty == false }
        let bytes = [1, 2].flatMap { result?.output[$0] ?? [] }
        return Run(
            fault: side?.channel.fault, peer: side?.peer, bytes: side?.bytes ?? [],
            output: String(decoding: bytes, as: UTF8.self))
    }

    @Test func aServerOfOldTLSIsRefused() throws {
        let (fault, peer) = try connect(["-tls1_2"])
        #expect(fault == .oldVersion && peer == nil)
    }

    @Test func aServerOfAnotherProtocolIsRefused() throws {
        let silent = try connect(["-tls1_3"])
        #expect(silent.fault == .wrongProtocol && silent.peer == nil)
        let other = try connect(["-tls1_3", "-alpn", "http/1.1"])
        #expect(other.fault == .wrongProtocol && other.peer == nil)
    }

    @Test func aServerWithThePinnedKeyIsTaken() throws {
        let (fault, peer) = try connect(["-tls1_3", "-alpn", "print-release/1", "-Verify", "1"])
        #expect(fault == nil && peer != nil)
    }

    /// A client of ours against the program as a server with the pinned key, until one of them gives up or the
    /// handshake is done.
    private func connect(_ arguments: [String]) throws -> (fault: TLSFault?, peer: KeyHash?) {
        var result: (TLSFault?, KeyHash?)
        try inFolder { folder throws in
            let path = folder + "/server.pem"
            let identity = try Identity.loadOrCreate(at: path)
            let loop = try Loop()
            let pipe = try Descriptor.pipe(nonBlocking: true).take()
            let output = try Stream(Descriptor(owning: pipe.reader), on: loop)
            let writer = Descriptor(owning: pipe.writer)
            defer { output.close() }
            var text = ""
            output.onBytes = { text += String(decoding: $0, as: UTF8.self) }
            // Without -www it would take the end of its standard input for a command to leave.
            let command = ["s_server", "-www", "-accept", "127.0.0.1:0", "-naccept", "1", "-cert", path, "-key", path]
            let settings = ChildSettings(
                path: Self.program, arguments: command + arguments, descriptors: [1: .use(writer.raw), 2: .null])
            var hasEnded = false
            let child = try Child(settings, on: loop) { _ in hasEnded = true }
            defer {
                child.kill(SIGKILL)
                try? loop.runUntil { hasEnded }
            }
            let accepting = "ACCEPT 127.0.0.1:"
            try loop.runUntil { text.contains(accepting) && text.hasSuffix("\n") }
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(accepting) })
            let port = try #require(UInt16(line.dropFirst(accepting.count)))
            let context = TLSContext(.client(.exact(identity.keyHash)), identity: .generate())
            var side: Side?
            let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: loop) { outcome in
                if case .success(let descriptor) = outcome { side = try? Side(descriptor, context, on: loop) }
            }
            defer { connector.cancel() }
            try loop.runUntil { side?.peer != nil || side?.closes.isEmpty == false }
            result = (side?.channel.fault, side?.peer)
        }
        return result
    }
}
