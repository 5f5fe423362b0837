// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives an Idteck SR10 or SR30: `STX, 8 or 10 hexadecimal digits, ETX, LRC`. The LRC is the exclusive or of
/// everything from STX to ETX and comes after ETX, so it may be any byte, an STX too.
///
///     idle ──STX──▶ reading ──ETX──▶ checking ──LRC──▶ idle, delivered or dropped
///     any ──pause or a wrong byte──▶ skipping ──STX or pause──▶ …
package struct IdteckReader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    package struct Limits: Sendable {
        /// The longest silence inside a frame.
        package var pause = Duration.milliseconds(100)
        package var lengths: Set<Int> = [8, 10]

        package init() {}
    }

    private enum State: Sendable {
        case idle
        case reading([UInt8])
        case checking([UInt8])
        /// Swallows what belongs to a frame already dropped.
        case skipping
    }

    private static let startOfText: UInt8 = 0x02
    private static let endOfText: UInt8 = 0x03

    private let limits: Limits
    private let technology: Technology
    private var state = State.idle
    private var until: MonotonicTime?

    package init(options: ReaderOptions = ReaderOptions(), limits: Limits = Limits()) {
        var limits = limits
        if let pause = options.pause { limits.pause = pause }
        if let length = options.fixedLength { limits.lengths.formIntersection([length]) }
        self.limits = limits
        technology = options.technology ?? .proximity
    }

    package var deadline: MonotonicTime? { until }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .bytes(let bytes): return tick(at: now) + bytes.flatMap { take($0, at: now) }
        case .opened, .closed:
            defer { enter(.idle, at: now) }
            switch state {
            case .idle, .skipping: return []
            case .reading, .checking: return [.drop(.cutShort)]
            }
        case .input, .report, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let until, now >= until else { return [] }
        defer { enter(.idle, at: now) }
        switch state {
        case .idle, .skipping: return []
        case .reading, .checking: return [.drop(.pausedMidRead)]
        }
    }

    private mutating func enter(_ next: State, at now: MonotonicTime) {
        state = next
        until = if case .idle = next { nil } else { now + limits.pause }
    }

    private mutating func take(_ byte: UInt8, at now: MonotonicTime) -> [Action] {
        switch state {
        case .checking(let text):
            enter(.idle, at: now)
            return [complete(text, check: byte)]
        case .idle where byte == Self.startOfText, .skipping where byte == Self.startOfText:
            enter(.reading([]), at: now)
            return []
        case .idle: return skip(.noise, at: now)
        case .skipping:
            enter(.skipping, at: now)
            return []
        case .reading(let text): return extend(text, with: byte, at: now)
        }
    }

    private mutating func extend(_ text: [UInt8], with byte: UInt8, at now: MonotonicTime) -> [Action] {
        if byte == Self.startOfText {
            enter(.reading([]), at: now)
            return [.drop(.cutShort)]
        }
        if byte == Self.endOfText {
            guard limits.lengths.contains(text.count) else { return skip(.wrongLength, at: now) }
            enter(.checking(text), at: now)
            return []
        }
        guard Hexadecimal.value(of: byte) != nil else { return skip(.notHex, at: now) }
        guard text.count < limits.lengths.max() ?? 0 else { return skip(.tooLong, at: now) }
        enter(.reading(text + [byte]), at: now)
        return []
    }

    private func complete(_ text: [UInt8], check: UInt8) -> Action {
        guard text.reduce(Self.startOfText ^ Self.endOfText, ^) == check else { return .drop(.badChecksum) }
        let value = text.reduce(0 as UInt128) { $0 << 4 | UInt128(Hexadecimal.value(of: $1) ?? 0) }
        return BitString(value: value, count: text.count * 4).map {
            .deliver(RawRead(technology: technology, bits: $0))
        } ?? .drop(.tooLong)
    }

    private mutating func skip(_ reason: ReaderDrop, at now: MonotonicTime) -> [Action] {
        enter(.skipping, at: now)
        return [.drop(reason)]
    }
}
