// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import Primitives
import ServerCore

/// Somebody who prints, with what they know and carry.
final class SimUser {
    let name: String
    /// The first one is theirs from the start.
    let badge: RawRead
    /// One that nobody has yet.
    var newBadge: RawRead?
    /// What they believe.
    var pin: [UInt8]?
    /// In case the new one was not taken.
    var pinBefore: [UInt8]?
    /// They are about to choose this one.
    var chosen: [UInt8] = []
    /// What they type at a desk.
    let number: String
    let password: [UInt8]
    /// With which they can make a badge theirs.
    var code: [UInt8]?
    var isGone = false
    var isClumsy = false
    /// The number of their copier.
    var nearest = 0

    init(name: String, badge: RawRead, number: String, password: [UInt8]) {
        (self.name, self.badge, self.number, self.password) = (name, badge, number, password)
    }

    /// Stands for scrypt, which would take all the time there is.
    static func hash(of secret: [UInt8]) -> PINHash {
        PINHash(logN: 1, salt: [1], hash: SecretBytes(HMACSHA256.code(secret, key: SecretBytes([1]))))
    }
}
