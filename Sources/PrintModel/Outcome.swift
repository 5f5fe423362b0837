// SPDX-License-Identifier: Apache-2.0

/// What is known at the end of a release. Never a Bool: paper cannot be taken back.
package enum Outcome: Hashable, Sendable {
    /// The printer reported the end of this job and its pages (impressions).
    case printed(pages: Int)
    /// Bytes left, but the end was never reported: it may have printed.
    case unconfirmed
    /// No byte of the document reached the printer.
    case neverStarted(NotStarted)
}

/// Why a release did not begin.
package enum NotStarted: UInt8, Hashable, Sendable {
    case printerUnreachable = 1
    case printerRefused = 2
    case serverLost = 3
    case agentRestarted = 4
    case documentUnavailable = 5
}

/// Where the page count of an outcome comes from.
package enum Evidence: UInt8, Hashable, Sendable {
    case none = 0
    /// PJL USTATUS JOB END with this job's name.
    case pjlJobEnd = 1
    /// A person settled it.
    case person = 2
}

extension Outcome {
    /// For the log.
    package var words: String {
        switch self {
        case .printed(let pages): "printed, \(pages) pages"
        case .unconfirmed: "unconfirmed"
        case .neverStarted(let reason): "never started: \(reason)"
        }
    }
}
