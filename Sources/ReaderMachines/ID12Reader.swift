// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives a serial EM4100 reader: ID-12LA and ID-20LA (`STX 12×hex CR LF ETX`, once a presentation) and RDM6300
/// (`STX 12×hex ETX`, again about every 50 ms while the badge is held; de-bouncing is not done here).
///
///     idle ──STX──▶ reading ──ETX──▶ idle, delivered or dropped
///     reading ──pause or a wrong byte──▶ skipping ──STX or pause──▶ …
package struct ID12Reader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    package struct Limits: Sendable {
        /// The longest silence inside a frame.
        package var pause = Duration.milliseconds(100)

        package init() {}
    }

    private enum State: Sendable {
        case idle
        case reading(text: [UInt8], until: MonotonicTime)
        /// Swallows what belongs to a frame already dropped.
        case skipping(until: MonotonicTime)
    }

    private static let startOfText: UInt8 = 0x02
    private static let endOfText: UInt8 = 0x03
    private static let lineEnds: [UInt8] = [0x0D, 0x0A]

    private let limits: Limits
    private var state = State.idle

    package init(limits: Limits = Limits()) { self.limits = limits }

    package init(options: ReaderOptions) {
        var limits = Limits()
        if let pause = options.pause { limits.pause = pause }
        self.init(limits: limits)
    }

    package var deadline: MonotonicTime? {
        switch state {
        case .idle: nil
        case .reading(_, let until), .skipping(let until): until
        }
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .bytes(let bytes): return tick(at: now) + bytes.flatMap { take($0, at: now) }
        case .opened, .closed:
            defer { state = .idle }
            if case .reading = state { return [.drop(.cutShort)] }
            return []
        case .input, .report, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        defer { state = .idle }
        if case .reading = state { return [.drop(.pausedMidRead)] }
        return []
    }

    private mutating func take(_ byte: UInt8, at now: MonotonicTime) -> [Action] {
        let until = now + limits.pause
        switch state {
        case _ where byte == Self.startOfText: return begin(until: until)
        case .skipping:
            state = byte == Self.endOfText ? .idle : .skipping(until: until)
            return []
        case .idle:
            // The CR LF that some clones send after ETX belongs to nothing.
            return Self.lineEnds.contains(byte) ? [] : skip(.noise, until: until)
        case .reading(let text, _): return extend(text, with: byte, until: until)
        }
    }

    private mutating func begin(until: MonotonicTime) -> [Action] {
        defer { state = .reading(text: [], until: until) }
        if case .reading = state { return [.drop(.cutShort)] }
        return []
    }

    private mutating func extend(_ text: [UInt8], with byte: UInt8, until: MonotonicTime) -> [Action] {
        if byte == Self.endOfText {
            state = .idle
            return [complete(text)]
        }
        if Self.lineEnds.contains(byte) {
            guard text.count == ID12Frame.length else { return skip(.cutShort, until: until) }
            state = .reading(text: text, until: until)
            return []
        }
        guard Hexadecimal.value(of: byte) != nil else { return skip(.notHex, until: until) }
        guard text.count < ID12Frame.length else { return skip(.tooLong, until: until) }
        state = .reading(text: text + [byte], until: until)
        return []
    }

    private func complete(_ text: [UInt8]) -> Action {
        do throws(ID12Frame.Fault) {
            return .deliver(try ID12Frame.decode(text))
        } catch {
            switch error {
            case .length: return .drop(.cutShort)
            case .notHex: return .drop(.notHex)
            case .checksum: return .drop(.badChecksum)
            }
        }
    }

    private mutating func skip(_ reason: ReaderDrop, until: MonotonicTime) -> [Action] {
        state = .skipping(until: until)
        return [.drop(reason)]
    }
}
