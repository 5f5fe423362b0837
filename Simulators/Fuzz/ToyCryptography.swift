// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Functions of the right shape that mix well enough that no fuzzer meets a right answer by chance, and cost nothing.
/// They protect nothing.
enum ToyCryptography {
    static let functions = Cryptography(
        sha256: { digest([], $0) }, hmacSHA256: { digest($0.revealed, $1) },
        aes128: { rounds($0.revealed, $1, backwards: false) },
        aes128Inverse: { rounds($0.revealed, $1, backwards: true) })

    private static func mixed(_ word: UInt64) -> UInt64 {
        let first = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        let second = (first ^ first >> 27) &* 0x94D0_49BB_1331_11EB
        return second ^ second >> 31
    }

    private static func digest(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let sum = (key + [1] + message).reduce(0x9E37_79B9_7F4A_7C15 as UInt64) { mixed($0 ^ UInt64($1)) }
        return (0..<4).flatMap { bytes(mixed(sum &+ $0)) }
    }

    /// A Feistel network over two words.
    private static func rounds(_ key: [UInt8], _ block: [UInt8], backwards: Bool) -> [UInt8] {
        precondition(block.count == 16, "a block has 16 bytes")
        let base = key.reduce(1 as UInt64) { mixed($0 ^ UInt64($1)) }
        var (left, right) = (word(block[..<8]), word(block[8...]))
        let order = backwards ? [3, 2, 1, 0] : [0, 1, 2, 3] as [UInt64]
        if backwards { swap(&left, &right) }
        for round in order { (left, right) = (right, left ^ mixed(right ^ base &+ round)) }
        if backwards { swap(&left, &right) }
        return bytes(left) + bytes(right)
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static func bytes(_ word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - $0 * 8)) }
    }
}
