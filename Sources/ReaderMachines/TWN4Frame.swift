// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives

/// Frames of the Elatec Simple Protocol (TWN4 Simple Protocol, DocRev17): hexadecimal lines ended by CR, or binary with
/// a length of two bytes, low byte first. The optional CRC is the reflected CCITT one (polynomial 0x8408, start 0xFFFF)
/// over the payload, low byte first; the length counts it.
package struct TWN4Frame: Hashable, Sendable {
    package enum Fault: Error, Hashable, Sendable {
        case tooLong
        case notHex
        case badChecksum
        case empty
    }

    /// Bytes of a payload with its CRC; a SearchTag answer has 36 at most.
    package static let limit = 256

    package let isBinary: Bool
    package let hasCRC: Bool

    package init(isBinary: Bool, hasCRC: Bool) {
        self.isBinary = isBinary
        self.hasCRC = hasCRC
    }

    package func encode(_ payload: [UInt8]) -> [UInt8] {
        let body = payload + (hasCRC ? Self.littleEndian(Self.crc(payload)) : [])
        precondition(body.count <= Self.limit, "our commands are short")
        return isBinary ? Self.littleEndian(UInt16(body.count)) + body : body.flatMap(Self.hexadecimal) + [0x0D]
    }

    /// Takes the first whole frame off the buffer and gives its payload; `nil` when there is none yet. A fault takes
    /// the frame off, or all of the buffer where no end is in sight.
    package func next(_ buffer: inout [UInt8]) throws(Fault) -> [UInt8]? {
        guard let body = isBinary ? try nextBinary(&buffer) : try nextLine(&buffer) else { return nil }
        guard hasCRC else { return body }
        guard body.count > 2 else { throw .empty }
        let payload = Array(body.dropLast(2))
        guard Self.littleEndian(Self.crc(payload)) == Array(body.suffix(2)) else { throw .badChecksum }
        return payload
    }

    private func nextBinary(_ buffer: inout [UInt8]) throws(Fault) -> [UInt8]? {
        guard buffer.count >= 2 else { return nil }
        let length = Int(buffer[0]) | Int(buffer[1]) << 8
        guard (1...Self.limit).contains(length) else {
            buffer = []
            throw length == 0 ? .empty : .tooLong
        }
        guard buffer.count >= 2 + length else { return nil }
        defer { buffer.removeFirst(2 + length) }
        return Array(buffer[2..<2 + length])
    }

    private func nextLine(_ buffer: inout [UInt8]) throws(Fault) -> [UInt8]? {
        guard let end = buffer.firstIndex(of: 0x0D) else {
            guard buffer.count <= 2 * Self.limit else {
                buffer = []
                throw .tooLong
            }
            return nil
        }
        let line = buffer[..<end].filter { $0 != 0x0A }
        buffer.removeFirst(end + 1)
        guard !line.isEmpty else { throw .empty }
        guard line.count <= 2 * Self.limit else { throw .tooLong }
        guard let bytes = Hexadecimal.bytes(of: line) else { throw .notHex }
        return bytes
    }

    package static func crc(_ payload: [UInt8]) -> UInt16 {
        payload.reduce(0xFFFF) { crc, byte in
            (0..<8).reduce(crc ^ UInt16(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x8408 : rest >> 1 }
        }
    }

    private static func littleEndian(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
    }
}
