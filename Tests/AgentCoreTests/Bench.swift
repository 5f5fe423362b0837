// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire

/// An agent on the table: the test plays server, printer, disk and people, and reads what the core wants as words.
struct Bench {
    static let stream = [UInt8](repeating: 1, count: 16)
    static let printer = PrinterLink(id: PrinterID(1), name: "one", uri: "socket://one")
    static let begun = "write 11"

    private(set) var core: AgentCore
    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    /// Tokens of appends that are not synced.
    private var unsynced: [JournalToken] = []
    private var frames = FrameBuffer()
    private var reads: UInt8 = 0
    /// What was asked of the server last.
    private(set) var last: ReleaseMessage?
    /// Why a session was ended last.
    private(set) var lastEnd: SessionEnd.Reason?
    /// What the screens show, by reader.
    private(set) var views: [String: DeskView] = [:]
    private(set) var drawn = 0
    /// For the log, since it was emptied last.
    var notes: [AgentNote] = []
    /// What the server was told of the readers last.
    private(set) var lastReaders: [ReaderStatus]?

    init(
        _ entries: [JournalEntry] = [], offline: OfflineBox? = nil, limits: AgentCore.Limits = .init(),
        desk: AgentCore.Desk = AgentCore.Desk()
    ) {
        var state = JournalState()
        for entry in [.identity(stream: Self.stream)] + entries { state.apply(entry) }
        self.init(recovered: state, offline: offline, limits: limits, desk: desk)
    }

    init(
        recovered state: JournalState, offline: OfflineBox? = nil, limits: AgentCore.Limits = .init(),
        desk: AgentCore.Desk = AgentCore.Desk()
    ) {
        core = AgentCore(
            software: "test", journal: state, offline: offline, limits: limits, desk: desk,
            wall: WallTime(milliseconds: 0))
    }

    /// Started and welcomed, nothing to sync.
    static func open(
        _ entries: [JournalEntry] = [], limits: AgentCore.Limits = .init(), desk: AgentCore.Desk = AgentCore.Desk(),
        capabilities: Set<Capability> = []
    ) -> Bench {
        var bench = Bench(entries, limits: limits, desk: desk)
        _ = bench.feed(.start)
        _ = bench.feed(.linkUp)
        _ = bench.sync()
        _ = bench.welcome(capabilities: capabilities)
        return bench
    }

    // MARK: Events

    mutating func feed(_ event: AgentCore.Event) -> [String] { words(core.handle(event, at: now)) }

    mutating func pass(_ wait: Duration) -> [String] {
        let end = now + wait
        var told: [String] = []
        while let deadline = core.deadline, deadline <= end {
            now = max(now, deadline)
            told += words(core.tick(at: now))
        }
        now = end
        return told
    }

    mutating func sync() -> [String] {
        let due = unsynced
        unsynced = []
        return due.flatMap { feed(.journaled($0)) }
    }

    mutating func welcome(committed: UInt64 = 0, capabilities: Set<Capability> = []) -> [String] {
        let welcome = Welcome(
            agent: "a", epoch: 1, committed: committed, serverTime: WallTime(milliseconds: 0),
            capabilities: capabilities)
        return receive(.welcome(welcome), to: 0)
    }

    mutating func receive(_ message: ReleaseMessage, to correlation: UInt32) -> [String] {
        receive(Frame(.reply(message, hasMore: false), correlation: correlation))
    }

    mutating func receive(_ frame: Frame) -> [String] { feed(.received(frame.encode())) }

    mutating func read(_ digits: String, at reader: String = "left") -> [String] {
        reads += 1
        return feed(
            .read(
                reader: reader, RawRead(technology: .wedge, text: Array(digits.utf8))!,
                key: [UInt8](repeating: reads, count: 16)))
    }

    mutating func unreadable(at reader: String = "left") -> [String] {
        reads += 1
        return feed(.unreadable(reader: reader, key: [UInt8](repeating: reads, count: 16)))
    }

    mutating func type(_ digits: String) -> [String] {
        digits.utf8.flatMap { press(.digit($0)) } + press(.enter)
    }

    mutating func press(_ key: Keypad.Action) -> [String] {
        reads += 1
        return feed(.key(key, from: "pad", key: [UInt8](repeating: reads, count: 16)))
    }

    /// At a touch screen.
    mutating func ask(_ command: DeskCommand, at reader: String? = nil) -> [String] {
        reads += 1
        return feed(.command(command, reader: reader, screen: 1, key: [UInt8](repeating: reads, count: 16)))
    }

    mutating func linkDown() -> [String] { feed(.linkDown(random: .max)) }

