// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Digits that only one person knows. It hides itself.
package struct PIN: Hashable, Sendable {
    package static let lengths = 4...12

    /// ASCII digits.
    package let digits: SecretBytes

    package init(_ digits: some Collection<UInt8>) throws(PINFault) {
        guard digits.allSatisfy(CredentialForm.isDigit) else { throw .notDigits }
        guard digits.count >= Self.lengths.lowerBound else { throw .tooShort }
        guard digits.count <= Self.lengths.upperBound else { throw .tooLong }
        self.digits = SecretBytes(Array(digits))
    }
}

extension PIN: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "PIN" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why something is no PIN. It never repeats the digits, nor how many there were.
package enum PINFault: Error, Hashable, Sendable {
    case tooShort
    case tooLong
    case notDigits
}

extension PINFault: CustomStringConvertible {
    package var description: String {
        let wanted = "a PIN has \(PIN.lengths.lowerBound) to \(PIN.lengths.upperBound) digits"
        return switch self {
        case .tooShort: "too short: \(wanted)"
        case .tooLong: "too long: \(wanted)"
        case .notDigits: "not only digits: \(wanted)"
        }
    }
}
