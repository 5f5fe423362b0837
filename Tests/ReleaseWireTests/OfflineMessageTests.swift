// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

struct OfflineMessageTests {
    private func facts(_ number: Int64, text: String) -> CustodyFacts {
        CustodyFacts(
            fence: Fence(number), job: JobID(number), user: UserID(number), label: text, title: text, format: "pdf",
            size: .max, sha256: Samples.digest, pages: 3)
    }

    private func comesBack(_ frame: Frame) throws { #expect(try Frame.all(in: frame.encode()) == [frame]) }

    @Test func theLargestAskAndAnswerFitAFrame() throws {
        let fences = (0..<256).map { Fence(.max - $0) }
        let ask = CustodyAsk(items: fences.map { .init($0, .used) }, room: .max, forgotten: UInt64(Int64.max))
        try comesBack(Frame(.request(.offline(.ask(ask))), correlation: 1))
        let long = String(repeating: "x", count: 255)
        let answer = CustodyAnswer(
            lent: fences, lease: .seconds(8 * 3600), offers: (0..<32).map { facts(.max - $0, text: long) },
            printer: OfflinePrinter(id: PrinterID(1), name: "p", uri: String(repeating: "x", count: 1023)),
            forget: (0..<64).map { UserID(.max - $0) }, forgotten: UInt64(Int64.max))
        try comesBack(Frame(.reply(.offline(.answer(answer)), hasMore: false), correlation: 1))
    }

    @Test func oneMoreThanTheLimitIsRefused() {
        for (key, limit, kind) in [(1, 256, FrameKind.request), (1, 256, .reply), (5, 64, .reply)] {
            #expect(throws: WireFault.tooLong(length: limit + 1, limit: limit)) {
                var writer = CBORWriter()
                writer.map(count: kind == .request ? 1 : key)
                for number in 1...UInt64(key) {
                    writer.unsigned(number)
                    switch number {
                    case UInt64(key):
                        writer.array(count: limit + 1)
                        for _ in 0...limit { writer.unsigned(1) }
                    case 2: writer.unsigned(1)
                    default: writer.array(count: 0)
                    }
                }
                let bytes = FrameHeader(kind: kind, type: 35, correlation: 1).frame(writer.bytes)
                _ = try Frame.all(in: bytes)
            }
        }
    }

    @Test(arguments: OfflineMode.allCases) func everyPolicyComesBack(mode: OfflineMode) throws {
        let policy = OfflinePolicy(mode: mode, pages: 50, lease: .seconds(28_800), interval: .seconds(15))
        try comesBack(Frame(.command(.offline(.policy(policy)))))
    }

    @Test func everyCutIsRefused() throws {
        for frame in Samples.offline {
            let bytes = frame.encode()
            for length in 12..<bytes.count {
                let payload = Array(bytes[12..<length])
                let cut = UInt32(8 + payload.count).bigEndianBytes + bytes[4..<12] + payload
                if length == bytes.count { continue }
                #expect(throws: WireFault.self) { try Frame.all(in: cut) }
            }
        }
    }

    @Test func aDocumentFlowsForACustodyAsForARelease() {
        let now = Samples.start
        var (hello, welcome) = (Samples.hello, Samples.welcome)
        hello.capabilities = [.offline]
        welcome.capabilities = [.offline]
        var agent = AgentSession(opening: .hello(hello), openedAt: now)
        _ = agent.start(at: now)
        _ = agent.handle(.received(Frame(.reply(.welcome(welcome), hasMore: false)).encode()), at: now)
        let open = ReleaseMessage.offline(.open(CustodyOpen(fence: Fence(5), offset: 0, window: 3)))
        #expect(agent.handle(.request(1, open), at: now) == [.send(Frame(.request(open), correlation: 1).encode())])
        let frames = [
            Frame(.reply(.documentOpened(size: 3), hasMore: false), correlation: 1),
            Frame(.bytes(offset: 0, [1, 2, 3]), correlation: 1), Frame(.end(sha256: Samples.digest), correlation: 1),
        ]
        #expect(
            agent.handle(.received(frames.flatMap { $0.encode() }), at: now) == [
                .reply(1, .documentOpened(size: 3)), .document(1, .bytes([1, 2, 3])),
                .document(1, .end(sha256: Samples.digest)),
            ])
    }
}
