// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
import Testing

/// OpenSSL's own program as a client that we did not write.
@Suite struct TLSPeerTests {
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
        let run = try run(["-tls1_3", "-alpn", "print-release/1"])
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
}
