// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Primitives

/// The keypad behind a Wiegand reader: each key is a frame of 4 or 8 bits (Rosslare AY manuals, HID PINpad). Such a
/// frame is told from a badge by its length, before any card format is tried.
package struct WiegandKeys: Sendable {
    package enum Coding: String, CaseIterable, Hashable, Sendable {
        /// There is no keypad; short reads stay reads.
        case none
        /// 4 bits, or 8 bits with the complement in the high half.
        case plain
        /// 8 bits with the complement in the low half.
        case swapped
    }

    package struct Limits: Sendable {
        /// Between two keys of one PIN; what was typed before a longer one is taken back.
        package var gap = Duration.seconds(5)

        package init() {}
    }

    private let coding: Coding
    private let limits: Limits
    private var last: MonotonicTime?

    package init(coding: Coding, limits: Limits = Limits()) {
        self.coding = coding
        self.limits = limits
    }

    /// `nil` when the bits are no key; a key that does not check is no key press, and no badge either.
    package mutating func take(_ bits: BitString, at now: MonotonicTime) -> [Keypad.Action]? {
        guard coding != .none, bits.count == 4 || bits.count == 8 else { return nil }
        let isLate = last.map { now.elapsed(since: $0) > limits.gap } ?? false
        last = now
        let pressed = Self.key(bits, coding: coding).map { [$0] } ?? []
        guard pressed.first != .enter else {
            last = nil
            return isLate ? [.clear] : pressed
        }
        return (isLate ? [.clear] : []) + pressed
    }

    private static func key(_ bits: BitString, coding: Coding) -> Keypad.Action? {
        var code = UInt8(bits.value)
        if bits.count == 8 {
            if coding == .swapped { code = code << 4 | code >> 4 }
            guard code >> 4 == ~code & 0xF else { return nil }
            code &= 0xF
        }
        return switch code {
        case 0...9: .digit(UInt8(ascii: "0") + code)
        case 10: .clear
        case 11: .enter
        default: .function(code - 11)
        }
    }
}
