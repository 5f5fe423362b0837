// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives

/// Which secrets people may choose for themselves.
package enum PINRule {
    /// Neither one digit again and again nor digits in a row, up or down: those are what a guesser tries first.
    package static func isAcceptable(_ digits: [UInt8]) -> Bool {
        guard let pin = try? PIN(digits) else { return false }
        let steps = zip(pin.digits.revealed, pin.digits.revealed.dropFirst()).map { (10 + $1 - $0) % 10 }
        return ![0, 1, 9].contains { step in steps.allSatisfy { $0 == step } }
    }
}

package enum PasswordRule {
    /// Bytes of UTF-8.
    package static let lengths = 8...128
    package static let words = "8 to 128 bytes of printable text"

    /// Long enough, and nothing in it that a keypad or keyboard could not type.
    package static func isAcceptable(_ password: [UInt8]) -> Bool {
        lengths.contains(password.count) && password.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && String(validating: password, as: UTF8.self) != nil
    }
}
