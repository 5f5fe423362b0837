// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives an Elatec TWN4 with the Simple Protocol: the reader never speaks first, so it is asked for a tag again and
/// again, and told what to show in between.
package struct TWN4Reader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    /// API and function number, then the parameters.
    enum Command {
        /// GetVersionString, at most 255 characters.
        static let version: [UInt8] = [0x00, 0x04, 0xFF]
        /// GPIOConfigureOutputs: the three lamps, no pull-up, push-pull.
        static let configure: [UInt8] = [0x04, 0x00, 0x07, 0x00, 0x00]
        /// GPIOClearBits of all lamps.
        static let dark: [UInt8] = [0x04, 0x03, 0x07]
        /// SearchTag with at most 16 bytes of number.
        static let search: [UInt8] = [0x05, 0x00, 0x10]

        /// GPIOSetBits: red, green and yellow are 1, 2 and 4.
        static func lamp(_ lamp: SignalPattern.Lamp) -> [UInt8]? {
            switch lamp {
            case .off: nil
            case .red: [0x04, 0x02, 0x01]
            case .green: [0x04, 0x02, 0x02]
            case .yellow: [0x04, 0x02, 0x04]
            }
        }

        /// Beep: volume in per cent, hertz, milliseconds on and off.
        static func beep(_ tone: SignalPattern.Tone) -> [UInt8] {
            let on = UInt16(tone.duration / .milliseconds(1))
            let off = UInt16(SignalPattern.gap / .milliseconds(1))
            return [0x04, 0x07, 0x64] + [2400, on, off].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        }
    }

    private struct Question: Sendable {
        let payload: [UInt8]
        /// What the reader takes to do it: it beeps before it answers.
        var work = Duration.zero
    }

    private static let interval = Duration.milliseconds(100)

    private let frame: TWN4Frame
    private let isSilent: Bool
    private var polling: Polling
    private var open: Question?
    /// Commands before the next search; at most those of one signal and of the set-up.
    private var waiting: [Question] = []
    private var darkAt: MonotonicTime?
    private var mayShow = false
    private var buffer: [UInt8] = []

    package init(options: ReaderOptions = ReaderOptions()) {
        frame = TWN4Frame(isBinary: options.isBinary, hasCRC: options.hasCRC)
        isSilent = options.isSilent
        polling = Polling(limits: Polling.Limits(interval: options.pollInterval ?? Self.interval))
    }

    package var deadline: MonotonicTime? {
        guard polling.isOpen, !polling.isWaiting else { return polling.deadline }
        return [polling.deadline, darkAt].compactMap { $0 }.min()
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .opened:
            polling.open(at: now)
            buffer = []
            open = nil
            setUp()
            return advance(at: now)
        case .closed:
            polling.close()
            darkAt = nil
            return []
        case .bytes(let bytes): return tick(at: now) + received(bytes, at: now)
        case .signal(let signal):
            show(SignalPattern(signal), at: now)
            return advance(at: now)
        case .input, .report, .feature, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        if let darkAt, now >= darkAt {
            self.darkAt = nil
            waiting = [Question(payload: Command.dark)]
        }
        return (polling.isLate(at: now) ? failed(at: now) : []) + advance(at: now)
    }

    private mutating func failed(_ reason: ReaderDrop? = nil, at now: MonotonicTime) -> [Action] {
        buffer = []
        open = nil
        let drop: [Action] = reason.map { [.drop($0)] } ?? []
        return drop + (polling.missed(at: now) ? [.trouble("the reader does not answer as it should")] : [])
    }

    private mutating func setUp() {
        mayShow = false
        darkAt = nil
        waiting = [Question(payload: Command.version)] + (isSilent ? [] : [Question(payload: Command.configure)])
    }

    private mutating func show(_ pattern: SignalPattern, at now: MonotonicTime) {
        guard !isSilent, mayShow, polling.isOpen else { return }
        let tones = pattern.tones.map {
            Question(payload: Command.beep($0), work: $0.duration + SignalPattern.gap)
        }
        // What is still to be shown of an earlier signal is out of date.
        waiting = [Command.dark, Command.lamp(pattern.lamp)].compactMap { $0.map { Question(payload: $0) } } + tones
        let length = tones.reduce(.zero) { $0 + $1.work }
        darkAt = pattern.passes ? now + length + SignalPattern.afterglow : nil
    }

    /// A badge goes before a beep: the search is not put off by what is to be shown.
    private mutating func advance(at now: MonotonicTime) -> [Action] {
        guard polling.isOpen, open == nil else { return [] }
        let question: Question
        if mayShow, polling.isDue(at: now) || waiting.isEmpty {
            guard polling.isDue(at: now) else { return [] }
            question = Question(payload: Command.search)
        } else {
            guard !polling.isSilent || polling.isDue(at: now), !waiting.isEmpty else { return [] }
            question = waiting[0]
            // The set-up is repeated until it is answered; a lamp is not.
            if mayShow { waiting.removeFirst() }
        }
        open = question
        polling.asked(at: now, work: question.work)
        return [.send(frame.encode(question.payload))]
    }

    private mutating func received(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        // The reader answers and never speaks first.
        guard polling.isOpen, open != nil else { return [] }
        buffer += bytes
        do throws(TWN4Frame.Fault) {
            guard let payload = try frame.next(&buffer) else { return [] }
            return answered(payload, at: now) + advance(at: now)
        } catch {
            return failed(error.drop, at: now) + advance(at: now)
        }
    }

    private mutating func answered(_ payload: [UInt8], at now: MonotonicTime) -> [Action] {
        guard let question = open else { return [] }
        let isGood = payload.first == 0
        let isSearch = question.payload == Command.search
        guard isGood || !isSearch else { return failed(.readerFault, at: now) }
        open = nil
        buffer = []
        if polling.answered(at: now, isPoll: isSearch || !mayShow), mayShow {
            // It may have been without power in the meantime.
            setUp()
            return []
        }
        let rest = payload.dropFirst()
        if isSearch { return found(rest) }
        guard !mayShow else { return [] }
        waiting.removeFirst()
        mayShow = waiting.isEmpty
        guard question.payload == Command.version else { return [] }
        let name = rest.dropFirst().filter { (0x20..<0x7F).contains($0) }
        return [.online(isGood ? String(decoding: name, as: UTF8.self) : "TWN4")]
    }

    /// `found, type, bits, length, number…`, or just `0`.
    private func found(_ answer: ArraySlice<UInt8>) -> [Action] {
        let fields = Array(answer)
        guard let isFound = fields.first else { return [.drop(.unknownFrame)] }
        guard isFound != 0 else { return [] }
        guard fields.count >= 4 else { return [.drop(.unknownFrame)] }
        let (count, number) = (Int(fields[2]), fields[4...])
        guard number.count == Int(fields[3]), number.count == (count + 7) / 8, count > 0 else {
            return [.drop(.unknownFrame)]
        }
        guard count <= BitString.limit else { return [.drop(.tooLong)] }
        // The first bit is the highest of the first byte; what fills up the last byte is no part of it.
        let whole = number.reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        guard let bits = BitString(value: whole >> UInt128(number.count * 8 - count), count: count) else {
            return [.drop(.unknownFrame)]
        }
        return [.deliver(RawRead(technology: Self.technology(fields[1]), bits: bits))]
    }

    private static func technology(_ type: UInt8) -> Technology {
        switch type {
        case 0x40: .em4100
        // HID, ioProx, Indala, NexWatch, AWID, G-Prox, Pyramid, Keri.
        case 0x49, 0x4C...0x52: .proximity
        case 0x80: .iso14443a
        default: .unknown
        }
    }
}

extension TWN4Frame.Fault {
    fileprivate var drop: ReaderDrop {
        switch self {
        case .tooLong: .tooLong
        case .notHex: .notHex
        case .badChecksum: .badChecksum
        case .empty: .unknownFrame
        }
    }
}
