// SPDX-License-Identifier: Apache-2.0

extension String {
    /// As one path segment or one query value (RFC 3986 section 2): everything but unreserved characters is encoded.
    package var percentEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        let encoded = utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                [byte]
            default:
                [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