    /// A badge that brings out so many documents, up to the printer being dialled.
    mutating func release(_ ids: [Int64], first: UInt32 = 1) -> [String] {
        let session = SessionGrant(session: SessionID(5), user: "ada", jobs: ids.count, printer: Self.printer)
        let grants = ids.map {
            ReleaseGrant(
                release: ReleaseID($0), job: JobID($0), title: "t", user: "ada", format: "", size: 4, pages: nil)
        }
        return read("1234\(first)") + receive(.session(session), to: first)
            + receive(.releases(grants), to: first + 1)
    }

    /// The document of a release, opened under this number, whole in one piece.
    mutating func document(_ correlation: UInt32) -> [String] {
        receive(.documentOpened(size: 4), to: correlation)
            + receive(Frame(.bytes(offset: 0, [1, 2, 3, 4]), correlation: correlation))
            + receive(Frame(.end(sha256: [UInt8](repeating: 0, count: 32)), correlation: correlation))
    }

    mutating func printer(_ release: Int64, _ event: AgentCore.PrinterEvent) -> [String] {
        feed(.printer(ReleaseID(release), event))
    }

    /// What a printer reports at a job's end.
    mutating func printed(_ release: Int64, pages: Int) -> [String] {
        let text = "@PJL USTATUS JOB\r\nEND\r\nNAME=\"lanyard-\(release)\"\r\nPAGES=\(pages)\r\n\u{0C}"
        return printer(release, .received(Array(text.utf8)))
    }

    // MARK: Words

    private mutating func words(_ actions: [AgentCore.Action]) -> [String] { actions.flatMap { words($0) } }

    private mutating func words(_ action: AgentCore.Action) -> [String] {
        switch action {
        case .dial: return ["dial"]
        case .send(let bytes): return sent(bytes)
        case .hangUp: return ["hang up"]
        case .journal(let token, let entries):
            unsynced.append(token)
            return entries.map { "journal " + Self.word($0) }
        case .compact: return ["compact"]
        case .needStream: return ["need stream"]
        case .view(let view):
            views[view.reader] = view
            drawn += 1
            return []
        case .refuseCommand(_, let fault): return ["refuse \(fault.rawValue)"]
        case .show(let reader, let feedback): return ["show \(reader) \(feedback.outcome)"]
        case .dialPrinter(let release, _): return ["dial printer \(release)"]
        case .writePrinter(let release, _): return ["write \(release)"]
        case .hangUpPrinter(let release): return ["hang up printer \(release)"]
        case .useKey(let isNext): return [isNext ? "use next key" : "use present key"]
        case .adoptKey: return ["adopt key"]
        case .dropKey: return ["drop key"]
        case .openCustody(let fence): return ["open custody \(fence)"]
        case .appendCustody(let fence, let bytes): return ["append custody \(fence) \(bytes.count)"]
        case .finishCustody(let fence, _): return ["finish custody \(fence)"]
        case .removeCustody(let fence): return ["remove custody \(fence)"]
        case .readCustody(let fence, let offset, _): return ["read custody \(fence) \(offset)"]
        case .note(let note):
            notes.append(note)
            return []
        case .stopped: return ["stopped"]
        }
    }

    private mutating func sent(_ bytes: [UInt8]) -> [String] {
        var words: [String] = []
        do {
            try frames.append(bytes[...])
            while let (header, payload) = try frames.next() {
                let frame = try Frame(header, payload)
                if case .request(let message) = frame.body {
                    if case .readers(let readers) = message { lastReaders = readers }
                    if case .sessionEnd(let end) = message { lastEnd = end.reason } else { last = message }
                }
                words.append("send \(Self.word(frame.body)) \(frame.correlation)")
            }
        } catch {
            words.append("broken frame \(error)")
        }
        return words
    }

    private static func word(_ body: Frame.Body) -> String {
        switch body {
        case .request(.offline(let message)): "offline " + "\(message)".prefix { $0 != "(" }
        case .request(let message): "\(message)".prefix { $0 != "(" }.description
        case .event(let sequence, _): "event \(sequence)"
        case .unknown(let header, let sequence?): "\(header.type == Frame.withheldType ? "withheld" : "?") \(sequence)"
        case .grant: "grant"
        case .abandon: "abandon"
        case .ping: "ping"
        default: "\(body)"
        }
    }

    private static func word(_ entry: JournalEntry) -> String {
        switch entry {
        case .identity: "identity"
        case .began(let release): "began \(release)"
        case .event(_, .readOutcome(let record)): "\(record.result)"
        case .event(_, .progress(let progress)): "\(progress.release) \(progress.outcome)"
        case .acknowledged(let through): "acknowledged \(through)"
        case .presented: "presented"
        case .event(_, .account(let charge)): "account \(charge.fence) \(charge.outcome)"
        case .offline(let entry): "\(entry)".prefix { $0 != "(" }.description
        }
    }
}
