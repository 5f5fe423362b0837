// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Which secrets people may choose for themselves.
package enum PINRule {
    /// Neither one digit again and again nor digits in a row, up or down: those are what a guesser tries first.
    package static func isAcceptable(_ digits: [UInt8]) -> Bool {
        guard let pin = try? PIN(digits) else { return false }
        let steps = zip(pin.digits.revealed, pin.digits.revealed.dropFirst()).map { (10 + $1 - $0) % 10 }
        return ![0, 1, 9].contains { step in steps.allSatisfy { $0 == step } }
    }

    /// Between two changes by the same person: each makes every agent that may know them ask the server at once.
    package static let changePause = Duration.seconds(60)

    /// How long a person who chose a PIN may not choose another one; `nil` when they may now. A clock that was set back
    /// keeps nobody waiting.
    package static func wait(chosenAt: WallTime?, at now: WallTime) -> Duration? {
        guard let chosenAt, chosenAt <= now, now < chosenAt.advanced(by: changePause) else { return nil }
        return .milliseconds(chosenAt.milliseconds - now.milliseconds) + changePause
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
