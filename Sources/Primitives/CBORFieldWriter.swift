// SPDX-License-Identifier: Apache-2.0

/// Writes a CBOR map field by field. The keys must ascend, and their number is said first.
package struct CBORFieldWriter: Sendable {
    private var cbor = CBORWriter()

    package init(count: Int) { cbor.map(count: count) }

    package var bytes: [UInt8] { cbor.bytes }

    package mutating func unsigned(_ key: UInt64, _ value: UInt64) {
        cbor.unsigned(key)
        cbor.unsigned(value)
    }

    package mutating func optionalUnsigned(_ key: UInt64, _ value: UInt64?) {
        cbor.unsigned(key)
        if let value { cbor.unsigned(value) } else { cbor.null() }
    }

    package mutating func null(_ key: UInt64) {
        cbor.unsigned(key)
        cbor.null()
    }

    package mutating func bool(_ key: UInt64, _ value: Bool) {
        cbor.unsigned(key)
        cbor.bool(value)
    }

    package mutating func integer(_ key: UInt64, _ value: Int64) {
        cbor.unsigned(key)
        cbor.integer(value)
    }

    package mutating func bytes(_ key: UInt64, _ value: [UInt8], limit: Int) {
        precondition(value.count <= limit, "our own bytes fit their field")
        cbor.unsigned(key)
        cbor.bytes(value)
    }

    package mutating func bytes(_ key: UInt64, _ value: [UInt8], count: Int) {
        precondition(value.count == count, "our own bytes fill their field")
        cbor.unsigned(key)
        cbor.bytes(value)
    }

    /// For names that only people read: what does not fit is cut off.
    package mutating func label(_ key: UInt64, _ value: String, limit: Int) {
        cbor.unsigned(key)
        cbor.text(value.clipped(limit: limit))
    }

    package mutating func text(_ key: UInt64, _ value: String, limit: Int) {
        precondition(value.utf8.count <= limit, "our own text fits its field")
        cbor.unsigned(key)
        cbor.text(value)
    }

    @inlinable
    package mutating func value<Value: RawRepresentable>(_ key: UInt64, _ value: Value)
    where Value.RawValue: FixedWidthInteger & UnsignedInteger {
        unsigned(key, UInt64(value.rawValue))
    }

    /// Follow with the `count` fields of the inner map.
    package mutating func fields(_ key: UInt64, count: Int) {
        cbor.unsigned(key)
        cbor.map(count: count)
    }

    /// Follow with `count` items, each begun by ``item(count:)``.
    package mutating func list(_ key: UInt64, count: Int) {
        cbor.unsigned(key)
        cbor.array(count: count)
    }

    /// Follow with the `count` fields of this item.
    package mutating func item(count: Int) { cbor.map(count: count) }

    package mutating func unsignedList(_ key: UInt64, _ values: [UInt64]) {
        cbor.unsigned(key)
        cbor.array(count: values.count)
        for value in values { cbor.unsigned(value) }
    }

    package mutating func textList(_ key: UInt64, _ values: [String]) {
        cbor.unsigned(key)
        cbor.array(count: values.count)
        for value in values { cbor.text(value) }
    }
}
