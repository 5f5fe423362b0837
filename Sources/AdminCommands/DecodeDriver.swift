// SPDX-License-Identifier: Apache-2.0

import Credentials
import Ops
import Primitives
import ReaderMachines

/// Hands the input to the very machines that drive readers, so that what is explained is what happens at the door.
enum DecodeDriver {
    typealias Event = ReaderDriver.Event
    typealias Action = ReaderDriver.Action

    /// Another serial kind is another row.
    private static let serial: [(name: String, kind: ReaderKind)] = [
        ("id12", .id12), ("rdm6300", .rdm6300), ("idteck", .idteck), ("text", .text), ("rfideas", .rfideas),
        ("itc2015", .itc2015),
    ]

    static var serialKinds: [String] { serial.map(\.name) }

    static func serial(_ name: String, _ bytes: [UInt8]) throws(DecodeFault) -> DecodeInput {
        guard let kind = serial.first(where: { $0.name == name })?.kind else {
            throw DecodeFault("unknown-kind", "serial kinds are \(serialKinds.joined(separator: ", "))")
        }
        if kind == .rfideas {
            // How long ago a read was queued matters at the door, not here.
            var limits = RFIdeasReader.Limits()
            limits.age = .seconds(86_400)
            var bench = Bench(machine: RFIdeasReader(limits: limits))
            return try input(from: bench.ask { $0.contains(0x0D) ? .done : .wait }.then(.bytes(bytes)), name)
        }
        var bench = Bench(machine: ReaderDriver(kind: kind))
        return try input(from: bench.ask { _ in .done }.then(.bytes(bytes)), name)
    }

    /// Without and with the optional CRC.
    static func twn4(_ text: String) throws(DecodeFault) -> DecodeInput {
        let line = Array(text.utf8.filter { $0 != 0x0D && $0 != 0x0A && $0 != 0x20 }) + [0x0D]
        var fault = DecodeFault("empty", "no line")
        for hasCRC in [false, true] {
            var options = ReaderOptions()
            options.hasCRC = hasCRC
            let good = TWN4Frame(isBinary: false, hasCRC: hasCRC).encode([0])
            var bench = Bench(machine: ReaderDriver(kind: .twn4, options: options))
            bench.ask { sent in sent.starts(with: "0500".utf8) ? .done : sent.last == 0x0D ? .answer(good) : .wait }
            do throws(DecodeFault) {
                return try input(from: bench.then(.bytes(line)), hasCRC ? "TWN4 with CRC" : "TWN4")
            } catch {
                if !hasCRC { fault = error }
            }
        }
        throw fault
    }

    static func input(from actions: [Action], _ name: String) throws(DecodeFault) -> DecodeInput {
        var input = DecodeInput()
        input.steps = ["the \(name) driver took the bytes"]
        for action in actions {
            switch action {
            case .deliver(let read):
                input.read = read
                input.isWired = read.technology == .unknown || read.technology == .proximity
                return input
            case .drop(let reason):
                throw DecodeFault(reason.rawValue, "the \(name) driver drops this: \(Self.words(for: reason))")
            case .key, .send, .setFeature, .getFeature, .needRandom, .online, .trouble: continue
            }
        }
        throw DecodeFault("no-read", "the driver finds no badge in this")
    }

    private static func words(for reason: ReaderDrop) -> String {
        switch reason {
        case .cutShort, .pausedMidRead: "the read ends before it is whole"
        case .tooShort: "the read is too short"
        case .tooLong: "the read is too long"
        case .wrongLength: "the read has another length than this reader's"
        case .stale: "the read is too old"
        case .badgeLeft: "the badge went away before all of it was read"
        case .notADigit: "there is something else than digits in it"
        case .notHex: "there is something else than hexadecimal digits in it"
        case .notPrintable: "there is something else than printable characters in it"
        case .notATrack: "it has not the form of magnetic tracks"
        case .unreadableTrack: "the reader could not read a track"
        case .blankBadge: "nothing is encoded on the badge"
        case .badChecksum: "the checksum is wrong"
        case .noise: "these bytes are outside of any frame"
        case .unknownFrame: "it is no frame or report of this kind of reader"
        case .eventsLost: "key presses were lost"
        case .typedByHand: "it comes as slowly as a person types"
        case .readerFault: "the reader answers with an error"
        }
    }

    static func wiegandKey(_ bits: BitString) -> String? {
        var keys = WiegandKeys(coding: .plain)
        return keys.take(bits, at: MonotonicTime(nanoseconds: 0))?.first.map(text)
    }

    private static func text(_ key: Keypad.Action) -> String {
        switch key {
        case .digit(let digit): String(decoding: [digit], as: UTF8.self)
        case .clear: "*"
        case .enter: "#"
        case .correct: "<"
        case .function(let number): "F\(number)"
        }
    }
}

/// Runs a machine by hand: time passes only when it waits for it.
struct Bench<M: Machine> where M.Event == DecodeDriver.Event, M.Action == DecodeDriver.Action {
    enum Reply {
        /// It has asked what the input answers.
        case done
        case wait
        case answer([UInt8])
    }

    var machine: M
    /// It wants a feature report next.
    private(set) var isAsking = false
    private var now = MonotonicTime(nanoseconds: 0)
    private static var turns: Int { 200 }

    init(machine: M) { self.machine = machine }

    /// Opens it and lets it speak until it has asked its question. One that never asks is left waiting.
    @discardableResult
    mutating func ask(_ reply: ([UInt8]) -> Reply) -> Self {
        var actions = machine.handle(.opened, at: now)
        var sent: [UInt8] = []
        for _ in 0..<Self.turns {
            let more = actions.flatMap { action -> [UInt8] in
                if case .send(let bytes) = action { bytes } else { [] }
            }
            sent += more
            actions = []
            if !more.isEmpty {
                switch reply(sent) {
                case .done: return self
                case .wait: break
                case .answer(let bytes):
                    sent = []
                    actions = machine.handle(.bytes(bytes), at: now)
                    continue
                }
            }
            guard let deadline = machine.deadline else { return self }
            now = max(now, deadline)
            actions = machine.tick(at: now)
        }
        return self
    }

    /// The event, and the silence after it.
    func then(_ event: DecodeDriver.Event) -> [DecodeDriver.Action] {
        var copy = self
        return copy.take(event) + copy.silence()
    }

    mutating func take(_ event: DecodeDriver.Event) -> [DecodeDriver.Action] {
        now = now + .milliseconds(1)
        return noted(machine.handle(event, at: now))
    }

    /// Lets the next deadline pass.
    mutating func silence() -> [DecodeDriver.Action] {
        guard let deadline = machine.deadline else { return [] }
        now = max(now, deadline)
        return noted(machine.tick(at: now))
    }

    private mutating func noted(_ actions: [DecodeDriver.Action]) -> [DecodeDriver.Action] {
        let asks = actions.contains { if case .getFeature = $0 { true } else { false } }
        isAsking = asks
        return actions
    }
}
