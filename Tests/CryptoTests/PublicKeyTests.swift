// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import Testing

@Suite struct PublicKeyTests {
    /// RFC 8032, 7.1, test 2, and RFC 8410's form of the key.
    private static let ed25519 =
        hex("302a300506032b6570032100") + hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    private static let ed25519Signature =
        hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da")
        + hex("085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")

    @Test func whatAnIdentitySignsItsPublicKeyVerifies() throws {
        let (identity, other) = (Identity.generate(), Identity.generate())
        let key = try #require(PublicKey(info: identity.publicKeyInfo))
        #expect(key.hash == identity.keyHash)
        let message = Array("PRP/1 rotate".utf8)
        let signature = identity.sign(message)
        #expect(key.verifies(signature, of: message))
        #expect(!key.verifies(signature, of: message + [0]))
        #expect(!key.verifies(other.sign(message), of: message))
        for index in signature.indices {
            var broken = signature
            broken[index] ^= 1
            #expect(!key.verifies(broken, of: message))
        }
        #expect(!key.verifies([], of: message))
    }

    @Test func anEd25519KeyVerifies() throws {
        let key = try #require(PublicKey(info: Self.ed25519))
        #expect(key.verifies(Self.ed25519Signature, of: [0x72]))
        #expect(!key.verifies(Self.ed25519Signature, of: [0x73]))
    }

    @Test func brokenOrForeignKeysAreNone() {
        let info = Identity.generate().publicKeyInfo
        for end in info.indices { #expect(PublicKey(info: Array(info[..<end])) == nil) }
        #expect(PublicKey(info: info + [0]) == nil)
        // X25519 signs nothing.
        #expect(PublicKey(info: hex("302a300506032b656e032100") + [UInt8](repeating: 9, count: 32)) == nil)
    }
}
