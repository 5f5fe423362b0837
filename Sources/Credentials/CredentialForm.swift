// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// One canonical way to write a badge down. A badge is stored and looked up under its forms, so that the same badge
/// is found whichever reader it meets and however the administrator typed it. It hides itself.
///
/// Kinds: `n:6547886` the number as printed or typed, without leading zeros · `w:99:59822` facility code and card
/// number · `x:010063e9ae` all bits of the read in hexadecimal, leading zeros kept.
package struct CredentialForm: Hashable, Sendable {
    /// Of a number or of hexadecimal text.
    package static let digitLimit = 32
    /// That one read can have.
    package static let formLimit = 8

    package let canonical: SecretBytes

    private init(_ text: String) { canonical = SecretBytes(Array(text.utf8)) }

    static func number(_ digits: some Collection<UInt8>) -> CredentialForm? {
        guard (1...digitLimit).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        return CredentialForm("n:" + (significant.isEmpty ? "0" : String(decoding: significant, as: UTF8.self)))
    }

    static func badge(facilityCode: UInt64, cardNumber: UInt64) -> CredentialForm {
        CredentialForm("w:\(facilityCode):\(cardNumber)")
    }

    static func raw(_ bits: BitString) -> CredentialForm { CredentialForm("x:" + bits.revealedHex.lowercased()) }

    /// What an administrator types: `0006547886`, `99:59822` or `99,59822`, `0x010063E9AE`. Blanks around it do not
    /// count.
    package init(typed text: String) throws(CredentialFault) {
        let trimmed = text.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
        let characters = Array(trimmed)
        guard !characters.isEmpty else { throw .empty }
        guard characters.count <= Self.digitLimit + 2 else { throw .tooLong }
        if characters.starts(with: "0x".utf8) || characters.starts(with: "0X".utf8) {
            self = try Self.hexadecimal(characters.dropFirst(2))
        } else if let separator = characters.firstIndex(where: { ":,".utf8.contains($0) }) {
            self = try Self.pair(characters[..<separator], characters[(separator + 1)...])
        } else if let form = Self.number(characters) {
            self = form
        } else {
            throw characters.allSatisfy(Self.isDigit) ? .tooLong : .unknownForm
        }
    }

    static func hexadecimal(_ digits: some Collection<UInt8>) throws(CredentialFault) -> CredentialForm {
        guard !digits.isEmpty, digits.allSatisfy({ Hexadecimal.value(of: $0) != nil }) else { throw .unknownForm }
        return CredentialForm("x:" + String(decoding: digits, as: UTF8.self).lowercased())
    }

    private static func pair(
        _ facility: ArraySlice<UInt8>, _ card: ArraySlice<UInt8>
    ) throws(CredentialFault) -> CredentialForm {
        guard facility.allSatisfy(isDigit), card.allSatisfy(isDigit) else { throw .unknownForm }
        guard !facility.isEmpty, !card.isEmpty else { throw .unknownForm }
        guard let facilityCode = UInt64(String(decoding: facility, as: UTF8.self)),
            let cardNumber = UInt64(String(decoding: card, as: UTF8.self)),
            WiegandFormat.table.contains(where: { $0.holds(facilityCode: facilityCode, cardNumber: cardNumber) })
        else { throw .outOfRange }
        return badge(facilityCode: facilityCode, cardNumber: cardNumber)
    }

    static func isDigit(_ character: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
    }
}

extension CredentialForm: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "badge form" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why typed text is no badge. It never repeats the text.
package enum CredentialFault: Error, Hashable, Sendable {
    case empty
    case tooLong
    /// Facility code or card number are larger than any known card format can hold.
    case outOfRange
    case unknownForm
}

extension CredentialFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "a badge is missing; \(Self.forms)"
        case .tooLong: "a badge has at most \(CredentialForm.digitLimit) digits; \(Self.forms)"
        case .outOfRange: "no known card format holds this facility code and card number; \(Self.forms)"
        case .unknownForm: "this is no badge; \(Self.forms)"
        }
    }

    private static let forms =
        "possible are the printed number (0001234567), facility code and card number (12:34567) or the raw bits in "
        + "hexadecimal (0x0100123456)"
}
