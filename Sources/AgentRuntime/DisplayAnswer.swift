// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import Primitives

/// What comes of something that a person asks the running agent to do, at its display socket: one line, and how the
/// program that asked ends.
enum DisplayAnswer {
    case done(String)
    /// Not for this user.
    case refused(String)
    case notFound(String)
    case failed(OperatorError)

    /// Ends every answer in text. Behind it, with a space between, comes the exit code that is not 0.
    static let end = "."

    var exit: Exit {
        switch self {
        case .done: .fine
        case .refused: .permission
        case .notFound: .unavailable
        case .failed(let error): error.exit
        }
    }

    var text: String {
        switch self {
        case .done(let text), .refused(let text), .notFound(let text): text
        case .failed(let error): "\(error)".displaySafe(limit: 512)
        }
    }

    /// As they are sent.
    var lines: String { text + "\n" + Self.end + (exit == .fine ? "" : " \(exit.rawValue)") + "\n" }

    /// The exit code that the last line of an answer means; `nil`: it is not the last line.
    static func exit(endedBy line: String) -> Exit? {
        if line == end { return .fine }
        guard line.hasPrefix(end + " "), let code = Int32(line.dropFirst(end.count + 1)) else { return nil }
        return Exit(rawValue: code) ?? .unavailable
    }
}

extension PeerCredentials {
    /// Root and the agent's own user.
    var mayChangeThings: Bool { Self.mayChangeThings(user) }

    static func mayChangeThings(_ user: UInt32) -> Bool { user == 0 || user == getuid() }
}
