// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A step of a document on its way from server to agent.
package enum DocumentPiece: Hashable, Sendable {
    /// At most ``DocumentPiece/limit`` bytes.
    case bytes([UInt8])
    /// The whole document is through; SHA-256 over all of its bytes from offset 0.
    case end(sha256: [UInt8])
    /// The server cannot read on.
    case failed(Refusal)

    package static let limit = 65_536
}

/// Why a connection of the release protocol ended.
package enum LinkClosed: Error, Hashable, Sendable {
    case peerLeft
    /// No hello in time, or no sign of life.
    case silent
    case badBytes(WireFault)
    /// A message that this state or this side does not allow.
    case unexpected(String)
    case refused(Refusal)
    case goAway
    /// The peer sent faster than it was allowed to.
    case overrun
}

extension LinkClosed: CustomStringConvertible {
    package var description: String {
        switch self {
        case .peerLeft: "the peer left"
        case .silent: "no sign of life"
        case .badBytes(let fault): "bad bytes: \(fault)"
        case .unexpected(let what): "unexpected: \(what)"
        case .refused(let refusal): "refused: \(refusal.code)"
        case .goAway: "goodbye"
        case .overrun: "more than was allowed"
        }
    }
}
