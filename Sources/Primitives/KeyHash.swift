// SPDX-License-Identifier: Apache-2.0

/// SHA-256 of a public key's DER SubjectPublicKeyInfo (RFC 5280 section 4.1): how agents and servers know each other.
package struct KeyHash: Hashable, Sendable {
    package static let length = 32

    package let bytes: [UInt8]

    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = Array(bytes)
    }
}

extension KeyHash: CustomStringConvertible {
    /// The first six bytes in hex: enough to tell keys apart in a log.
    package var description: String {
        bytes.prefix(6).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
