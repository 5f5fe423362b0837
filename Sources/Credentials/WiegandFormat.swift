// SPDX-License-Identifier: Apache-2.0

/// Where the fields sit in a fixed-length Wiegand read. A new card format is a row in ``table``, not new code.
///
/// Positions count from 0, the first bit on the wire; a field's first position is its highest bit, so that scattered
/// fields fit as well.
package struct WiegandFormat: Hashable, Sendable {
    /// Something that holds for each well-formed read.
    package enum Check: Hashable, Sendable {
        /// All bits at these positions, the parity bit among them, have an even number of ones.
        case even([Int])
        case odd([Int])
        case constant(at: Int, isSet: Bool)
    }

    package let name: String
    package let bitCount: Int
    /// Empty when the format has none.
    package let facilityCode: [Int]
    package let cardNumber: [Int]
    package let checks: [Check]

    package init(name: String, bitCount: Int, facilityCode: [Int], cardNumber: [Int], checks: [Check]) {
        precondition((1...BitString.limit).contains(bitCount), "a format fits a read")
        precondition((facilityCode + cardNumber).allSatisfy((0..<bitCount).contains), "a field lies in its format")
        precondition(facilityCode.count <= 64 && (1...64).contains(cardNumber.count), "a field fits 64 bits")
        self.name = name
        self.bitCount = bitCount
        self.facilityCode = facilityCode
        self.cardNumber = cardNumber
        self.checks = checks
    }

    /// The open 26-bit format of most plain 125 kHz badges.
    package static let h10301 = WiegandFormat(
        name: "H10301", bitCount: 26, facilityCode: Array(1...8), cardNumber: Array(9...24),
        checks: [.even(Array(0...12)), .odd(Array(13...25))])

    package static let table = [h10301]

    /// `nil` when the length is not this format's; otherwise always a candidate, with what the checks say.
    package func candidate(for bits: BitString) -> Candidate? {
        guard bits.count == bitCount else { return nil }
        let asRead = parity(of: bits)
        let isSwapped =
            asRead == .bad && checks.count > 1 && !checks.contains { holds($0, in: bits) }
            && parity(of: bits.complement) == .good
        let understood = isSwapped ? bits.complement : bits
        return Candidate(
            format: name, facilityCode: facilityCode.isEmpty ? nil : field(facilityCode, of: understood),
            cardNumber: field(cardNumber, of: understood), parity: isSwapped ? .good : asRead,
            swappedLines: isSwapped)
    }

    private func parity(of bits: BitString) -> Candidate.Parity {
        if checks.isEmpty { return .none }
        return checks.allSatisfy { holds($0, in: bits) } ? .good : .bad
    }

    private func holds(_ check: Check, in bits: BitString) -> Bool {
        switch check {
        case .even(let positions): ones(at: positions, of: bits).isMultiple(of: 2)
        case .odd(let positions): !ones(at: positions, of: bits).isMultiple(of: 2)
        case .constant(let position, let isSet): bits.isSet(at: position) == isSet
        }
    }

    private func ones(at positions: [Int], of bits: BitString) -> Int { positions.count { bits.isSet(at: $0) } }

    private func field(_ positions: [Int], of bits: BitString) -> UInt64 {
        positions.reduce(0) { $0 << 1 | (bits.isSet(at: $1) ? 1 : 0) }
    }
}

extension BitString {
    fileprivate func isSet(at position: Int) -> Bool { field(position..<position + 1) == 1 }

    /// Every way in which the table of formats understands these bits, in the table's order.
    package var candidates: [Candidate] { WiegandFormat.table.compactMap { $0.candidate(for: self) } }
}
