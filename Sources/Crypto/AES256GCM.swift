// SPDX-License-Identifier: Apache-2.0

import COpenSSL
package import Primitives

/// AES-256 in Galois/counter mode (NIST SP 800-38D) with a 12-byte nonce and a 16-byte tag behind the ciphertext.
/// A nonce must never be used twice with one key.
package enum AES256GCM {
    package static let keyCount = 32
    package static let nonceCount = 12
    package static let tagCount = 16

    /// The ciphertext and its tag: 16 bytes more than the plaintext.
    package static func seal(
        _ plaintext: ArraySlice<UInt8>, key: SecretBytes, nonce: [UInt8], authenticating context: [UInt8] = []
    ) -> [UInt8] {
        var pass = Pass(encrypts: true, key: key, nonce: nonce)
        var sealed = [UInt8](repeating: 0, count: plaintext.count + tagCount)
        pass.authenticate(context)
        pass.run(plaintext, into: &sealed)
        precondition(pass.finish(), "AES-256-GCM failed")
        let tag = pass.tag()
        sealed.replaceSubrange(plaintext.count..., with: tag)
        return sealed
    }

    /// `nil` when key, nonce, context or any byte differ from what was sealed.
    package static func open(
        _ sealed: ArraySlice<UInt8>, key: SecretBytes, nonce: [UInt8], authenticating context: [UInt8] = []
    ) -> [UInt8]? {
        guard sealed.count >= tagCount else { return nil }
        var pass = Pass(encrypts: false, key: key, nonce: nonce)
        var plaintext = [UInt8](repeating: 0, count: sealed.count - tagCount)
        pass.expect(tag: Array(sealed.suffix(tagCount)))
        pass.authenticate(context)
        pass.run(sealed.dropLast(tagCount), into: &plaintext)
        return pass.finish() ? plaintext : nil
    }

    /// One message through OpenSSL's cipher.
    private struct Pass: ~Copyable {
        private let context: OpaquePointer

        init(encrypts: Bool, key: SecretBytes, nonce: [UInt8]) {
            precondition(key.revealed.count == keyCount && nonce.count == nonceCount, "key or nonce of a wrong length")
            guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
            let result = EVP_CipherInit_ex(
                context, EVP_aes_256_gcm(), nil, key.revealed, nonce, encrypts ? 1 : 0)
            precondition(result == 1, "AES-256-GCM is missing")
            self.context = context
        }

        deinit { EVP_CIPHER_CTX_free(context) }

        mutating func authenticate(_ bytes: [UInt8]) {
            var count: CInt = 0
            guard !bytes.isEmpty else { return }
            precondition(
                EVP_CipherUpdate(context, nil, &count, bytes, CInt(bytes.count)) == 1, "AES-256-GCM failed")
        }

        mutating func run(_ input: ArraySlice<UInt8>, into output: inout [UInt8]) {
            guard !input.isEmpty else { return }
            var count: CInt = 0
            let result = input.withUnsafeBufferPointer { input in
                EVP_CipherUpdate(context, &output, &count, input.baseAddress, CInt(input.count))
            }
            precondition(result == 1 && Int(count) == input.count, "AES-256-GCM failed")
        }

        mutating func expect(tag: [UInt8]) {
            var tag = tag
            precondition(
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CInt(tagCount), &tag) == 1, "AES-256-GCM failed")
        }

        mutating func finish() -> Bool {
            var nothing = [UInt8](repeating: 0, count: 16)
            var count: CInt = 0
            return EVP_CipherFinal_ex(context, &nothing, &count) == 1
        }

        mutating func tag() -> [UInt8] {
            var tag = [UInt8](repeating: 0, count: tagCount)
            precondition(
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CInt(tagCount), &tag) == 1, "AES-256-GCM failed")
            return tag
        }
    }
}
