// SPDX-License-Identifier: Apache-2.0

/// One way to understand a read. A read may have several; none of them is refused for its parity, because real
/// badges break the documented parity and are still the right badge. It hides its numbers when printed.
package struct Candidate: Hashable, Sendable {
    package enum Parity: String, Sendable {
        case good, bad
        /// The format has no checks.
        case none
    }

    package let format: String
    package let facilityCode: UInt64?
    package let cardNumber: UInt64
    package let parity: Parity
    /// All checks failed as read and hold for the complement: data lines 0 and 1 are swapped.
    package let swappedLines: Bool
}

extension Candidate: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "badge (\(format), parity \(parity))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
