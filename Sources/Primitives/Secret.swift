// SPDX-License-Identifier: Apache-2.0

/// Bytes that must not be printed: keys, PINs, raw reads. The type hides them in every description and in test
/// failures; whoever needs the bytes says so by naming ``revealed``. The last one to let go of them overwrites them: a
/// dump of memory must not tell what was typed yesterday. Arrays that others made of them are theirs to forget.
package struct SecretBytes: Sendable {
    private let box: Box

    package init(_ bytes: [UInt8]) { box = Box(bytes) }

    package var revealed: [UInt8] { box.bytes }

    /// The one class below the runtimes: only a class learns of its last use. Its bytes change then and never before.
    private final class Box: Sendable {
        nonisolated(unsafe) private(set) var bytes: [UInt8]

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        deinit { bytes.overwrite() }
    }
}

extension SecretBytes: Hashable {
    package static func == (lhs: Self, rhs: Self) -> Bool { constantTimeEqual(lhs.revealed, rhs.revealed) }

    package func hash(into hasher: inout Hasher) { hasher.combine(revealed) }
}

extension Array<UInt8> {
    /// Zeros in the place of these bytes, unless somebody else holds the same buffer: then it is left to that one.
    package mutating func overwrite() {
        withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            start.initializeMemory(as: UInt8.self, repeating: 0, count: bytes.count)
        }
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "hidden (\(revealed.count) bytes)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
