// SPDX-License-Identifier: Apache-2.0

import Primitives

/// The wrappings in which readers and tools hand over the bits of a proximity badge.
package enum ProximityCode {
    package enum Fault: Error, Hashable, Sendable {
        case notHex
        case tooLong
        /// A header is there, but no single 1 before a frame of a possible length.
        case noSentinel
        /// More filler bits than bits.
        case filler
        /// AWID: no preamble 01, or another length.
        case preamble
        /// AWID: the group of four bits, from 0, whose parity is wrong.
        case parity(group: Int)
        /// AWID: the length inside fits no frame.
        case length
    }

    private static let headerBit = 37
    private static let extendedHeader: UInt128 = 0x09E
    /// Bits below the extended header: sentinel and frame.
    private static let extendedBits = 84

    /// HID's transport form, as proxmark3 prints it: frames of 26 to 36 bits have bit 37 set and a sentinel bit before
    /// the frame; 37 bits stand alone, leading zeros included; longer frames have a sentinel and, above it, the
    /// extended header 09E in the top bits of 96, which short notations leave out.
    package static func header(_ hex: some Collection<UInt8>) throws(Fault) -> BitString {
        guard hex.allSatisfy({ Hexadecimal.value(of: $0) != nil }), !hex.isEmpty else { throw .notHex }
        guard var value = BitString(hex: hex)?.value else { throw .tooLong }
        if value >> UInt128(extendedBits) == extendedHeader { value &= ~(.max << UInt128(extendedBits)) }
        guard value >> UInt128(extendedBits) == 0 else { throw .tooLong }
        var sentinel = highestBit(value)
        if sentinel < headerBit {
            guard let frame = BitString(value: value, count: headerBit) else { throw .noSentinel }
            return frame
        }
        if sentinel == headerBit {
            value ^= 1 << UInt128(headerBit)
            sentinel = highestBit(value)
            guard (26...36).contains(sentinel) else { throw .noSentinel }
        }
        guard let frame = BitString(value: value ^ 1 << UInt128(sentinel), count: sentinel) else { throw .noSentinel }
        return frame
    }

    private static func highestBit(_ value: UInt128) -> Int { 127 - value.leadingZeroBitCount }

    /// HID's "new PACS" and OMNIKEY form: a byte that counts filler bits at the end, then the bits from the left.
    package static func pacs(_ hex: some Collection<UInt8>) throws(Fault) -> BitString {
        guard let bytes = Hexadecimal.bytes(of: hex), let filler = bytes.first else { throw .notHex }
        guard bytes.count <= 1 + BitString.limit / 8 else { throw .tooLong }
        guard filler < 8, let all = BitString(bytes: bytes.dropFirst()) else { throw .filler }
        guard let bits = all.part(0..<all.count - Int(filler)) else { throw .filler }
        return bits
    }

    /// AWID's 96 bits: the preamble 01, then groups of three bits and their odd parity; inside, the frame's length in
    /// eight bits and the frame.
    package static func awid(_ hex: some Collection<UInt8>) throws(Fault) -> BitString {
        guard let bytes = Hexadecimal.bytes(of: hex) else { throw .notHex }
        guard bytes.count == 12, bytes[0] == 1, let all = BitString(bytes: bytes) else { throw .preamble }
        var stripped: UInt128 = 0
        for group in 0..<22 {
            let bits = all.field(8 + group * 4..<12 + group * 4)
            guard bits.nonzeroBitCount & 1 == 1 else { throw .parity(group: group) }
            stripped = stripped << 3 | UInt128(bits >> 1)
        }
        guard let inner = BitString(value: stripped, count: 66) else { throw .length }
        let length = Int(inner.field(0..<8))
        guard let frame = inner.part(8..<8 + length) else { throw .length }
        return frame
    }
}

extension ProximityCode.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notHex: "these are not only hexadecimal digits, or one is missing"
        case .tooLong: "there are more bits than any proximity badge has"
        case .noSentinel: "the header is there, but no sentinel bit before a frame of 26 to 36 bits"
        case .filler: "the first byte counts 0 to 7 filler bits at the end, and bits must be left"
        case .preamble: "an AWID read has 24 hexadecimal digits and begins with 01"
        case .parity(let group): "the parity of group \(group + 1) of 22 is wrong"
        case .length: "the length inside fits no frame"
        }
    }
}
