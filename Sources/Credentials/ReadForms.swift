// SPDX-License-Identifier: Apache-2.0

import Primitives

/// The ways in which people and other systems write one read down, for showing. What a site lets count is
/// ``FormPolicy``.
package struct ReadForms: Hashable, Sendable {
    /// All bits as a number; of digits that were typed, that number.
    package var decimal: String?
    /// All bits, leading zeros kept.
    package var hex: String?
    /// Whole bytes in the opposite order, zeros in front of the first one read.
    package var reversedHex: String?
    /// Ten digits as on a key fob: the low 32 bits, or the 24 or 32 inside the parity bits of a Wiegand read.
    package var printed: String?
    /// Facility code and card number of three bytes, `099,59822`.
    package var w26: String?

    package init() {}

    /// - Parameter swapped: the data lines were: the body is the complement's.
    package init(_ bits: BitString, as technology: Technology, swapped: Bool = false) {
        decimal = String(bits.value)
        hex = bits.revealedHex
        reversedHex = Self.reversedHex(bits)
        let body = swapped ? bits.complement : bits
        switch (technology, bits.count) {
        case (.iso14443a, _):
            w26 = UID(bits).flatMap { $0.isRandom ? nil : $0.reversed.part(bits.count - 24..<bits.count) }.map(Self.w26)
        case (.em4100, 40), (.wedge, 32...40): fillIn(body.field(bits.count - 32..<bits.count), width: 32)
        case (.proximity, 26), (.unknown, 26): fillIn(body.field(1..<25), width: 24)
        case (.proximity, 34), (.unknown, 34): fillIn(body.field(1..<33), width: 32)
        default: break
        }
    }

    /// Digits that a reader typed.
    package init(digits: [UInt8]) {
        guard let number = UInt128(String(decoding: digits, as: UTF8.self)) else { return }
        let bytes = max(4, (128 - number.leadingZeroBitCount + 7) / 8)
        guard let bits = BitString(value: number, count: bytes * 8) else { return }
        decimal = String(number)
        hex = bits.revealedHex
        reversedHex = bits.reversed(by: 8)?.revealedHex
        if bytes == 4 { fillIn(UInt64(number), width: 32) }
    }

    private static func reversedHex(_ bits: BitString) -> String? {
        BitString(value: bits.value, count: (bits.count + 7) / 8 * 8)?.reversed(by: 8)?.revealedHex
    }

    private mutating func fillIn(_ number: UInt64, width: Int) {
        let digits = String(number)
        printed = String(repeating: "0", count: 10 - digits.utf8.count) + digits
        w26 = BitString(value: UInt128(number & 0xFF_FFFF), count: 24).map(Self.w26)
    }

    private static func w26(_ body: BitString) -> String {
        let (code, number) = (String(body.field(0..<8)), String(body.field(8..<24)))
        return String(repeating: "0", count: 3 - code.utf8.count) + code + ","
            + String(repeating: "0", count: 5 - number.utf8.count) + number
    }
}
