// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire

/// The present agent, at which happens what happened at the one whose words were recorded: badges, a PIN, a printer
/// that prints whatever it gets.
struct RecordedAgent {
    private enum Happening {
        case badge(Presented)
        case typed(String)
    }

    private var core: AgentCore
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var left: ArraySlice<Happening>
    private var papers: [ReleaseID: [UInt8]] = [:]
    /// What came out, with the printer's commands around it.
    private(set) var printed: [[UInt8]] = []

    /// Reads, PINs and the name of the stream are those of the recording.
    init(_ lines: [RecordedConversation.Line]) {
        var state = JournalState()
        var happenings: [Happening] = []
        for line in lines where line.isFromAgent {
            switch line.frame.body {
            case .request(.hello(let hello)): state.apply(.identity(stream: hello.stream))
            case .request(.credential(let read)): happenings.append(.badge(read))
            case .request(.challengeReply(let reply)):
                happenings.append(.typed(String(decoding: reply.secret.revealed, as: UTF8.self)))
            default: continue
            }
        }
        left = happenings[...]
        core = AgentCore(software: "present", journal: state, wall: WallTime(milliseconds: 1_700_000_000_000))
    }

    /// Its server was put back to the first version: it has told that one some events, and then learned to read badges
    /// in ways of which that one knows nothing.
    init(_ lines: [RecordedConversation.Line], told: UInt64, later: [ReadResult]) {
        self.init(lines)
        var state = JournalState()
        state.apply(.identity(stream: core.journalState.stream))
        state.apply(.acknowledged(through: told))
        for (index, result) in later.enumerated() {
            let record = ReadRecord(
                key: [UInt8](repeating: UInt8(index), count: 16), reader: "front", result: result,
                at: WallTime(milliseconds: 1_700_000_000_000))
            state.apply(.event(sequence: told + UInt64(index) + 1, .readOutcome(record)))
        }
        core = AgentCore(software: "present", journal: state, wall: WallTime(milliseconds: 1_700_000_000_000))
    }

    var isOver: Bool { left.isEmpty }

    /// What it sends at first.
    mutating func start() throws -> [Frame] { try feed(.start) }

    mutating func receive(_ frame: Frame) throws -> [Frame] { try feed(.received(frame.encode())) }

    /// The next thing happens.
    mutating func goOn() throws -> [Frame] {
        guard let next = left.popFirst() else { return [] }
        now = now + .seconds(4)
        switch next {
        case .badge(let presented):
            return try feed(.read(reader: presented.reader, presented.read, key: presented.key))
        case .typed(let digits):
            let keys = digits.utf8.map { Keypad.Action.digit($0) } + [.enter]
            return try keys.flatMap { try feed(.key($0, from: "pad", key: [UInt8](repeating: 0xEE, count: 16))) }
        }
    }

    /// The connection is lost; it comes back.
    mutating func lose() throws -> [Frame] {
        var sent = try feed(.linkDown(random: 0))
        while sent.isEmpty, let next = core.deadline {
            now = max(now, next)
            sent = try perform(core.tick(at: now))
        }
        return sent
    }

    private mutating func feed(_ event: AgentCore.Event) throws -> [Frame] {
        try perform(core.handle(event, at: now))
    }

    private mutating func perform(_ actions: [AgentCore.Action]) throws -> [Frame] {
        var sent: [Frame] = []
        for action in actions {
            switch action {
            case .dial: sent += try feed(.linkUp)
            case .send(let bytes): sent += try RecordedConversation.frames(bytes)
            case .journal(let token, _): sent += try feed(.journaled(token))
            case .dialPrinter(let release, _): sent += try feed(.printer(release, .connected))
            case .writePrinter(let release, let bytes): sent += try print(release, bytes)
            default: continue
            }
        }
        return sent
    }

    private mutating func print(_ release: ReleaseID, _ bytes: [UInt8]) throws -> [Frame] {
        papers[release, default: []] += bytes
        let isWhole = String(decoding: papers[release] ?? [], as: UTF8.self).contains("EOJ NAME")
        let sent = try feed(.printer(release, .drained))
        guard isWhole, let paper = papers.removeValue(forKey: release) else { return sent }
        printed.append(paper)
        let end = "@PJL USTATUS JOB\r\nEND\r\nNAME=\"lanyard-\(release)\"\r\nPAGES=2\r\n\u{0C}"
        return try sent + feed(.printer(release, .received(Array(end.utf8))))
    }
}
