// SPDX-License-Identifier: Apache-2.0

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

    private static func ones(_ count: Int) -> UInt128 { .max >> UInt128(limit - count) }

    /// The field at `positions`, counted from the first bit on the wire.
    package func field(_ positions: Range<Int>) -> UInt64 {
        precondition(positions.count <= 64 && positions.upperBound <= count, "a format fits its reads")
        return UInt64((value >> UInt128(count - positions.upperBound)) & Self.ones(positions.count))
    }

    package func ones(in mask: UInt128) -> Int { (value & mask).nonzeroBitCount }

    package var complement: BitString { BitString(checked: ~value & Self.ones(count), count: count) }
}

extension BitString: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(count)-bit read" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
