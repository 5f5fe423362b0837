// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// However the bytes are cut on their way, the same actions follow.
struct CutTests {
    private let now = Samples.start

    private static let fromAgent: [Frame] = [
        Frame(.request(.credential(Samples.badge)), correlation: 1),
        Frame(.event(sequence: 8, .readOutcome(Samples.outcome))),
        Frame(.request(.documentOpen(Samples.open)), correlation: 2),
        Frame(.ping, correlation: 3),
        Frame(.grant(bytes: 4), correlation: 2),
        Frame(.abandon, correlation: 2),
        Frame(.request(.release(session: SessionID(1))), correlation: 4),
    ]

    private static let fromServer: [Frame] = [
        Frame(.reply(.welcome(Samples.welcome), hasMore: false)),
        Frame(.command(.sessionEnd(Samples.sessionEnd))),
        Frame(.ping),
        Frame(.goAway(.goAway(retryAfter: .zero))),
        Frame(.pong),
    ]

    /// What breaks a connection, each behind good frames.
    private static let endings: [[UInt8]] = [
        [], [0, 0, 0, 7], [0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3],
        Frame(.request(.hello(Samples.hello))).encode() + [1, 2, 3],
        FrameHeader(kind: .request, type: 25, correlation: 9).frame([0xA1, 0x01, 0x18, 0x01]) + Frame(.ping).encode(),
    ]

    private func server(_ pieces: [[UInt8]]) -> [ServerSession.Action] {
        var session = ServerSession(openedAt: now)
        _ = session.handle(.received(Frame(.request(.hello(Samples.hello))).encode()), at: now)
        _ = session.handle(.reply(0, .welcome(Samples.welcome)), at: now)
        return pieces.flatMap { session.handle(.received($0), at: now) }
    }

    private func greeting(_ pieces: [[UInt8]]) -> [ServerSession.Action] {
        var session = ServerSession(openedAt: now)
        return pieces.flatMap { session.handle(.received($0), at: now) }
    }

    private func agent(_ pieces: [[UInt8]]) -> [AgentSession.Action] {
        var session = AgentSession(opening: .hello(Samples.hello), openedAt: now)
        _ = session.start(at: now)
        return pieces.flatMap { session.handle(.received($0), at: now) }
    }

    private func check<Action: Equatable>(_ bytes: [UInt8], _ run: ([[UInt8]]) -> [Action]) {
        let whole = run([bytes])
        #expect(run(bytes.map { [$0] }) == whole)
        for cut in bytes.indices {
            let (head, tail) = (Array(bytes[..<cut]), Array(bytes[cut...]))
            #expect(run([head, tail]) == whole, "cut at \(cut)")
        }
    }

    @Test(arguments: endings.indices) func theServerDoesNotSeeCuts(ending: Int) {
        let bytes = Self.fromAgent.flatMap { $0.encode() } + Self.endings[ending]
        check(bytes, server)
        #expect(server([bytes]).count >= Self.fromAgent.count - 2)
    }

    @Test(arguments: endings.indices) func theServerDoesNotSeeCutsBeforeTheWelcome(ending: Int) {
        check(Frame(.request(.hello(Samples.hello))).encode() + Self.endings[ending], greeting)
    }

    @Test(arguments: endings.indices) func theAgentDoesNotSeeCuts(ending: Int) {
        check(Self.fromServer.flatMap { $0.encode() } + Self.endings[ending], agent)
    }

    @Test func aMegabyteAtOnceIsReadLikeItsParts() {
        let pings = Array(repeatElement(FrameHeader(kind: .pong, type: 0).frame([]), count: 100_000).joined())
        #expect(server([pings + Frame(.ping).encode()]).count == 1)
    }
}
