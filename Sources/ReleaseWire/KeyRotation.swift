// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// An agent's next key, announced under the present one: since capability `rotation`.
package struct KeyRotation: Hashable, Sendable {
    package static let publicKeyLimit = 512
    package static let signatureLimit = 256

    package var key: KeyHash
    /// SubjectPublicKeyInfo in DER, of which ``key`` is the hash.
    package var publicKey: [UInt8]
    /// By the new key, over ``signed(old:new:server:)``: who announces it holds it.
    package var signature: [UInt8]

    package init(key: KeyHash, publicKey: [UInt8], signature: [UInt8]) {
        self.key = key
        self.publicKey = publicKey
        self.signature = signature
    }

    /// Bound to both keys and the server, so that the signature is good for nothing else.
    package static func signed(old: KeyHash, new: KeyHash, server: KeyHash) -> [UInt8] {
        Array("PRP/1 rotate".utf8) + old.bytes + new.bytes + server.bytes
    }
}

extension KeyRotation {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            key: KeyHash(checked: try fields.bytes(1, "new key", count: KeyHash.length)),
            publicKey: try fields.bytes(2, "public key", limit: Self.publicKeyLimit),
            signature: try fields.bytes(3, "signature", limit: Self.signatureLimit))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 3)
        fields.bytes(1, key.bytes, count: KeyHash.length)
        fields.bytes(2, publicKey, limit: Self.publicKeyLimit)
        fields.bytes(3, signature, limit: Self.signatureLimit)
        return fields.bytes
    }

    static var announcedPayload: [UInt8] { CBORFieldWriter(count: 0).bytes }
}
