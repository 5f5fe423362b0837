// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Text that JSON carries and nothing prints: a badge's number, the hash of a PIN.
package struct SecretText: Hashable, Sendable {
    package let bytes: SecretBytes

    package init(_ text: String) { bytes = SecretBytes(Array(text.utf8)) }

    package var revealed: String { String(decoding: bytes.revealed, as: UTF8.self) }
}

extension SecretText: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(revealed)
    }
}
