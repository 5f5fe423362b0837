// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import ReaderMachines
package import ReleaseWire

/// What the person at the reader is told. One vocabulary for every way to tell it: display text today, lamps and
/// tones where a reader has them.
package enum Feedback: Hashable, Sendable {
    /// So many digits are typed; zero right after the question.
    case enterPIN(typed: Int)
    case checking
    case releasing(user: String, documents: Int)
    case printed(documents: Int, pages: Int)
    case noJobs
    case unknownBadge
    case wrongPIN
    case locked
    case notPermitted
    case tooLate
    case serverAway
    case readError
    /// The box's own copies; the server is away.
    case releasingOffline(documents: Int)
    /// The server is away, and the badge alone is not enough.
    case secondFactorAway
    /// The server is away, and the person has printed what they may without it.
    case offlineLimit
    /// Another agent holds the documents and does not give them back now.
    case elsewhere
    /// The printer did not take them; the documents are still held.
    case printerUnavailable(held: Int)
    /// Bytes left and no end was reported.
    case mayHavePrinted(documents: Int)
    /// The PIN was not typed in time.
    case abandoned
    /// This box cannot record outcomes any more; nothing is released.
    case outOfOrder

    /// Stable, for scripts.
    package var outcome: String {
        switch self {
        case .enterPIN: "enter-pin"
        case .checking: "checking"
        case .releasing: "released"
        case .printed: "printed"
        case .noJobs: "no-jobs"
        case .unknownBadge: "unknown-badge"
        case .wrongPIN: "wrong-pin"
        case .locked: "locked"
        case .notPermitted: "not-permitted"
        case .tooLate: "too-late"
        case .serverAway: "server-away"
        case .readError: "read-error"
        case .releasingOffline: "released-offline"
        case .secondFactorAway: "second-factor-away"
        case .offlineLimit: "offline-limit"
        case .elsewhere: "elsewhere"
        case .printerUnavailable: "printer-unavailable"
        case .mayHavePrinted: "may-have-printed"
        case .abandoned: "abandoned"
        case .outOfOrder: "out-of-order"
        }
    }

    /// One line of a display.
    package var text: String {
        switch self {
        case .enterPIN(let typed): typed == 0 ? "Please type your PIN" : String(repeating: "*", count: typed)
        case .checking: "One moment"
        case .releasing(let user, let documents): "\(user): \(Self.count(documents, "document")) coming out"
        case .printed(let documents, let pages):
            "Done: \(Self.count(documents, "document")), \(Self.count(pages, "page"))"
        case .noJobs: "No documents waiting for you"
        case .unknownBadge: "Unknown badge"
        case .wrongPIN: "Wrong PIN"
        case .locked: "Locked for now, please ask the print room"
        case .notPermitted: "Not permitted here"
        case .tooLate: "Please hold your badge again"
        case .serverAway: "Server not reachable, your documents are safe"
        case .readError: "Badge not read, please try again"
        case .releasingOffline(let documents): "Server away: \(Self.count(documents, "document")) coming out"
        case .secondFactorAway: "Server away, your PIN cannot be checked; your documents are safe"
        case .offlineLimit: "Server away, no more pages for now; your documents are safe"
        case .elsewhere: "Your documents are kept at another printer for now"
        case .printerUnavailable(let held): "Printer not ready, \(Self.count(held, "document")) still held"
        case .mayHavePrinted(let documents): "\(Self.count(documents, "document")) may have printed, please check"
        case .abandoned: "No PIN typed"
        case .outOfOrder: "Out of order, please ask the print room"
        }
    }

    /// The same for readers that have lamps, tones or a display of their own.
    /// `nil`: nothing that it had to tell anew.
    package var signal: ReaderSignal? {
        switch self {
        case .enterPIN(let typed): typed == 0 ? .askPIN : nil
        case .checking: .idle
        case .releasing, .releasingOffline, .printed: .success
        case .noJobs: .noJobs
        case .unknownBadge: .unknown
        case .wrongPIN, .locked, .notPermitted, .abandoned: .denied
        case .tooLate, .readError: .readError
        case .serverAway, .secondFactorAway, .offlineLimit, .elsewhere, .outOfOrder, .printerUnavailable,
            .mayHavePrinted:
            .serverAway
        }
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// How a refusal is told, and how it is recorded.
    static func telling(_ refusal: Refusal) -> (Feedback, ReadResult) {
        switch refusal.code {
        case .unknownCredential: (.unknownBadge, .unknown)
        case .wrongPIN, .pinNotAcceptable: (.wrongPIN, .pinWrong)
        case .locked: (.locked, .locked)
        case .noJobs: (.noJobs, .noJobs)
        case .readExpired, .sessionExpired: (.tooLate, .expired)
        case .noPrinter: (.notPermitted, .printerUnavailable)
        case .activationCode, .badgeTaken, .differentBadge: (.unknownBadge, .activationFailed)
        case .quota: (.notPermitted, .quota)
        case .notPermitted, .unknownAgent, .revoked, .enrolmentCode, .fenced, .notApproved, .keyRejected:
            (.notPermitted, .notPermitted)
        case .busy, .storeFull, .maintenance, .unknownStream: (.serverAway, .serverAway)
        case .badFrame, .tooLarge, .version, .notCanonical, .unexpected: (.serverAway, .serverAway)
        case .custodyElsewhere: (.elsewhere, .noJobs)
        case .noSuchRelease, .alreadyReleased, .inDoubt, .documentUnavailable, .notHeld: (.noJobs, .noJobs)
        case .noSuchAccount, .accountRequired, .reportUnknown: (.notPermitted, .notPermitted)
        }
    }
}

/// What happened, for the log and the counters. Machines do not log; their shell writes these.
package enum AgentNote: Hashable, Sendable {
    case linkOpened(agent: String, epoch: UInt64)
    case linkClosed(LinkClosed?, retryIn: Duration)
    case read(reader: String, what: String)
    case readDuplicate(reader: String)
    case answered(reader: String, ReadResult, after: Duration)
    case releaseBegan(String)
    case releaseEnded(String, String)
    case journalFull
    /// The server cannot follow the agent's events: the store or the journal was restored from an old copy.
    case streamUnknown
    case journalCompacted
    /// The server knows the agent by its new key from now on.
    case keyChanged
    /// The server does not take this box's next key.
    case keyRefused(Refusal.Code)
}
