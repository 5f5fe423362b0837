// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import Testing

@Suite struct AES256GCMTests {
    struct Vector: Sendable {
        let key: String
        let nonce: String
        let context: String
        let plaintext: String
        let sealed: String
    }

    static let zeroKey = String(repeating: "00", count: 32)
    static let zeroNonce = String(repeating: "00", count: 12)

    /// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test cases 13, 14, 16.
    static let vectors = [
        Vector(
            key: zeroKey, nonce: zeroNonce, context: "", plaintext: "", sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
        Vector(
            key: zeroKey, nonce: zeroNonce, context: "", plaintext: String(repeating: "00", count: 16),
            sealed: "cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            key: String(repeating: "feffe9928665731c6d6a8f9467308308", count: 2), nonce: "cafebabefacedbaddecaf888",
            context: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            plaintext: """
                d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
                """,
            sealed: """
                522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
                8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
                76fc6ece0f4e1768cddf8853bb2d551b
                """),
    ]

    @Test(arguments: vectors)
    func agreesWithThePublishedVectors(vector: Vector) {
        let (key, nonce, context) = (SecretBytes(hex(vector.key)), hex(vector.nonce), hex(vector.context))
        let (plain, sealed) = (hex(vector.plaintext), hex(vector.sealed))
        #expect(AES256GCM.seal(plain[...], key: key, nonce: nonce, authenticating: context) == sealed)
        #expect(AES256GCM.open(sealed[...], key: key, nonce: nonce, authenticating: context) == plain)
    }

    @Test func everyFlippedBitIsRefused() {
        let key = SecretBytes(pattern(32))
        let nonce = pattern(12)
        let sealed = AES256GCM.seal(pattern(20)[...], key: key, nonce: nonce, authenticating: [1])
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(AES256GCM.open(changed[...], key: key, nonce: nonce, authenticating: [1]) == nil, "bit \(bit)")
        }
    }

    @Test func anotherKeyNonceOrContextIsRefused() {
        let key = SecretBytes(pattern(32))
        let nonce = pattern(12)
        let sealed = AES256GCM.seal(pattern(20)[...], key: key, nonce: nonce, authenticating: [1])
        let other = SecretBytes(pattern(32, seed: 2))
        #expect(AES256GCM.open(sealed[...], key: key, nonce: nonce, authenticating: [1]) == pattern(20))
        #expect(AES256GCM.open(sealed[...], key: other, nonce: nonce, authenticating: [1]) == nil)
        #expect(AES256GCM.open(sealed[...], key: key, nonce: pattern(12, seed: 2), authenticating: [1]) == nil)
        #expect(AES256GCM.open(sealed[...], key: key, nonce: nonce, authenticating: [2]) == nil)
        #expect(AES256GCM.open(sealed[...], key: key, nonce: nonce) == nil)
    }

    @Test func lessThanATagIsRefused() {
        let key = SecretBytes(pattern(32))
        for count in 0..<AES256GCM.tagCount {
            #expect(AES256GCM.open(pattern(count)[...], key: key, nonce: pattern(12)) == nil)
        }
    }
}
