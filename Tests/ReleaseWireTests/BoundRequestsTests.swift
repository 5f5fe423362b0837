// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@testable import ReleaseWire

/// What belongs to a capability is asked and answered only where it was agreed.
@Suite struct BoundRequestsTests {
    private let now = Samples.start

    private func open(_ agent: Set<Capability>, _ server: Set<Capability>) -> ServerSession {
        var session = ServerSession(openedAt: now)
        var hello = Samples.hello
        hello.capabilities = agent
        _ = session.handle(.received(Frame(.request(.hello(hello))).encode()), at: now)
        var welcome = Samples.welcome
        welcome.capabilities = server
        _ = session.handle(.reply(0, .welcome(welcome)), at: now)
        return session
    }

    private static let bound: [(ReleaseMessage, ReleaseMessage, Capability)] = [
        (.rotateKey(Samples.rotation), .keyAnnounced, .rotation),
        (.reportQuery(Samples.query), .report(Samples.report), .reports),
    ]

    @Test(arguments: bound)
    func itIsAskedWhereItWasAgreed(request: ReleaseMessage, reply: ReleaseMessage, capability: Capability) {
        var session = open([capability], [capability])
        let frame = Frame(.request(request), correlation: 3)
        #expect(session.handle(.received(frame.encode()), at: now) == [.ask(3, request)])
        #expect(
            session.handle(.reply(3, reply), at: now)
                == [.send(Frame(.reply(reply, hasMore: false), correlation: 3).encode())])
    }

    @Test(arguments: bound)
    func elsewhereItIsRefusedAndTheConnectionGoesOn(
        request: ReleaseMessage, reply: ReleaseMessage, capability: Capability
    ) {
        for (agent, server) in [(Set<Capability>(), Set([capability])), ([capability], []), ([.readers], [.readers])] {
            var session = open(agent, server)
            let frame = Frame(.request(request), correlation: 3)
            let refused = Frame(.reply(.refused(Refusal(.unexpected)), hasMore: false), correlation: 3)
            #expect(session.handle(.received(frame.encode()), at: now) == [.send(refused.encode())])
            #expect(session.handle(.received(Frame(.ping).encode()), at: now) == [.send(Frame(.pong).encode())])
        }
    }

    @Test func fieldsHaveTheirLimits() throws {
        let longest = ReportPage(rows: String(repeating: "x", count: ReportPage.rowsLimit), next: 1)
        let frame = Frame(.reply(.report(longest), hasMore: false), correlation: 1)
        #expect(try Frame.all(in: frame.encode()) == [frame])
        #expect(throws: WireFault.badValue(field: "new key")) { try rotation(key: 31, info: 1, signature: 1) }
        #expect(throws: WireFault.tooLong(length: 513, limit: 512)) {
            try rotation(key: 32, info: 513, signature: 1)
        }
        #expect(throws: WireFault.tooLong(length: 257, limit: 256)) {
            try rotation(key: 32, info: 1, signature: 257)
        }
        try rotation(key: 32, info: 512, signature: 256)
    }

    private func rotation(key: Int, info: Int, signature: Int) throws {
        var writer = CBORWriter()
        writer.map(count: 3)
        for (number, count) in [(1, key), (2, info), (3, signature)] {
            writer.unsigned(UInt64(number))
            writer.bytes([UInt8](repeating: 7, count: count))
        }
        _ = try Frame.all(in: FrameHeader(kind: .request, type: 5, correlation: 1).frame(writer.bytes))
    }
}
