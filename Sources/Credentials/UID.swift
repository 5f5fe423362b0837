// SPDX-License-Identifier: Apache-2.0

/// The serial number of a contactless chip, in the order in which the reader gave its bytes. Readers show the same
/// chip in many ways; all of them are derived from this one.
package struct UID: Hashable, Sendable {
    /// ISO 14443-3 type A has 4, 7 or 10 bytes; ISO 15693 and FeliCa have 8.
    package static let lengths = [4, 7, 8, 10]

    package let bits: BitString

    package init?(_ bytes: some Collection<UInt8>) {
        guard Self.lengths.contains(bytes.count), let bits = BitString(bytes: bytes) else { return nil }
        self.bits = bits
    }

    package init?(_ bits: BitString) {
        guard bits.count.isMultiple(of: 8), Self.lengths.contains(bits.count / 8) else { return nil }
        self.bits = bits
    }

    package var technology: Technology { bits.count == 64 ? .unknown : .iso14443a }

    /// Four bytes of which the first is 08 are drawn anew for each meeting (ISO 14443-3): they say nothing about who
    /// holds the chip, and must never be enrolled.
    package var isRandom: Bool { bits.count == 32 && bits.field(0..<8) == 0x08 }

    /// The other byte order.
    package var reversed: BitString { bits.reversed(by: 8) ?? bits }

    /// Each byte in decimal without leading zeros, one behind the other; it cannot be turned back.
    package var concatenatedDecimal: String { bits.revealedBytes.map(String.init).joined() }

    /// What readers that make Wiegand of a chip send: four bytes in a frame of 34 bits, three in one of 26, mostly in
    /// the opposite order. Which, the site must say; none of them has a check of its own.
    package var candidates: [Candidate] {
        guard !isRandom else { return [] }
        let count = bits.count
        return [
            W34.candidate("W34-reversed", reversed, from: count - 32), W34.candidate("W34", bits, from: 0),
            W26.candidate("W26-reversed", reversed, from: count - 24), W26.candidate("W26", bits, from: 0),
        ].compactMap { $0 }
    }

    private enum W34 {
        static func candidate(_ name: String, _ bits: BitString, from start: Int) -> Candidate? {
            bits.part(start..<start + 32).map { Candidate(format: name, cardNumber: UInt64($0.value)) }
        }
    }

    private enum W26 {
        static func candidate(_ name: String, _ bits: BitString, from start: Int) -> Candidate? {
            bits.part(start..<start + 24).map {
                Candidate(format: name, facilityCode: $0.field(0..<8), cardNumber: $0.field(8..<24))
            }
        }
    }
}

extension UID: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "UID, \(bits.count / 8) bytes" }
    package var debugDescription: String { description }
}
