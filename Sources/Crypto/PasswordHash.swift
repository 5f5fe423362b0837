// SPDX-License-Identifier: Apache-2.0

import COpenSSL
package import Primitives

/// scrypt's costs (RFC 7914 section 2). They are kept with each hash, so that they can rise for new ones.
package struct ScryptParameters: Hashable, Sendable {
    /// N = 2^15, r = 8, p = 1: 32 MiB and about a tenth of a second.
    package static let current = ScryptParameters(costExponent: 15, blockSize: 8, parallelism: 1)
    /// OpenSSL refuses more; its own default of 32 MiB is just too little for ``current``.
    package static let memoryLimit: UInt64 = 64 << 20

    /// N is two to this power.
    package let costExponent: UInt8
    package let blockSize: UInt8
    package let parallelism: UInt8

    package init(costExponent: UInt8, blockSize: UInt8, parallelism: UInt8) {
        self.costExponent = costExponent
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// False when scrypt does not allow these, or when they need more than ``memoryLimit``.
    package var areUsable: Bool {
        guard (1...20).contains(costExponent), blockSize > 0, parallelism > 0 else { return false }
        let (r, p) = (UInt64(blockSize), UInt64(parallelism))
        guard UInt64(costExponent) < 16 * r else { return false }
        return 128 * r * (p + 2 + 1 << UInt64(costExponent)) <= Self.memoryLimit
    }
}

/// A PIN or a password as it is stored: scrypt of it under a random salt. Takes about 100 ms to make or to check, so
/// neither belongs on the loop's thread.
package struct PasswordHash: Hashable, Sendable {
    package static let saltCount = 16
    package static let hashCount = 32
    package static let encodedCount = 3 + saltCount + hashCount

    private let parameters: ScryptParameters
    private let salt: [UInt8]
    private let hash: [UInt8]

    package init(of password: SecretBytes, parameters: ScryptParameters = .current) {
        self.parameters = parameters
        salt = randomBytes(Self.saltCount)
        hash = Self.derive(from: password, salt: salt, parameters: parameters)
    }

    /// `nil` when these are not bytes that ``encoded`` gave.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.count == Self.encodedCount else { return nil }
        parameters = ScryptParameters(costExponent: bytes[0], blockSize: bytes[1], parallelism: bytes[2])
        salt = Array(bytes[3..<3 + Self.saltCount])
        hash = Array(bytes.suffix(Self.hashCount))
        guard parameters.areUsable else { return nil }
    }

    /// Cost exponent, block size, parallelism (a byte each), salt (16), hash (32).
    package var encoded: [UInt8] {
        [parameters.costExponent, parameters.blockSize, parameters.parallelism] + salt + hash
    }

    /// As the store keeps it, whose hashes all have the block size and the parallelism of now.
    package var parts: (logN: Int, salt: [UInt8], hash: SecretBytes) {
        (Int(parameters.costExponent), salt, SecretBytes(hash))
    }

    package func matches(_ password: SecretBytes) -> Bool {
        constantTimeEqual(hash, Self.derive(from: password, salt: salt, parameters: parameters))
    }

    /// True when the costs have risen since: hash the password anew at the next log-in.
    package var isOutdated: Bool { parameters != .current }

    /// scrypt itself: 32 bytes.
    package static func derive(
        from password: SecretBytes, salt: [UInt8], parameters: ScryptParameters
    ) -> [UInt8] {
        precondition(parameters.areUsable, "scrypt parameters out of bounds")
        var hash = [UInt8](repeating: 0, count: hashCount)
        let result = password.revealed.withUnsafeBytes { bytes in
            EVP_PBE_scrypt(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, salt, salt.count,
                1 << UInt64(parameters.costExponent), UInt64(parameters.blockSize), UInt64(parameters.parallelism),
                ScryptParameters.memoryLimit, &hash, hash.count)
        }
        precondition(result == 1, "scrypt failed")
        return hash
    }
}

extension PasswordHash: CustomStringConvertible, CustomReflectable {
    package var description: String { "hidden password hash" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
