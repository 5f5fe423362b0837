// SPDX-License-Identifier: Apache-2.0

/// Writes the deterministic CBOR subset of our wire formats (RFC 8949 section 4.2.1): unsigned and negative
/// integers, byte and text strings, arrays, maps with ascending unsigned keys, booleans and null.
package struct CBORWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(Self.usualLength) }

    /// Most messages fit without growing.
    private static let usualLength = 128

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
        case 24...0xFF: head(top | 24, value, width: 1)
        case 0x100...0xFFFF: head(top | 25, value, width: 2)
        case 0x1_0000...0xFFFF_FFFF: head(top | 26, value, width: 4)
        default: head(top | 27, value, width: 8)
        }
    }

    private mutating func head(_ first: UInt8, _ value: UInt64, width: UInt64) {
        bytes.append(first)
        for place in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }
}
