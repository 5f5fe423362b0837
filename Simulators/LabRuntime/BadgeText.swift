// SPDX-License-Identifier: Apache-2.0

import Ops

/// A badge as it is named on the lab's command line: the number printed on it, or all of an EM4100 badge's 40 bits as
/// `0x` and ten hexadecimal digits.
package struct BadgeText: Hashable, Sendable {
    /// What stands in front of the printed number's 32 bits: the customer code of the lab's badges.
    private static let customerCode: UInt64 = 0x01

    /// As a reader that types would type it.
    package let digits: [UInt8]
    /// `nil` for a number that no EM4100 badge has.
    package let em4100: UInt64?

    package init(_ text: String) throws(LabFault) {
        if text.hasPrefix("0x"), text.utf8.count == 12, let bits = UInt64(text.dropFirst(2), radix: 16) {
            em4100 = bits
            digits = Self.padded(bits & 0xFFFF_FFFF)
        } else if (1...32).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            em4100 = UInt32(text).map { Self.customerCode << 32 | UInt64($0) }
            digits = Array(text.utf8)
        } else {
            throw LabFault(
                "a badge is 1 to 32 digits, or 0x and ten hexadecimal digits; \(text.debugDescription) is neither",
                exit: .usage)
        }
    }

    private static func padded(_ number: UInt64) -> [UInt8] {
        let digits = Array(String(number).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: 10 - digits.count) + digits
    }
}

/// What can be typed on a keypad.
package enum Keys {
    /// In the alphabet of the simulated keypad, from `0123456789`, `enter`, `clear`, `back` or `f1` to `f4`.
    package static func strokes(_ text: String) throws(LabFault) -> String {
        switch text {
        case "enter": return "\n"
        case "clear": return "x"
        case "back": return "<"
        case "f1": return "a"
        case "f2": return "b"
        case "f3": return "c"
        case "f4": return "d"
        default:
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw LabFault(
                    "a keypad has digits, enter, clear, back and f1 to f4; \(text.debugDescription) is none of them",
                    exit: .usage)
            }
            return text
        }
    }
}
