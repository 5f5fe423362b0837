// SPDX-License-Identifier: Apache-2.0

import Primitives

/// What a reader delivered as bits, first bit on the wire first.
///
/// It is a secret: printing one shows that it is there and how long it is, nothing else.
package struct BitString: Hashable, Sendable {
    package static let limit = 128

    /// Right-aligned; bit 0 on the wire is the highest of the `count` low bits.
    package let value: UInt128
    package let count: Int

    package init?(value: UInt128, count: Int) {
        guard (1...Self.limit).contains(count), value <= Self.ones(count) else { return nil }
        self.init(checked: value, count: count)
    }

    private init(checked value: UInt128, count: Int) {
        self.value = value
        self.count = count
    }

    /// Bytes as they came, the first bit being the highest of the first byte.
    package init?(bytes: some Collection<UInt8>) {
        guard (1...Self.limit / 8).contains(bytes.count) else { return nil }
        self.init(checked: bytes.reduce(0) { $0 << 8 | UInt128($1) }, count: bytes.count * 8)
    }

    /// ASCII `0` and `1`.
    package init?(binary text: some Collection<UInt8>) {
        guard (1...Self.limit).contains(text.count) else { return nil }
        guard text.allSatisfy({ $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: "1") }) else { return nil }
        self.init(checked: text.reduce(0) { $0 << 1 | UInt128($1 & 1) }, count: text.count)
    }

    /// ASCII hexadecimal digits, four bits each.
    package init?(hex text: some Collection<UInt8>) {
        guard (1...Self.limit / 4).contains(text.count) else { return nil }
        var value: UInt128 = 0
        for character in text {
            guard let nibble = Hexadecimal.value(of: character) else { return nil }
            value = value << 4 | UInt128(nibble)
        }
        self.init(checked: value, count: text.count * 4)
    }

    private static func ones(_ count: Int) -> UInt128 { .max >> UInt128(limit - count) }

    /// The field at `positions`, counted from the first bit on the wire.
    package func field(_ positions: Range<Int>) -> UInt64 {
        precondition(positions.count <= 64 && positions.upperBound <= count, "a format fits its reads")
        return UInt64(truncatingIfNeeded: (value >> UInt128(count - positions.upperBound)) & Self.ones(positions.count))
    }

    /// The bits at `positions` as a read of their own.
    package func part(_ positions: Range<Int>) -> BitString? {
        guard positions.lowerBound >= 0, positions.upperBound <= count, !positions.isEmpty else { return nil }
        let shifted = value >> UInt128(count - positions.upperBound)
        return BitString(checked: shifted & Self.ones(positions.count), count: positions.count)
    }

    package var complement: BitString { BitString(checked: ~value & Self.ones(count), count: count) }

    /// Pieces of `size` bits in the opposite order; `nil` when the bits are no whole number of pieces.
    package func reversed(by size: Int) -> BitString? {
        guard count % size == 0 else { return nil }
        var (rest, result): (UInt128, UInt128) = (value, 0)
        for _ in 0..<count / size {
            result = result << UInt128(size) | rest & Self.ones(size)
            rest >>= UInt128(size)
        }
        return BitString(checked: result, count: count)
    }
}

/// What guards the number, for those who must write it down.
extension BitString {
    /// ASCII `0` and `1`.
    package var revealedBinary: String {
        let digits = String(value, radix: 2)
        return String(repeating: "0", count: count - digits.utf8.count) + digits
    }

    /// Capital hexadecimal digits, leading zeros kept.
    package var revealedHex: String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: (count + 3) / 4 - digits.utf8.count) + digits
    }

    /// Whole bytes; the first may have leading zeros that were not read.
    package var revealedBytes: [UInt8] {
        (0..<(count + 7) / 8).reversed().map { UInt8(truncatingIfNeeded: value >> UInt128($0 * 8)) }
    }
}

extension BitString: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(count)-bit read" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
