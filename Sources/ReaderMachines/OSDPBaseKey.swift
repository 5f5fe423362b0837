// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// The key that a control panel and one reader share (SCBK). Keys that anybody would try first are no keys, so there
/// is no value of this type with one.
package struct OSDPBaseKey: Hashable, Sendable {
    /// Why a key is refused. The raw values are for messages.
    package enum Weakness: String, Error, CaseIterable, Sendable {
        case wrongLength = "wrong-length"
        /// SCBK-D, which the standard prints.
        case defaultKey = "default-key"
        case allZero = "all-zero"
        case repeatedByte = "repeated-byte"
        /// Each byte is greater than the one before it by the same number.
        case ascending
        case descending
        /// The same 2, 4 or 8 bytes again and again.
        case repeatedPattern = "repeated-pattern"
    }

    package static let count = 16
    /// SCBK-D (annex D): 30, 31, … 3F. It serves to bring the first real key into a new reader and for nothing else.
    static let installation = SecretBytes(Array(0x30...0x3F))

    package let bytes: SecretBytes

    package init(_ bytes: SecretBytes) throws(Weakness) {
        if let weakness = Self.weakness(of: bytes.revealed) { throw weakness }
        self.bytes = bytes
    }

    private static func weakness(of key: [UInt8]) -> Weakness? {
        guard key.count == count else { return .wrongLength }
        if key == installation.revealed { return .defaultKey }
        let steps = Set(zip(key, key.dropFirst()).map { $1 &- $0 })
        if steps.count == 1, let step = steps.first {
            return switch step {
            case 0: key[0] == 0 ? .allZero : .repeatedByte
            case 1...0x7F: .ascending
            default: .descending
            }
        }
        let repeats = [2, 4, 8].contains { period in zip(key, key.dropFirst(period)).allSatisfy { $0 == $1 } }
        return repeats ? .repeatedPattern : nil
    }
}

extension OSDPBaseKey: CustomStringConvertible {
    package var description: String { "OSDP base key" }
}
