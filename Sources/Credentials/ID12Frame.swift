// SPDX-License-Identifier: Apache-2.0

import Primitives

/// The text between STX and ETX of an ID-12LA, ID-20LA or RDM6300 reader: ten hexadecimal digits of an EM4100 badge
/// and two of their checksum, which is the exclusive or of the five bytes (ID-12LA data sheet).
package enum ID12Frame {
    package enum Fault: Error, Hashable, Sendable {
        case length
        case notHex
        case checksum
    }

    package static let length = 12

    package static func decode(_ text: some Collection<UInt8>) throws(Fault) -> RawRead {
        guard text.count == length else { throw .length }
        guard let bytes = Hexadecimal.bytes(of: text) else { throw .notHex }
        guard bytes.reduce(0, ^) == 0 else { throw .checksum }
        guard let bits = BitString(bytes: bytes.dropLast()) else { throw .length }
        return RawRead(technology: .em4100, bits: bits)
    }
}
