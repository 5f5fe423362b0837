// SPDX-License-Identifier: Apache-2.0

/// Reads a CBOR map field by field, in ascending order of the keys. Every field that is asked for must be there, unless
/// ``has(_:)`` was asked first; keys that nobody asks for are passed over, so that a newer peer may send more.
package struct CBORFieldReader: Sendable {
    private var cbor: CBORReader
    private var map: CBORReader.OpenMap
    /// The key that was met while another was looked for; its value is next.
    private var pending: UInt64?

    package init(_ payload: ArraySlice<UInt8>) throws(WireFault) {
        cbor = CBORReader(payload)
        map = try cbor.openMap("message")
    }

    /// For fields that only some versions send: whether this one is there.
    package mutating func has(_ key: UInt64) throws(WireFault) -> Bool {
        guard try find(key) else { return false }
        pending = key
        return true
    }

    package mutating func unsigned(
        _ key: UInt64, _ field: String, in range: ClosedRange<UInt64> = 0...(.max)
    ) throws(WireFault) -> UInt64 {
        try seek(key, field)
        let value = try cbor.unsigned(field)
        guard range.contains(value) else { throw .badValue(field: field) }
        return value
    }

    /// `nil` for null.
    package mutating func optionalUnsigned(
        _ key: UInt64, _ field: String, in range: ClosedRange<UInt64>
    ) throws(WireFault) -> UInt64? {
        try seek(key, field)
        if try cbor.nullIsNext() { return nil }
        let value = try cbor.unsigned(field)
        guard range.contains(value) else { throw .badValue(field: field) }
        return value
    }

    /// True, and the null is consumed, when this field is null; otherwise read it by its type.
    package mutating func isNull(_ key: UInt64, _ field: String) throws(WireFault) -> Bool {
        try seek(key, field)
        if try cbor.nullIsNext() { return true }
        pending = key
        return false
    }

    package mutating func bool(_ key: UInt64, _ field: String) throws(WireFault) -> Bool {
        try seek(key, field)
        return try cbor.bool(field)
    }

    package mutating func integer(_ key: UInt64, _ field: String) throws(WireFault) -> Int64 {
        try seek(key, field)
        return try cbor.integer(field)
    }

    package mutating func bytes(_ key: UInt64, _ field: String, limit: Int) throws(WireFault) -> [UInt8] {
        try seek(key, field)
        return try cbor.bytes(field, limit: limit)
    }

    package mutating func bytes(_ key: UInt64, _ field: String, count: Int) throws(WireFault) -> [UInt8] {
        let bytes = try bytes(key, field, limit: count)
        guard bytes.count == count else { throw .badValue(field: field) }
        return bytes
    }

    /// `limit` counts bytes of UTF-8.
    package mutating func text(_ key: UInt64, _ field: String, limit: Int) throws(WireFault) -> String {
        try seek(key, field)
        return try cbor.text(field, limit: limit)
    }

    @inlinable
    package mutating func value<Value: RawRepresentable>(
        _ key: UInt64, _ field: String, as _: Value.Type = Value.self
    ) throws(WireFault) -> Value where Value.RawValue: FixedWidthInteger & UnsignedInteger {
        let number = try unsigned(key, field)
        guard let raw = Value.RawValue(exactly: number), let value = Value(rawValue: raw) else {
            throw .badValue(field: field)
        }
        return value
    }

    /// A map within the map.
    package mutating func fields<Value>(
        _ key: UInt64, _ field: String, _ read: (inout Self) throws(WireFault) -> Value
    ) throws(WireFault) -> Value {
        try seek(key, field)
        return try descend(field, read)
    }

    /// An array of maps.
    package mutating func list<Value>(
        _ key: UInt64, _ field: String, limit: Int, _ read: (inout Self) throws(WireFault) -> Value
    ) throws(WireFault) -> [Value] {
        try seek(key, field)
        let count = try cbor.openArray(field, limit: limit)
        var values: [Value] = []
        for _ in 0..<count { values.append(try descend(field, read)) }
        cbor.closeArray()
        return values
    }

    package mutating func unsignedList(
        _ key: UInt64, _ field: String, limit: Int, in range: ClosedRange<UInt64>
    ) throws(WireFault) -> [UInt64] {
        try seek(key, field)
        var values: [UInt64] = []
        try cbor.array(field, limit: limit) { (cbor) throws(WireFault) in
            let value = try cbor.unsigned(field)
            guard range.contains(value) else { throw .badValue(field: field) }
            values.append(value)
        }
        return values
    }

    /// `limit` counts bytes of UTF-8 of each text.
    package mutating func textList(
        _ key: UInt64, _ field: String, countLimit: Int, limit: Int
    ) throws(WireFault) -> [String] {
        try seek(key, field)
        var values: [String] = []
        try cbor.array(field, limit: countLimit) { (cbor) throws(WireFault) in
            values.append(try cbor.text(field, limit: limit))
        }
        return values
    }

    /// Call this last: it passes over what is left of the map and refuses bytes behind it.
    package mutating func end() throws(WireFault) {
        try passRest()
        try cbor.expectEnd()
    }

    private mutating func seek(_ key: UInt64, _ field: String) throws(WireFault) {
        guard try find(key) else { throw .badValue(field: field) }
    }

    private mutating func find(_ key: UInt64) throws(WireFault) -> Bool {
        while let next = try nextKey() {
            if next == key { return true }
            guard next < key else {
                pending = next
                return false
            }
            try cbor.skip()
        }
        return false
    }

    private mutating func nextKey() throws(WireFault) -> UInt64? {
        guard let key = pending else { return try cbor.nextKey(of: &map) }
        pending = nil
        return key
    }

    private mutating func descend<Value>(
        _ field: String, _ read: (inout Self) throws(WireFault) -> Value
    ) throws(WireFault) -> Value {
        let outer = map
        map = try cbor.openMap(field)
        let value = try read(&self)
        try passRest()
        map = outer
        return value
    }

    private mutating func passRest() throws(WireFault) {
        while try nextKey() != nil { try cbor.skip() }
        cbor.closeMap()
    }
}
