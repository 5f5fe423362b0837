// SPDX-License-Identifier: Apache-2.0

import Primitives

extension RawRead {
    /// For a display or a list: the last three digits of the printed number, `•••886`. Of a number so short that three
    /// digits would give most of it away nothing is shown.
    package var masked: String {
        let printed: [UInt8]
        switch content {
        case .text(let text): printed = text.revealed
        case .bits(let bits) where technology == .iso14443a:
            printed = Self.padded(UInt64(truncatingIfNeeded: bits.value), to: 10)
        case .bits(let bits) where technology == .em4100 && bits.count == 40:
            printed = Self.padded(bits.field(8..<40), to: 10)
        case .bits(let bits): printed = bits.candidates.first.map { Self.padded($0.cardNumber, to: 5) } ?? []
        }
        guard printed.count >= 5, printed.allSatisfy(CredentialForm.isDigit) else { return "•••" }
        return "•••" + String(decoding: printed.suffix(3), as: UTF8.self)
    }

    private static func padded(_ number: UInt64, to width: Int) -> [UInt8] {
        let digits = Array(String(number).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
    }
}
