// SPDX-License-Identifier: Apache-2.0

/// Account numbers of payment cards in any text that is shown: runs of 13 to 19 digits whose check digit is right
/// (ISO/IEC 7812-1, Luhn). A track is known by its form; see ``Track/masked``.
package enum AccountNumberMask {
    package static let lengths = 13...19
    private static let shownDigits = 4
    /// Expiry and service code, behind the separator of track 2. What follows is the bank's secret.
    private static let datedDigits = 7

    /// Each number keeps its last four digits. What stands behind it as on a card goes, too: the holder's name of track
    /// 1, the bank's data of track 2.
    package static func masked(_ text: [UInt8]) -> [UInt8] {
        var shown = text
        var index = 0
        while index < text.count {
            let run = text[index...].prefix(while: isDigit)
            guard isNumber(run) else {
                index = max(run.endIndex, index + 1)
                continue
            }
            for place in run.indices.dropLast(shownDigits) { shown[place] = star }
            index = run.endIndex
            guard index < text.count else { break }
            let rest = text[(index + 1)...]
            let hidden: ArraySlice<UInt8> =
                switch text[index] {
                case UInt8(ascii: "^"): rest.prefix { $0 != UInt8(ascii: "^") }
                case UInt8(ascii: "="): rest.prefix(while: isDigit).dropFirst(datedDigits)
                default: []
                }
            for place in hidden.indices { shown[place] = star }
            index = max(index, hidden.endIndex)
        }
        return shown
    }

    private static let star = UInt8(ascii: "*")

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isNumber(_ digits: ArraySlice<UInt8>) -> Bool {
        guard lengths.contains(digits.count) else { return false }
        let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
            let value = Int(digit.element - 0x30) * (digit.offset % 2 == 0 ? 1 : 2)
            return sum + (value > 9 ? value - 9 : value)
        }
        // Nothing but zeros is no card.
        return sum > 0 && sum % 10 == 0
    }
}
