// SPDX-License-Identifier: Apache-2.0

package import Primitives

extension Cryptography {
    package static let openSSL = Cryptography(
        sha256: { SHA256.hash($0) },
        hmacSHA256: { key, message in HMACSHA256.code(message, key: key) },
        aes128: { key, block in AES128.encrypt(block, key: key) },
        aes128Inverse: { key, block in AES128.decrypt(block, key: key) })
}
