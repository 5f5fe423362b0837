// SPDX-License-Identifier: Apache-2.0

/// The name of a public key: SHA-256 of its DER SubjectPublicKeyInfo (RFC 5280 section 4.1).
package struct KeyHash: Hashable, Sendable {
    package static let byteCount = 32

    package let bytes: [UInt8]

    /// `nil` unless there are 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    init(ofPublicKeyInfo encoded: [UInt8]) { bytes = SHA256.hash(encoded) }
}

extension KeyHash: CustomStringConvertible {
    /// 64 hexadecimal digits: a public key is no secret.
    package var description: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

/// What a client knows beforehand of the server's key.
package enum Pin: Hashable, Sendable {
    /// After enrolment.
    case exact(KeyHash)
    /// During enrolment: the first 10 bytes of the key hash, from the typed code.
    case prefix([UInt8])

    package static let prefixCount = 10

    package func accepts(_ hash: KeyHash) -> Bool {
        switch self {
        case .exact(let wanted): wanted == hash
        case .prefix(let wanted): wanted.count == Self.prefixCount && hash.bytes.starts(with: wanted)
        }
    }
}
