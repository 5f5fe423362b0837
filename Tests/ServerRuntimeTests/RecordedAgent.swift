// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import PrintModel
import Primitives
import ReaderMachines

/// An agent at which the same things happen in each run: badges, a PIN, a printer that prints whatever it gets.
struct RecordedAgent {
    static let ada = "31415926535"
    static let ben = "27182818284"
    static let stream = [UInt8](repeating: 0x11, count: 16)

    private enum Happening {
        case badge(String)
        case typed(String)
        case silence(Duration)
    }

    /// In their order; each when the two sides have nothing more to say.
    private static let script: [Happening] = [
        .badge(ada), .badge("999999999"), .badge(ben), .typed("1111"), .badge(ben), .typed("4711"), .badge(ada),
        .silence(.seconds(15)),
    ]

    private var core: AgentCore
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var left = script[...]
    private var reads: UInt8 = 0
    private var printed: [ReleaseID: [UInt8]] = [:]

    init() {
        var state = JournalState()
        state.apply(.identity(stream: Self.stream))
        core = AgentCore(software: "recorded", journal: state, wall: WallTime(milliseconds: 1_700_000_000_000))
    }

    var isOver: Bool { left.isEmpty }

    /// What it sends at first.
    mutating func start() -> [[UInt8]] { feed(.start) + feed(.linkUp) }

    mutating func receive(_ bytes: [UInt8]) -> [[UInt8]] { feed(.received(bytes)) }

    /// The next thing happens.
    mutating func goOn() -> [[UInt8]] {
        guard let next = left.popFirst() else { return [] }
        now = now + .seconds(3)
        switch next {
        case .badge(let digits):
            reads += 1
            let key = [UInt8](repeating: reads, count: 16)
            guard let read = RawRead(technology: .wedge, text: Array(digits.utf8)) else { return [] }
            return feed(.read(reader: "left", read, key: key))
        case .typed(let digits):
            let key = [UInt8](repeating: 0xF0, count: 16)
            return digits.utf8.flatMap { feed(.key(.digit($0), from: "left", key: key)) }
                + feed(.key(.enter, from: "left", key: key))
        case .silence(let length):
            now = now + length
            return perform(core.tick(at: now))
        }
    }

    private mutating func feed(_ event: AgentCore.Event) -> [[UInt8]] { perform(core.handle(event, at: now)) }

    private mutating func perform(_ actions: [AgentCore.Action]) -> [[UInt8]] {
        var sent: [[UInt8]] = []
        for action in actions {
            switch action {
            case .send(let bytes): sent.append(bytes)
            case .journal(let token, _): sent += feed(.journaled(token))
            case .dialPrinter(let release, _): sent += feed(.printer(release, .connected))
            case .writePrinter(let release, let bytes): sent += print(release, bytes)
            default: continue
            }
        }
        return sent
    }

    private mutating func print(_ release: ReleaseID, _ bytes: [UInt8]) -> [[UInt8]] {
        printed[release, default: []] += bytes
        let isWhole = String(decoding: printed[release] ?? [], as: UTF8.self).contains("EOJ NAME")
        let sent = feed(.printer(release, .drained))
        guard isWhole, printed.removeValue(forKey: release) != nil else { return sent }
        let end = "@PJL USTATUS JOB\r\nEND\r\nNAME=\"lanyard-\(release)\"\r\nPAGES=2\r\n\u{0C}"
        return sent + feed(.printer(release, .received(Array(end.utf8))))
    }
}
