// SPDX-License-Identifier: Apache-2.0

/// SHA-256 of a public key's DER SubjectPublicKeyInfo (RFC 5280 section 4.1): how agents and servers know each other.
package struct KeyHash: Hashable, Sendable {
    package static let length = 32

    package let bytes: [UInt8]

    /// `nil` unless there are 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = Array(bytes)
    }

    package init(checked bytes: [UInt8]) {
        precondition(bytes.count == Self.length, "a SHA-256 has 32 bytes")
        self.bytes = bytes
    }
}

extension KeyHash: CustomStringConvertible {
    /// 64 hexadecimal digits: a public key is no secret.
    package var description: String { Hexadecimal.text(bytes) }

    /// The first six bytes in hex: enough to tell keys apart in a log.
    package var short: String { Hexadecimal.text(bytes.prefix(6)) }
}
