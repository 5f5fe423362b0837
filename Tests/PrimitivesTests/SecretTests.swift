// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct SecretTests {
    struct Holder { let pin: SecretBytes }

    @Test func noDescriptionShowsTheBytes() {
        let secret = SecretBytes([71, 72, 73])
        var dumped = ""
        dump(Holder(pin: secret), to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\(Holder(pin: secret))", "\([secret])", dumped] {
            #expect(!text.contains("71") && !text.contains("72") && !text.contains("GHI"))
        }
        #expect("\(secret)" == "hidden (3 bytes)")
    }

    @Test func secretsAreComparedByTheirBytes() {
        #expect(SecretBytes([1, 2]) == SecretBytes([1, 2]))
        #expect(SecretBytes([1, 2]) != SecretBytes([1, 3]))
        #expect(SecretBytes([1, 2]) != SecretBytes([1, 2, 0]))
        #expect(Set([SecretBytes([1]), SecretBytes([1])]).count == 1)
    }

    @Test func constantTimeEqualityIsEquality() {
        #expect(constantTimeEqual([], []))
        for bit in 0..<16 {
            var other: [UInt8] = [0x55, 0xAA]
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!constantTimeEqual([0x55, 0xAA], other))
        }
    }

    @Test func aKeyHashHas32BytesAndShowsSix() throws {
        #expect(KeyHash(Array(repeating: 0, count: 31)) == nil)
        #expect(KeyHash(Array(repeating: 0, count: 33)) == nil)
        let hash = try #require(KeyHash(Array(1...32)))
        #expect(hash.short == "010203040506")
        #expect("\(hash)".count == 64)
    }
}
