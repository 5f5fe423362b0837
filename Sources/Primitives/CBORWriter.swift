// SPDX-License-Identifier: Apache-2.0

/// Writes the deterministic CBOR subset of our wire formats (RFC 8949 section 4.2.1): unsigned and negative
/// integers, byte and text strings, arrays, maps with ascending unsigned keys, booleans and null.
package struct CBORWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func unsigned(_ value: UInt64) { head(0, value) }

    package mutating func integer(_ value: Int64) {
        if value < 0 { head(1, UInt64(-1 - value)) } else { head(0, UInt64(value)) }
    }

    package mutating func bytes(_ value: some Collection<UInt8>) {
        head(2, UInt64(value.count))
        bytes += value
    }

    package mutating func text(_ value: String) {
        head(3, UInt64(value.utf8.count))
        bytes += value.utf8
    }

    /// Follow with `count` items.
    package mutating func array(count: Int) { head(4, UInt64(count)) }

    /// Follow with `count` pairs, each an ``unsigned(_:)`` key, ascending, and a value.
    package mutating func map(count: Int) { head(5, UInt64(count)) }

    package mutating func bool(_ value: Bool) { bytes.append(value ? 0xF5 : 0xF4) }

    package mutating func null() { bytes.append(0xF6) }

    private mutating func head(_ major: UInt8, _ value: UInt64) {
        let top = major << 5
        switch value {
        case 0..<24: bytes.append(top | UInt8(value))
        case 24...0xFF: bytes += [top | 24, UInt8(value)]
        case 0x100...0xFFFF: bytes += [top | 25] + UInt16(value).bigEndianBytes
        case 0x1_0000...0xFFFF_FFFF: bytes += [top | 26] + UInt32(value).bigEndianBytes
        default: bytes += [top | 27] + value.bigEndianBytes
        }
    }
}
