// SPDX-License-Identifier: Apache-2.0

/// Reads big-endian fields from a complete payload and refuses to run past its end.
package struct ByteReader: Sendable {
    private var rest: ArraySlice<UInt8>

    package init(_ payload: ArraySlice<UInt8>) { rest = payload }

    package var left: Int { rest.count }

    @inlinable package mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
        as _: T.Type = T.self
    ) throws(WireFault) -> T {
        let bytes = try take(T.bitWidth / 8)
        return bytes.reduce(0) { $0 << 8 | T($1) }
    }

    package mutating func take(_ count: Int) throws(WireFault) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .truncated(wanted: count, left: rest.count) }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    package mutating func takeRest() -> ArraySlice<UInt8> {
        defer { rest = [] }
        return rest
    }

    /// A decoder calls this last, so that no message hides bytes nobody looked at.
    package func expectEnd() throws(WireFault) {
        guard rest.isEmpty else { throw .trailingBytes(rest.count) }
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    @inlinable package var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
