// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import HostIO
import PrintModel
import Primitives
import ReleaseWire
import SimDevices
import ReaderMachines
import Testing
import TestKit

@testable import AgentRuntime

/// Keys of a reader on an OSDP line go into dialogues: from its keypad over the wire to what the server is asked.
@Suite struct OSDPDialogueTests {
    private let loop: Loop
    private let log = Lines()
    private let folder: TemporaryDirectory

    init() throws {
        loop = try Loop()
        folder = try TemporaryDirectory()
    }

    /// Two readers with keypads, and the core that they feed, with a server that speaks `dialogue`.
    private func box() throws -> (SimLine, BoxAtALine) {
        let line = try SimLine(addresses: [0, 3], inClear: true, on: loop)
        let text = """
            readers = listed
            state = \(folder.path)
            at-badge = choose
            reader.door = osdp \(line.path) address=0,3 secure=off keys=plain

            """
        let settings = try AgentSettings.parse(text, file: "agent.conf", hostName: "box").0
        let bench = try ReaderBench(settings, resolver: try Resolver(on: loop), on: loop, observer: log.observer)
        let box = BoxAtALine(bench, desk: settings.desk, on: loop)
        #expect(
            try loop.turn { bench.records["door.0"]?.signs.about != nil && bench.records["door.3"]?.signs.about != nil }
        )
        return (line, box)
    }

    private func read() throws -> RawRead {
        RawRead(technology: .proximity, bits: try #require(BitString(value: 0x2_1A8_FE42, count: 34)))
    }

    @Test func aPINIsTypedAtTheReaderThatReadTheBadge() throws {
        let (line, box) = try box()
        line.present(try read(), at: 3)
        #expect(try loop.turn { box.asked.count == 1 })
        box.answer(.challenge(Challenge(prompt: 9, kind: .pin, triesLeft: 5)))
        // One too many, taken back; a clear begins anew.
        line.type("12*4711#", at: 3)
        #expect(try loop.turn { box.asked.count == 2 })
        #expect(box.asked.last == .challengeReply(ChallengeReply(prompt: 9, secret: SecretBytes(Array("4711".utf8)))))
        #expect(box.shown.allSatisfy { $0 == "door.3" })
        // With keys to choose by, the list opens.
        let terms = SessionTerms(idleLife: .seconds(60), inDoubt: 0, account: .none, mayChangePIN: true)
        box.answer(
            .session(
                SessionGrant(
                    session: SessionID(5), user: "ada", jobs: 1,
                    printer: PrinterLink(id: PrinterID(1), name: "one", uri: "socket://one"), terms: terms)))
        #expect(box.asked.last == .jobList(JobListQuery(session: SessionID(5), after: nil)))
        box.close()
    }

    @Test func aNumberAndItsPINAreALogInAtTheReaderWithTheKeys() throws {
        let (line, box) = try box()
        line.type("42#", at: 0)
        line.type("0815#", at: 0)
        #expect(try loop.turn { box.asked.count == 1 })
        guard case .login(let login) = box.asked.last else { return #expect(Bool(false), "no log-in") }
        #expect(login.reader == "door.0" && login.user == "42" && login.proof == .pin)
        #expect(login.secret == SecretBytes(Array("0815".utf8)))
        box.close()
    }
}

/// What the runtime does with readers and core, and a server that a test plays.
private final class BoxAtALine {
    private let bench: ReaderBench
    private let loop: Loop
    private var core: AgentCore
    private var frames = FrameBuffer()
    private var keys: UInt8 = 0
    private(set) var asked: [ReleaseMessage] = []
    private(set) var shown: [String] = []
    private var correlation: UInt32 = 0

    init(_ bench: ReaderBench, desk: AgentCore.Desk, on loop: Loop) {
        self.bench = bench
        self.loop = loop
        var journal = JournalState()
        journal.apply(.identity(stream: [UInt8](repeating: 1, count: 16)))
        core = AgentCore(software: "test", journal: journal, desk: desk, wall: WallTime(milliseconds: 0))
        for event in [AgentCore.Event.start, .linkUp] { feed(event) }
        answer(
            .welcome(
                Welcome(
                    agent: "box", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 0),
                    capabilities: [.dialogue])))
        bench.onRead = { [unowned self] in feed(.read(reader: $0, $1, key: nextKey())) }
        bench.onKey = { [unowned self] in feed(.key($1, from: $0, key: nextKey())) }
        bench.start()
    }

    func close() { bench.close() }

    /// Of the last request.
    func answer(_ message: ReleaseMessage) {
        feed(.received(Frame(.reply(message, hasMore: false), correlation: correlation).encode()))
    }

    private func nextKey() -> [UInt8] {
        keys += 1
        return [UInt8](repeating: keys, count: 16)
    }

    private func feed(_ event: AgentCore.Event) {
        for action in core.handle(event, at: loop.now) {
            switch action {
            case .send(let bytes): sent(bytes)
            case .show(let reader, _): shown.append(reader)
            default: break
            }
        }
    }

    private func sent(_ bytes: [UInt8]) {
        do {
            try frames.append(bytes[...])
            while let (header, payload) = try frames.next() {
                let frame = try Frame(header, payload)
                guard case .request(let message) = frame.body, frame.correlation > 0 else { continue }
                asked.append(message)
                correlation = frame.correlation
            }
        } catch {
            Issue.record("a broken frame: \(error)")
        }
    }
}
