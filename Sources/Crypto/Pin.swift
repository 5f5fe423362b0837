// SPDX-License-Identifier: Apache-2.0

package import Primitives

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

extension KeyHash {
    init(ofPublicKeyInfo encoded: [UInt8]) { self.init(checked: SHA256.hash(encoded)) }
}
