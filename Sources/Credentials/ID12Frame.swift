// SPDX-License-Identifier: Apache-2.0

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
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard let nibble = hexDigit(character) else { throw .notHex }
            if let first = high {
                bytes.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        guard bytes.reduce(0, ^) == 0 else { throw .checksum }
        let value = bytes.dropLast().reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        guard let bits = BitString(value: value, count: 40) else { throw .length }
        return RawRead(technology: .em4100, bits: bits)
    }

    /// The value of an ASCII hexadecimal digit; clones send lower case too.
    package static func hexDigit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
