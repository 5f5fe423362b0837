// SPDX-License-Identifier: Apache-2.0

/// Bytes that must not be printed: keys, PINs, raw reads. The type hides them in every description and in test
/// failures; whoever needs the bytes says so by naming ``revealed``.
package struct SecretBytes: Hashable, Sendable {
    package let revealed: [UInt8]

    package init(_ bytes: [UInt8]) { revealed = bytes }

    package static func == (lhs: Self, rhs: Self) -> Bool { constantTimeEqual(lhs.revealed, rhs.revealed) }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "hidden (\(revealed.count) bytes)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
