// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives a serial reader that sends its number as plain text: STX begins a read anew, ETX, CR or LF ends it, and with
/// the option so does silence. Without the option a text that just stops is dropped, because half a number may well be
/// somebody else's.
package struct TextReader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    /// The longest silence inside a read; readers send a text in one go.
    package static let pause = Duration.milliseconds(100)

    private static let startOfText: UInt8 = 0x02
    private static let ends: [UInt8] = [0x03, 0x0D, 0x0A]

    private var collector: TextCollector

    package init(options: ReaderOptions = ReaderOptions()) {
        collector = TextCollector(
            limits: TextCollector.Limits(options, grammar: .hex, technology: .unknown, pause: Self.pause))
    }

    package var deadline: MonotonicTime? { collector.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .bytes(let bytes): return tick(at: now) + bytes.flatMap { take($0, at: now) }
        case .opened, .closed: return collector.restart(at: now)
        case .input, .report, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { collector.tick(at: now) }

    private mutating func take(_ byte: UInt8, at now: MonotonicTime) -> [Action] {
        if byte == Self.startOfText { return collector.restart(at: now) }
        return Self.ends.contains(byte) ? collector.end(at: now) : collector.take(byte, at: now)
    }
}
