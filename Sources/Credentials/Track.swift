// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// One track of a magnetic stripe (ISO 7811, 7813) as characters. It hides itself.
package struct Track: Hashable, Sendable {
    package enum Number: UInt8, CaseIterable, Sendable {
        case one = 1
        case two = 2
        case three = 3
    }

    /// How its characters are coded.
    package enum Coding: Sendable {
        /// Six bits and parity: the characters from blank to underscore.
        case alphanumeric
        /// Four bits and parity: the digits and `:;<=>?`.
        case numeric

        var base: UInt8 { self == .alphanumeric ? 0x20 : 0x30 }
        var characters: ClosedRange<UInt8> { self == .alphanumeric ? 0x20...0x5F : 0x30...0x3F }
    }

    package let number: Number
    package let coding: Coding
    /// With start and end sentinel, without the check character.
    package let text: SecretBytes
    /// The reader sent a check character, and it was right.
    package let hasCheckCharacter: Bool

    /// Characters with sentinels and check character: 79, 40 and 107.
    package static func limit(of number: Number) -> Int {
        switch number {
        case .one: 79
        case .two: 40
        case .three: 107
        }
    }

    var data: ArraySlice<UInt8> { text.revealed.dropFirst().dropLast() }

    /// The longitudinal check: the exclusive or of all characters' values, sentinels included.
    package var checkCharacter: UInt8 { Self.checkCharacter(of: text.revealed, coding) }

    /// A keyboard reader types other start sentinels than are on the stripe, to tell the tracks apart.
    static func checkCharacter(of text: [UInt8], _ coding: Coding) -> UInt8 {
        let start = coding == .alphanumeric ? UInt8(ascii: "%") : UInt8(ascii: ";")
        let sum = text.dropFirst().reduce(start - coding.base) { $0 ^ ($1 - coding.base) }
        return sum + coding.base
    }

    /// A payment card by its form: an account number of 13 to 19 digits, then date and service code. Never by a check
    /// digit: real cards fail it.
    package var isPayment: Bool {
        switch number {
        case .one: return data.first == UInt8(ascii: "B") && data.count { $0 == UInt8(ascii: "^") } >= 2
        case .two, .three:
            guard let separator = data.firstIndex(of: UInt8(ascii: "=")) else { return false }
            return (13...19).contains(data[..<separator].count) && data[separator...].count >= 8
        }
    }

    /// What identifies the holder on a track that is no payment card's: the digits up to the first separator. Of track
    /// one nothing: it is text.
    package var identification: ArraySlice<UInt8>? {
        guard number != .one else { return nil }
        let digits = data.prefix(while: CredentialForm.isDigit)
        guard !digits.isEmpty, digits.count <= CredentialForm.digitLimit else { return nil }
        return digits.endIndex == data.endIndex || data[digits.endIndex] == UInt8(ascii: "=") ? digits : nil
    }

    /// For people: every run of twelve digits and more keeps its last four; of a payment card the holder's name goes.
    package var masked: String {
        var shown = text.revealed
        var run = 0
        for index in shown.indices.reversed() {
            run = CredentialForm.isDigit(text.revealed[index]) ? run + 1 : 0
            let before = text.revealed[..<index].reversed().prefix(while: CredentialForm.isDigit).count
            if run > 4, run + before >= 12 { shown[index] = UInt8(ascii: "*") }
        }
        guard number == .one, isPayment else { return String(decoding: shown, as: UTF8.self) }
        let name = shown.drop { $0 != UInt8(ascii: "^") }.dropFirst().prefix { $0 != UInt8(ascii: "^") }
        for index in name.indices { shown[index] = UInt8(ascii: "*") }
        return String(decoding: shown, as: UTF8.self)
    }
}

extension Track: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "track \(number.rawValue), \(text.revealed.count) characters" }
    package var debugDescription: String { description }
}

/// The parts of a payment card's track 1 or 2 that may be shown.
extension Track {
    /// Four digits, year first.
    package var expiry: String? { afterNumber(0..<4) }
    package var serviceCode: String? { afterNumber(4..<7) }

    /// As on track 1, padding removed.
    package var holderName: String? {
        guard number == .one, isPayment else { return nil }
        let parts = data.split(separator: UInt8(ascii: "^"), omittingEmptySubsequences: false)
        let name = String(decoding: parts[1], as: UTF8.self)
        return String(name.reversed().drop { $0 == " " }.reversed())
    }

    private func afterNumber(_ range: Range<Int>) -> String? {
        guard isPayment, number != .three else { return nil }
        let separator = number == .one ? UInt8(ascii: "^") : UInt8(ascii: "=")
        guard let rest = data.split(separator: separator, omittingEmptySubsequences: false).last else { return nil }
        guard rest.count >= range.upperBound else { return nil }
        let part = rest.dropFirst(range.lowerBound).prefix(range.count)
        return part.allSatisfy(CredentialForm.isDigit) ? String(decoding: part, as: UTF8.self) : nil
    }

    init(_ number: Number, _ coding: Coding, _ text: [UInt8], hasCheckCharacter: Bool) {
        self.number = number
        self.coding = coding
        self.text = SecretBytes(text)
        self.hasCheckCharacter = hasCheckCharacter
    }
}

/// Why something is no track. Positions count characters (or bits) from 1; the content is never repeated.
package enum TrackFault: Error, Hashable, Sendable {
    case empty
    case noStart(at: Int)
    case noEnd(Track.Number)
    case tooLong(Track.Number)
    case character(Track.Number, at: Int)
    case check(Track.Number)
    /// A track that was there already, or a lower number after a higher one.
    case order(Track.Number, at: Int)
    /// The reader says that it could not read it.
    case unreadable(Track.Number)
    case parity(character: Int)
}

extension TrackFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "there is no track"
        case .noStart(let place): "character \(place) starts no track; one starts with % ; + @ # or &"
        case .noEnd(let track): "track \(track.rawValue) has no end sentinel (?)"
        case .tooLong(let track): "track \(track.rawValue) is longer than \(Track.limit(of: track)) characters"
        case .character(let track, let place): "character \(place) cannot be on track \(track.rawValue)"
        case .check(let track): "the check character of track \(track.rawValue) is wrong"
        case .order(let track, let place): "track \(track.rawValue) at character \(place) is out of order"
        case .unreadable(let track): "the reader could not read track \(track.rawValue)"
        case .parity(let character): "the parity of character \(character) is wrong"
        }
    }
}
