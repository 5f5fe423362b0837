// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import ReleaseWire

/// The next keys of the first boxes. Made once, because a seed must give the same bytes everywhere: Ed25519, signed
/// over the keys that the simulated boxes and their server begin with. They open nothing else.
enum SimKeyRotations {
    private static let made: [(publicKey: String, signature: String)] = [
        (
            "302a300506032b65700321002807e71d2048a464fb74a714982d1617a28bc78ea947e03af0cd6dc2de69d03e",
            "e980be4eb80f9a43c5d1aa03cfeadd095a061d53e743c6c3b462041df00927ca"
                + "71f7f2b86c47703a32ff8ee0176b03b99f962991dc91f6d84a2d10f2c726a200"
        ),
        (
            "302a300506032b65700321005616ba2730920e9a02af768cb6bc261386d44e1bdd6cf01b6ad0b2fbec93d4f5",
            "1fdc59bb1266b2f766fcf74d82e2ccfb5406ab7a78484ac5eb6d1894bcb7b209"
                + "80ebf639b5e37616b099cdd87245dba8522fba40c7e4055c0099903ccc920e0a"
        ),
        (
            "302a300506032b6570032100b8cbe6e024a381d57d478e5d7e1f60c7e1f169715abde56850961b8cc67a5305",
            "ebbef3b9f94c2288eec5c491b80decfcfc3249e45115dd3dc47b4d94afc95e5b"
                + "ba37192c9f5b1c54b81ae1736406f0e10a7c3cacbb40493d1edd7d36ea63c306"
        ),
    ]

    /// Counted from 1.
    static func next(ofAgent number: Int) -> KeyRotation {
        let publicKey = bytes(made[number - 1].publicKey)
        return KeyRotation(
            key: KeyHash(checked: SHA256.hash(publicKey)), publicKey: publicKey,
            signature: bytes(made[number - 1].signature))
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.utf8.map { $0 > 0x39 ? $0 - 0x57 : $0 - 0x30 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
