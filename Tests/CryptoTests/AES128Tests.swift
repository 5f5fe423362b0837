// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import Testing

@Suite struct AES128Tests {
    /// FIPS 197, appendices B and C.1.
    static let vectors: [(key: String, plain: String, cipher: String)] = [
        (
            "000102030405060708090A0B0C0D0E0F", "00112233445566778899AABBCCDDEEFF",
            "69C4E0D86A7B0430D8CDB78070B4C55A"
        ),
        (
            "2B7E151628AED2A6ABF7158809CF4F3C", "3243F6A8885A308D313198A2E0370734",
            "3925841D02DC09FBDC118597196A0B32"
        ),
    ]

    @Test(arguments: vectors) func agreesWithTheStandard(key: String, plain: String, cipher: String) {
        let secret = SecretBytes(hex(key))
        #expect(AES128.encrypt(hex(plain), key: secret) == hex(cipher))
        #expect(AES128.decrypt(hex(cipher), key: secret) == hex(plain))
        #expect(Cryptography.openSSL.aes128(secret, hex(plain)) == hex(cipher))
        #expect(Cryptography.openSSL.aes128Inverse(secret, hex(cipher)) == hex(plain))
    }
}
