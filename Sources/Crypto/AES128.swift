// SPDX-License-Identifier: Apache-2.0

import COpenSSL
package import Primitives

/// AES-128 (FIPS 197) of single blocks: the building brick of protocols that define their own chaining. For anything
/// of our own there is ``AES256GCM``.
package enum AES128 {
    package static let keyCount = 16
    package static let blockCount = 16

    package static func encrypt(_ block: [UInt8], key: SecretBytes) -> [UInt8] {
        run(block, key: key, encrypts: true)
    }

    package static func decrypt(_ block: [UInt8], key: SecretBytes) -> [UInt8] {
        run(block, key: key, encrypts: false)
    }

    private static func run(_ block: [UInt8], key: SecretBytes, encrypts: Bool) -> [UInt8] {
        precondition(key.revealed.count == keyCount && block.count == blockCount, "key or block of a wrong length")
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: 2 * blockCount)
        var count: CInt = 0
        let result = EVP_CipherInit_ex(context, EVP_aes_128_ecb(), nil, key.revealed, nil, encrypts ? 1 : 0)
        precondition(result == 1 && EVP_CIPHER_CTX_set_padding(context, 0) == 1, "AES-128 is missing")
        precondition(
            EVP_CipherUpdate(context, &output, &count, block, CInt(blockCount)) == 1 && Int(count) == blockCount,
            "AES-128 failed")
        return Array(output.prefix(blockCount))
    }
}
