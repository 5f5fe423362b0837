// SPDX-License-Identifier: Apache-2.0

package import ReaderMachines

/// What the person at the reader is told. One vocabulary for every way to tell it: a word for programs, a line of text,
/// and lamps and tones where a reader has them.
package enum Feedback: Hashable, Sendable {
    /// So many digits are typed; zero right after the question.
    case enterPIN(typed: Int)
    case checking
    /// - Parameter elsewhere: so many more are held at another printer's box.
    case releasing(user: String, documents: Int, elsewhere: Int = 0)
    case printed(documents: Int, pages: Int)
    case noJobs
    case unknownBadge
    case wrongPIN
    /// `nil`: for longer than anybody stands there.
    case locked(minutes: Int?)
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
    /// Another agent holds the documents and does not give them back now; `nil` when nobody counted them.
    case elsewhere(documents: Int?)
    /// Too much was to be checked at once: what was typed was not looked at.
    case busy
    /// The printer did not take them; the documents are still held.
    case printerUnavailable(held: Int)
    /// Bytes left and no end was reported.
    case mayHavePrinted(documents: Int)
    /// Nothing was typed in time, or the person left before it was.
    case abandoned
    /// This box cannot record outcomes any more; nothing is released.
    case outOfOrder
    /// Nobody is being served.
    case ready
    case enterNumber(typed: Int)
    case choosePIN(typed: Int)
    case repeatPIN(typed: Int)
    /// An unknown badge: its owner has an activation code, or logs in.
    case enterCode(typed: Int)
    case enterAccount(typed: Int)
    case holdAgain
    case choose(user: String, documents: Int)
    /// One document of the list, for who steps through it with keys.
    case document(DeskDocument)
    case confirmDelete(title: String)
    case deleted(documents: Int)
    case kept(documents: Int)
    case loggedOut
    /// The session ended, and not by the person's own doing.
    case sessionOver
    /// The badge is this user's now.
    case registered(user: String)
    /// The same of somebody whom the server names only once their PIN is right.
    case registeredBeforePIN
    /// The question for that PIN, maybe a new one. It says once more what it is about to wipe away.
    case enterPINOfNewBadge(isNew: Bool)
    case codeRefused
    case badgeTaken
    /// Held again, it was read as another one.
    case differentBadge
    case notHeldAgain
    case pinChanged
    case pinNotAcceptable
    case quota
    case accountNeeded
    case accountUnknown
    case notHeld
    /// Nothing is held, but so many may have printed.
    case inDoubt(documents: Int)

    package struct Row: Hashable, Sendable {
        /// Stable, for scripts.
        package let outcome: String
        /// One line of a display.
        package let text: String
        /// For readers that have lamps, tones or a display of their own. `nil`: nothing that it had to tell anew.
        package let signal: ReaderSignal?

        fileprivate init(_ outcome: String, _ text: String, _ signal: ReaderSignal?) {
            (self.outcome, self.text, self.signal) = (outcome, text, signal)
        }

        /// A question, and then a star for each digit.
        fileprivate init(_ outcome: String, _ question: String, _ typed: Int, _ signal: ReaderSignal) {
            let text = typed == 0 ? question : String(repeating: "*", count: typed)
            self.init(outcome, text, typed == 0 ? signal : nil)
        }
    }

    package var outcome: String { row.outcome }
    package var text: String { row.text }
    package var signal: ReaderSignal? { row.signal }

    /// The one table of how things are told.
    package var row: Row {
        switch self {
        case .enterPIN(let typed): Row("enter-pin", "Please type your PIN", typed, .askPIN)
        case .checking: Row("checking", "One moment", .idle)
        case .releasing(let user, let count, let elsewhere):
            Row("released", "\(user): \(documents(count)) coming out" + Self.rest(elsewhere), .success)
        case .printed(let count, let pages): Row("printed", Self.done(count, pages), .success)
        case .noJobs: Row("no-jobs", "No documents waiting for you", .noJobs)
        case .unknownBadge: Row("unknown-badge", "Unknown badge", .unknown)
        case .wrongPIN: Row("wrong-pin", "Wrong PIN", .denied)
        case .locked(let minutes?): Row("locked", "Locked for \(Self.count(minutes, "minute"))", .denied)
        case .locked(nil): Row("locked", "Locked for now, please ask the print room", .denied)
        case .notPermitted: Row("not-permitted", "Not permitted here", .denied)
        case .tooLate: Row("too-late", "Please hold your badge again", .readError)
        case .serverAway: Row("server-away", "Server not reachable, your documents are safe", .serverAway)
        case .readError: Row("read-error", "Badge not read, please try again", .readError)
        case .releasingOffline(let count):
            Row("released-offline", "Server away: \(documents(count)) coming out", .success)
        case .secondFactorAway: Row("second-factor-away", "Server away, your PIN cannot be checked", .serverAway)
        case .offlineLimit: Row("offline-limit", "Server away, no more pages for now", .serverAway)
        case .elsewhere(let count):
            Row("elsewhere", count.map(Self.waiting) ?? "Your documents wait at another printer", .serverAway)
        case .busy: Row("busy", "Server busy, please type it again", .askPIN)
        case .printerUnavailable(let held):
            Row("printer-unavailable", "Printer not ready, \(documents(held)) still held", .serverAway)
        case .mayHavePrinted(let count):
            Row("may-have-printed", "\(documents(count)) may have printed, please check", .serverAway)
        case .abandoned: Row("abandoned", "Nothing typed in time", .denied)
        case .outOfOrder: Row("out-of-order", "Out of order, please ask the print room", .serverAway)
        case .ready: Row("ready", "Hold your badge to the reader", .idle)
        case .enterNumber(let typed): Row("enter-number", "Please type your number", typed, .askNumber)
        case .choosePIN(let typed): Row("choose-pin", "Please choose a new PIN", typed, .askPIN)
        case .repeatPIN(let typed): Row("repeat-pin", "The same PIN once more, please", typed, .askPIN)
        case .enterCode(let typed): Row("enter-code", "New badge: type your activation code", typed, .askNumber)
        case .enterAccount(let typed): Row("enter-account", "Please type a billing code", typed, .askNumber)
        case .holdAgain: Row("hold-again", "Hold the badge once more", .holdAgain)
        case .choose(let user, let count): Row("choose", "\(user): \(documents(count)) waiting", .choose)
        case .document(let document): Row("document", document.text, nil)
        case .confirmDelete(let title): Row("confirm-delete", "Press again to delete \(title)", nil)
        case .deleted(let count): Row("deleted", "\(documents(count)) deleted", .success)
        case .kept(let count): Row("kept", "\(documents(count)) kept for longer", .success)
        case .loggedOut: Row("logged-out", "Logged out, your documents are safe", .idle)
        case .sessionOver: Row("session-over", "Your log-in has ended", .idle)
        case .registered(let user): Row("registered", "This badge is now \(user)'s", .success)
        case .registeredBeforePIN: Row("registered", "This badge is now yours", .success)
        case .enterPINOfNewBadge(isNew: false):
            Row("enter-pin", "This badge is now yours, please type your PIN", .askPIN)
        case .enterPINOfNewBadge(isNew: true):
            Row("choose-pin", "This badge is now yours, please choose a new PIN", .askPIN)
        case .codeRefused: Row("code-refused", "This code is not valid", .denied)
        case .badgeTaken: Row("badge-taken", "This badge belongs to somebody", .denied)
        case .differentBadge: Row("different-badge", "Not enrolled, that was not the same badge", .denied)
        case .notHeldAgain: Row("not-held-again", "Not enrolled, the badge was not held again", .denied)
        case .pinChanged: Row("pin-changed", "Your PIN is changed", .success)
        case .pinNotAcceptable: Row("pin-not-acceptable", "This PIN cannot be taken", .denied)
        case .quota: Row("quota", "Your quota is used up", .quota)
        case .accountNeeded: Row("account-needed", "Please choose a billing code", .choose)
        case .accountUnknown: Row("account-unknown", "There is no such billing code", .denied)
        case .notHeld: Row("not-held", "This document is not held any more", .readError)
        case .inDoubt(let count): Row("in-doubt", "\(documents(count)) may have printed, please ask", .noJobs)
        }
    }

    private func documents(_ number: Int) -> String { Self.count(number, "document") }

    private static func waiting(_ documents: Int) -> String {
        "\(count(documents, "document")) wait\(documents == 1 ? "s" : "") at another printer"
    }

    private static func rest(_ documents: Int) -> String {
        documents == 0 ? "" : ", \(documents) wait\(documents == 1 ? "s" : "") at another printer"
    }

    private static func done(_ documents: Int, _ pages: Int) -> String {
        "Done: \(count(documents, "document")), \(count(pages, "page"))"
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
