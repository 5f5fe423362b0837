// SPDX-License-Identifier: Apache-2.0

/// What went wrong with bytes from the outside. Always the peer's fault, never a reason to crash.
package enum WireFault: Error, Hashable, Sendable {
    case truncated(wanted: Int, left: Int)
    case tooLong(length: Int, limit: Int)
    case badValue(field: String)
    case notCanonical(field: String)
    case trailingBytes(Int)
}

extension WireFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let wanted, let left): "cut short: \(wanted) bytes wanted, \(left) left"
        case .tooLong(let length, let limit): "too long: \(length), limit \(limit)"
        case .badValue(let field): "bad value: \(field)"
        case .notCanonical(let field): "not in the one allowed encoding: \(field)"
        case .trailingBytes(let count): "\(count) bytes too many"
        }
    }
}
