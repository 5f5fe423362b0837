// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines
import SimDevices

/// What happens to one reader driver, as the fuzzer's bytes: kind, options, then steps.
struct ReaderScript: Sendable {
    enum Step: Sendable {
        case wait(milliseconds: Int)
        /// From the device; what it is depends on the kind's transport.
        case device([UInt8])
        case feature([UInt8]?)
        case signal(ReaderSignal)
        case reopened
    }

    static let kinds = ReaderKind.allCases.filter(\.hasDriver)
    /// Readers that speak by themselves: what they mean does not depend on when we answer.
    private static let talkers: Set<ReaderKind> = [.id12, .rdm6300, .idteck, .text, .itc2015, .serialKeypad]

    var kind: ReaderKind
    var options = ReaderOptions()
    var steps: [Step] = []

    // MARK: As bytes

    init(_ input: inout FuzzInput) {
        kind = Self.kinds[input.number(below: Self.kinds.count)]
        let flags = input.byte()
        options.endsBySilence = flags & 1 != 0
        options.acceptsTyping = flags & 2 != 0
        options.tracksAreLines = flags & 4 != 0
        options.isBinary = flags & 8 != 0
        options.hasCRC = flags & 16 != 0
        options.isSilent = flags & 32 != 0
        options.grammar = Self.choice(input.byte(), of: ReaderOptions.Grammar.allCases)
        options.track = Self.choice(input.byte(), of: [1, 2, 3])
        options.wiegandKeys = Self.choice(input.byte(), of: WiegandKeys.Coding.allCases) ?? .none
        options.shortest = input.number(below: 128) + 1
        options.longest = input.number(below: 128) + 1
        options.fixedLength = Self.choice(input.byte(), of: Array(1...128))
        while !input.isEmpty { steps.append(Self.step(&input)) }
    }

    init(_ recording: SimRecording) {
        kind = recording.kind
        options = recording.options
        for line in recording.lines {
            let (seconds, attoseconds) = line.after.components
            let wait = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
            if wait > 0 { steps.append(.wait(milliseconds: wait)) }
            switch line.step {
            case .bytes(let bytes), .report(let bytes): steps.append(.device(bytes))
            case .input(let events):
                steps.append(
                    .device(
                        events.flatMap {
                            [UInt8($0.type & 0x1F), UInt8($0.code & 0xFF), UInt8(truncatingIfNeeded: $0.value)]
                        }))
            case .feature(let bytes): steps.append(.feature(bytes))
            case .signal(let signal): steps.append(.signal(signal))
            case .driver: break
            }
        }
    }

    var encoded: [UInt8] {
        let flags: [Bool] = [
            options.endsBySilence, options.acceptsTyping, options.tracksAreLines, options.isBinary, options.hasCRC,
            options.isSilent,
        ]
        let mask = flags.enumerated().reduce(0 as UInt8) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) }
        var bytes: [UInt8] = [
            UInt8(Self.kinds.firstIndex(of: kind) ?? 0),
            mask,
            Self.place(of: options.grammar, in: ReaderOptions.Grammar.allCases),
            Self.place(of: options.track, in: [1, 2, 3]),
            Self.place(of: options.wiegandKeys, in: WiegandKeys.Coding.allCases),
            UInt8(clamping: options.shortest - 1), UInt8(clamping: options.longest - 1),
            Self.place(of: options.fixedLength, in: Array(1...128)),
        ]
        for step in steps { bytes += Self.encoded(step) }
        return bytes
    }

    private static func choice<Value>(_ byte: UInt8, of values: [Value]) -> Value? {
        let index = Int(byte) % (values.count + 1)
        return index == 0 ? nil : values[index - 1]
    }

    private static func place<Value: Equatable>(of value: Value?, in values: [Value]) -> UInt8 {
        UInt8(value.flatMap { values.firstIndex(of: $0) }.map { $0 + 1 } ?? 0)
    }

    private static func step(_ input: inout FuzzInput) -> Step {
        switch input.byte() & 7 {
        case 0: .wait(milliseconds: input.word())
        case 1: .device(input.piece())
        case 2: .device(input.bytes(input.word() & 0xFFF))
        case 3: .feature(input.piece())
        case 4: .feature(nil)
        case 5: .signal(ReaderSignal.allCases[input.number(below: ReaderSignal.allCases.count)])
        case 6: .reopened
        default: .wait(milliseconds: Int(input.byte()))
        }
    }

    private static func encoded(_ step: Step) -> [UInt8] {
        func word(_ number: Int) -> [UInt8] {
            [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
        }
        switch step {
        case .wait(let milliseconds): return [0] + word(milliseconds)
        case .device(let bytes) where bytes.count < 256: return [1, UInt8(bytes.count)] + bytes
        case .device(let bytes): return [2] + word(min(bytes.count, 0xFFF)) + bytes.prefix(0xFFF)
        case .feature(let bytes?): return [3, UInt8(clamping: bytes.count)] + bytes.prefix(255)
        case .feature(nil): return [4]
        case .signal(let signal): return [5, UInt8(ReaderSignal.allCases.firstIndex(of: signal) ?? 0)]
        case .reopened: return [6]
        }
    }

    // MARK: Run

    func check() throws(Finding) {
        var run = ReaderRun(kind: kind, options: options)
        for step in steps { try run.take(step, isCut: false) }
        guard Self.talkers.contains(kind) else { return }
        var cut = ReaderRun(kind: kind, options: options)
        for step in steps { try cut.take(step, isCut: true) }
        try demand(run.reads == cut.reads, "\(kind.rawValue): bytes mean the same however they are cut")
    }
}
