// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Drives a keypad on a serial line that sends one ASCII character a key: digits, `#` or CR for enter, `*` for clear,
/// backspace, and A…D for function keys.
package struct SerialKeypad: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    package struct Limits: Sendable {
        /// Bytes that are no key are one noise until there was silence for so long.
        package var quiet = Duration.milliseconds(100)

        package init() {}
    }

    private let limits: Limits
    private var noiseUntil: MonotonicTime?

    package init(limits: Limits = Limits()) { self.limits = limits }

    package var deadline: MonotonicTime? { nil }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .bytes(let bytes): return bytes.flatMap { take($0, at: now) }
        case .opened, .closed:
            noiseUntil = nil
            return []
        case .input, .report, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { [] }

    private mutating func take(_ byte: UInt8, at now: MonotonicTime) -> [Action] {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return [.key(.digit(byte))]
        case UInt8(ascii: "#"), 0x0D: return [.key(.enter)]
        case UInt8(ascii: "*"), 0x1B: return [.key(.clear)]
        case 0x08, 0x7F: return [.key(.correct)]
        case UInt8(ascii: "A")...UInt8(ascii: "D"): return [.key(.function(byte - UInt8(ascii: "A") + 1))]
        // The second half of a CR LF.
        case 0x0A: return []
        default:
            let isNew = noiseUntil.map { now >= $0 } ?? true
            noiseUntil = now + limits.quiet
            return isNew ? [.drop(.noise)] : []
        }
    }
}
