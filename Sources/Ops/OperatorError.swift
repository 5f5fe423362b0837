// SPDX-License-Identifier: Apache-2.0

/// The exit codes of all programs (sysexits).
package enum Exit: Int32, CaseIterable, Sendable {
    case fine = 0
    case usage = 64
    case badData = 65
    /// A service that is needed is missing, or a port is taken.
    case unavailable = 69
    /// A mistake of ours.
    case bug = 70
    case cannotWrite = 73
    case inputOutput = 74
    case permission = 77
    case settings = 78
}

/// A failure as the person running the service sees it. Everything that stops a program, refuses a request for good
/// or ends up in the log at level `error` becomes one of these, once, at the edge.
package struct OperatorError: Error, Sendable {
    /// Printed, searched for and listed in the manual, so a code is never renamed or used again.
    package enum Code: String, CaseIterable, Sendable {
        case usage = "usage"
        case settingsInvalid = "settings-invalid"
        case settingsUnreadable = "settings-unreadable"
        case portTaken = "port-taken"
        case portRefused = "port-refused"
        case stateUnwritable = "state-unwritable"
        case stateInUse = "state-in-use"
        case readerLost = "reader-lost"
        case serverUnreachable = "server-unreachable"
        case serverIdentityWrong = "server-identity-wrong"
        case agentNotEnrolled = "agent-not-enrolled"
        case agentUnreachable = "agent-unreachable"
        case enrolmentRefused = "enrolment-refused"
        case storeFull = "store-full"
        case storeFailed = "store-failed"
        case inputInvalid = "input-invalid"
        case notFound = "not-found"
        case conflict = "conflict"
        case outputFailed = "output-failed"
        case permissionDenied = "permission-denied"
        case internalFault = "internal"
    }

    package let code: Code
    /// What happened, with the name of the thing that it happened to.
    package let what: String
    /// What to do about it.
    package let remedy: String
    package let cause: (any Error & Sendable)?

    package init(_ code: Code, _ what: String, remedy: String, cause: (any Error & Sendable)? = nil) {
        self.code = code
        self.what = what
        self.remedy = remedy
        self.cause = cause
    }

    package var exit: Exit { code.exit }

    /// Of a program whose whole purpose was its output.
    package static let outputFailed = OperatorError(
        .outputFailed, "the output cannot be written", remedy: "Is the disk full?")
}

extension OperatorError: CustomStringConvertible {
    package var description: String {
        let because = cause.map { " (\($0))" } ?? ""
        return "\(code.rawValue): \(what)\(because). \(remedy)"
    }
}

extension OperatorError.Code {
    package var exit: Exit {
        switch self {
        case .usage: .usage
        case .settingsInvalid, .settingsUnreadable, .agentNotEnrolled: .settings
        case .portTaken, .serverUnreachable, .serverIdentityWrong, .agentUnreachable: .unavailable
        case .readerLost, .enrolmentRefused, .stateInUse: .unavailable
        case .stateUnwritable: .cannotWrite
        case .storeFull, .storeFailed, .outputFailed: .inputOutput
        case .inputInvalid, .notFound, .conflict: .badData
        case .permissionDenied, .portRefused: .permission
        case .internalFault: .bug
        }
    }
}
