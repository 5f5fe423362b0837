// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import Testing

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples, by NIST.
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func agreesWithThePublishedDigests(text: String, digest: String) {
        #expect(SHA256.hash(Array(text.utf8)) == hex(digest))
        #expect(Cryptography.openSSL.sha256(Array(text.utf8)) == hex(digest))
    }

    @Test func piecesGiveTheSameDigestAsTheWhole() {
        let bytes = pattern(300)
        for cut in 0...bytes.count {
            var hash = SHA256()
            hash.update(bytes[..<cut])
            hash.update(bytes[cut...])
            #expect(hash.finish() == SHA256.hash(bytes), "cut at \(cut)")
        }
    }

    @Test func finishingStartsAnew() {
        var hash = SHA256()
        hash.update([1, 2, 3])
        _ = hash.finish()
        hash.update(Array("abc".utf8))
        #expect(hash.finish() == SHA256.hash(Array("abc".utf8)))
    }
}
