// SPDX-License-Identifier: Apache-2.0

/// Why a printer did not take a document, or was given up in the middle of it: for the log, so that somebody knows
/// where to look.
package enum PrinterObstacle: Hashable, Sendable {
    case badAddress(PrinterURIFault)
    case unknownName(String)
    /// Somebody is there, and nobody listens.
    case refused
    /// No way to it, in the system's words.
    case unreachable(String)
    /// No answer to the attempt to connect.
    case silent
    case hungUp
    /// Connected, and it takes no more bytes.
    case stalled
    /// It took everything and did not report an end.
    case noReport

    package var cause: String {
        switch self {
        case .badAddress(let fault): "\(fault)"
        case .unknownName(let reason): "its name is not found: \(reason)"
        case .refused: "it refuses the connection"
        case .unreachable(let reason): "there is no way to it: \(reason)"
        case .silent: "it does not answer"
        case .hungUp: "it ended the connection"
        case .stalled: "it takes no more bytes"
        case .noReport: "it took the document and reported no end"
        }
    }

    package var remedy: String {
        switch self {
        case .badAddress: "Give the printer its address anew: lanyard printer add."
        case .unknownName: "Is the name right, and does this box's name server know it?"
        case .refused: "Is raw printing on this port switched on at it, and is no other box connected?"
        case .unreachable: "Is this box's network up, and is the address right?"
        case .silent: "Is it on, and is the address right?"
        case .hungUp: "Look at its panel: it may be busy with another document."
        case .stalled: "Look at its panel: paper, a jam, a message to confirm."
        case .noReport: "See what came out; a printer that reports no end leaves every document in doubt."
        }
    }
}
