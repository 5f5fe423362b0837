// SPDX-License-Identifier: Apache-2.0

import COpenSSL
package import Primitives

/// Somebody else's public key, as it came: P-256 or Ed25519, the kinds that TLS takes here.
package final class PublicKey {
    private let key: OpaquePointer
    private let isEd25519: Bool
    package let hash: KeyHash

    /// - Parameter info: SubjectPublicKeyInfo in DER, with nothing behind it.
    package init?(info: [UInt8]) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        let key = info.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            guard let key = d2i_PUBKEY(nil, &position, bytes.count) else { return nil }
            guard position == bytes.baseAddress?.advanced(by: bytes.count) else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        guard let key else { return nil }
        isEd25519 = EVP_PKEY_is_a(key, "ED25519") == 1
        self.key = key
        hash = KeyHash(ofPublicKeyInfo: info)
        guard isEd25519 || Identity.isP256(key) else { return nil }
    }

    deinit { EVP_PKEY_free(key) }

    /// ECDSA with SHA-256 in DER, or Ed25519.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, isEd25519 ? nil : EVP_sha256(), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
