// SPDX-License-Identifier: Apache-2.0

import Primitives

/// What may be a name or a number of somebody or something: it is shown in lists and typed on command lines.
package enum NameRule {
    /// Bytes of UTF-8.
    package static let limit = 255
    package static let digitLimit = 32

    package static let nameWords =
        "1 to \(limit) bytes of text without control characters and without blanks at its ends"
    package static let numberWords = "1 to \(digitLimit) digits"

    package static func isName(_ text: String) -> Bool {
        guard let first = text.first, let last = text.last, !first.isWhitespace, !last.isWhitespace else {
            return false
        }
        return text.utf8.count <= limit && text.displaySafe(limit: limit) == text
    }

    /// What a person types at a keypad.
    package static func isNumber(_ text: String) -> Bool {
        (1...digitLimit).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
