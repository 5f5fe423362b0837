// SPDX-License-Identifier: Apache-2.0

/// The primitives that pure code needs, handed in as functions: `Crypto` fills them from OpenSSL. Random bytes are
/// not among them; they arrive in events, so that a seed names a run.
package struct Cryptography: Sendable {
    /// 32 bytes.
    package let sha256: @Sendable ([UInt8]) -> [UInt8]
    /// Key, message; 32 bytes.
    package let hmacSHA256: @Sendable (SecretBytes, [UInt8]) -> [UInt8]
    /// AES-128 (FIPS 197) of a single block: key and block of 16 bytes; 16 bytes.
    package let aes128: @Sendable (SecretBytes, [UInt8]) -> [UInt8]
    /// The inverse of ``aes128``.
    package let aes128Inverse: @Sendable (SecretBytes, [UInt8]) -> [UInt8]

    package init(
        sha256: @escaping @Sendable ([UInt8]) -> [UInt8],
        hmacSHA256: @escaping @Sendable (SecretBytes, [UInt8]) -> [UInt8],
        aes128: @escaping @Sendable (SecretBytes, [UInt8]) -> [UInt8],
        aes128Inverse: @escaping @Sendable (SecretBytes, [UInt8]) -> [UInt8]
    ) {
        self.sha256 = sha256
        self.hmacSHA256 = hmacSHA256
        self.aes128 = aes128
        self.aes128Inverse = aes128Inverse
    }
}

/// Compares without telling by its duration where the first difference is.
package func constantTimeEqual(_ lhs: [UInt8], _ rhs: [UInt8]) -> Bool {
    guard lhs.count == rhs.count else { return false }
    return zip(lhs, rhs).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
}
