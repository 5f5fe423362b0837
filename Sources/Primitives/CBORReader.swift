// SPDX-License-Identifier: Apache-2.0

/// Reads the deterministic CBOR subset of our wire formats and refuses every other encoding of the same value
/// (RFC 8949 section 4.2.1), so that one message has one form. No floats, tags or indefinite lengths.
package struct CBORReader: Sendable {
    package static let depthLimit = 8
    package static let itemLimit = 4096

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var depth = 0
    private var items = 0

    package init(_ payload: ArraySlice<UInt8>) {
        bytes = payload
        position = payload.startIndex
    }

    package mutating func unsigned(_ field: String) throws(WireFault) -> UInt64 {
        try head(0, field)
    }

    package mutating func integer(_ field: String) throws(WireFault) -> Int64 {
        guard position < bytes.endIndex else { throw .truncated(wanted: 1, left: 0) }
        let isNegative = bytes[position] >> 5 == 1
        let value = try head(isNegative ? 1 : 0, field)
        guard value <= UInt64(Int64.max) else { throw .badValue(field: field) }
        return isNegative ? -1 - Int64(value) : Int64(value)
    }

    package mutating func bytes(_ field: String, limit: Int) throws(WireFault) -> [UInt8] {
        Array(try string(2, field, limit: limit))
    }

    package mutating func text(_ field: String, limit: Int) throws(WireFault) -> String {
        let raw = try string(3, field, limit: limit)
        guard let text = String(validating: raw, as: UTF8.self) else { throw .badValue(field: field) }
        return text
    }

    package mutating func bool(_ field: String) throws(WireFault) -> Bool {
        switch try simple() {
        case 0xF4: return false
        case 0xF5: return true
        default: throw .badValue(field: field)
        }
    }

    /// True, and the null is consumed, when the next item is null.
    package mutating func nullIsNext() throws(WireFault) -> Bool {
        guard position < bytes.endIndex else { throw .truncated(wanted: 1, left: 0) }
        guard bytes[position] == 0xF6 else { return false }
        _ = try simple()
        return true
    }

    package mutating func array(
        _ field: String, limit: Int, _ element: (inout CBORReader) throws(WireFault) -> Void
    ) throws(WireFault) {
        let count = try openArray(field, limit: limit)
        for _ in 0..<count { try element(&self) }
        closeArray()
    }

    /// The number of items, which the caller consumes before ``closeArray()``.
    package mutating func openArray(_ field: String, limit: Int) throws(WireFault) -> Int {
        let count = try head(4, field)
        guard count <= UInt64(limit) else { throw .tooLong(length: Int(clamping: count), limit: limit) }
        try descend()
        return Int(count)
    }

    package mutating func closeArray() { depth -= 1 }

    /// Calls `entry` with each key; it must consume the value, with ``skip()`` where the key is unknown to it.
    package mutating func map(
        _ field: String, _ entry: (UInt64, inout CBORReader) throws(WireFault) -> Void
    ) throws(WireFault) {
        var map = try openMap(field)
        while let key = try nextKey(of: &map) { try entry(key, &self) }
        closeMap()
    }

    /// A map whose keys are read one by one.
    package struct OpenMap: Sendable {
        fileprivate let field: String
        fileprivate var left: UInt64
        fileprivate var last: UInt64?
    }

    package mutating func openMap(_ field: String) throws(WireFault) -> OpenMap {
        let count = try head(5, field)
        guard count <= UInt64(Self.itemLimit) else {
            throw .tooLong(length: Int(clamping: count), limit: Self.itemLimit)
        }
        try descend()
        return OpenMap(field: field, left: count)
    }

    /// `nil` after the last key. The value must be consumed before the next call.
    package mutating func nextKey(of map: inout OpenMap) throws(WireFault) -> UInt64? {
        guard map.left > 0 else { return nil }
        map.left -= 1
        let key = try unsigned(map.field)
        if let last = map.last, key <= last { throw .notCanonical(field: map.field) }
        map.last = key
        return key
    }

    /// After ``nextKey(of:)`` returned `nil`.
    package mutating func closeMap() { depth -= 1 }

    /// Passes over one item of any kind that the subset knows, checking its form.
    package mutating func skip() throws(WireFault) {
        guard position < bytes.endIndex else { throw .truncated(wanted: 1, left: 0) }
        switch bytes[position] >> 5 {
        case 0, 1: _ = try integerOfAnySign()
        case 2: _ = try string(2, "skipped", limit: bytes.count)
        case 3: _ = try text("skipped", limit: bytes.count)
        case 4: try array("skipped", limit: Self.itemLimit) { (reader) throws(WireFault) in try reader.skip() }
        case 5: try map("skipped") { (_, reader) throws(WireFault) in try reader.skip() }
        default:
            let value = try simple()
            guard (0xF4...0xF6).contains(value) else { throw .badValue(field: "skipped") }
        }
    }

    package func expectEnd() throws(WireFault) {
        let left = bytes.endIndex - position
        guard left == 0 else { throw .trailingBytes(left) }
    }

    private mutating func integerOfAnySign() throws(WireFault) -> UInt64 {
        try head(bytes[position] >> 5, "skipped")
    }

    private mutating func descend() throws(WireFault) {
        depth += 1
        guard depth <= Self.depthLimit else { throw .tooLong(length: depth, limit: Self.depthLimit) }
    }

    private mutating func simple() throws(WireFault) -> UInt8 {
        try count()
        guard position < bytes.endIndex else { throw .truncated(wanted: 1, left: 0) }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func count() throws(WireFault) {
        items += 1
        guard items <= Self.itemLimit else { throw .tooLong(length: items, limit: Self.itemLimit) }
    }

    private mutating func string(
        _ major: UInt8, _ field: String, limit: Int
    ) throws(WireFault) -> ArraySlice<UInt8> {
        let length = try head(major, field)
        guard length <= UInt64(limit) else { throw .tooLong(length: Int(clamping: length), limit: limit) }
        let left = bytes.endIndex - position
        guard Int(length) <= left else { throw .truncated(wanted: Int(length), left: left) }
        defer { position += Int(length) }
        return bytes[position..<(position + Int(length))]
    }

    private mutating func head(_ major: UInt8, _ field: String) throws(WireFault) -> UInt64 {
        let first = try simple()
        guard first >> 5 == major else { throw .badValue(field: field) }
        let short = first & 31
        if short < 24 { return UInt64(short) }
        guard short <= 27 else {
            let isIndefinite = short == 31 && (2...5).contains(major)
            throw isIndefinite ? .notCanonical(field: field) : .badValue(field: field)
        }
        let width = 1 << Int(short - 24)
        let left = bytes.endIndex - position
        guard width <= left else { throw .truncated(wanted: width, left: left) }
        var value: UInt64 = 0
        for byte in bytes[position..<(position + width)] { value = value << 8 | UInt64(byte) }
        position += width
        let shortest: UInt64 = width == 1 ? 24 : 1 << UInt64(width * 4)
        guard value >= shortest else { throw .notCanonical(field: field) }
        return value
    }
}
