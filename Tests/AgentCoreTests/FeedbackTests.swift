// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Foundation
import PrintModel
import ReaderMachines
import Testing

@Suite struct FeedbackTests {
    /// All of them, each question once unanswered and once with a digit.
    static let table: [(Feedback, String, ReaderSignal?)] = [
        (.enterPIN(typed: 0), "enter-pin", .askPIN), (.enterPIN(typed: 1), "enter-pin", nil),
        (.checking, "checking", .idle), (.releasing(user: "ana", documents: 1), "released", .success),
        (.printed(documents: 1, pages: 2), "printed", .success), (.noJobs, "no-jobs", .noJobs),
        (.unknownBadge, "unknown-badge", .unknown), (.wrongPIN, "wrong-pin", .denied),
        (.locked(minutes: nil), "locked", .denied), (.locked(minutes: 2), "locked", .denied),
        (.notPermitted, "not-permitted", .denied), (.tooLate, "too-late", .readError),
        (.serverAway, "server-away", .serverAway), (.readError, "read-error", .readError),
        (.printerUnavailable(held: 1), "printer-unavailable", .serverAway),
        (.mayHavePrinted(documents: 1), "may-have-printed", .serverAway), (.abandoned, "abandoned", .denied),
        (.releasingOffline(documents: 1), "released-offline", .success),
        (.secondFactorAway, "second-factor-away", .serverAway), (.offlineLimit, "offline-limit", .serverAway),
        (.elsewhere(documents: nil), "elsewhere", .serverAway), (.elsewhere(documents: 2), "elsewhere", .serverAway),
        (.busy, "busy", .askPIN), (.releasing(user: "ana", documents: 1, elsewhere: 2), "released", .success),
        (.outOfOrder, "out-of-order", .serverAway), (.ready, "ready", .idle),
        (.enterNumber(typed: 0), "enter-number", .askNumber), (.enterNumber(typed: 1), "enter-number", nil),
        (.choosePIN(typed: 0), "choose-pin", .askPIN), (.repeatPIN(typed: 0), "repeat-pin", .askPIN),
        (.enterCode(typed: 0), "enter-code", .askNumber), (.enterAccount(typed: 0), "enter-account", .askNumber),
        (.holdAgain, "hold-again", .holdAgain), (.choose(user: "ana", documents: 2), "choose", .choose),
        (.document(DeskDocument(id: JobID(1), title: "a", state: "held")), "document", nil),
        (.confirmDelete(title: "a"), "confirm-delete", nil), (.deleted(documents: 1), "deleted", .success),
        (.kept(documents: 1), "kept", .success), (.loggedOut, "logged-out", .idle),
        (.sessionOver, "session-over", .idle), (.registered(user: "ana"), "registered", .success),
        (.registeredBeforePIN, "registered", .success), (.enterPINOfNewBadge(isNew: false), "enter-pin", .askPIN),
        (.enterPINOfNewBadge(isNew: true), "choose-pin", .askPIN),
        (.codeRefused, "code-refused", .denied), (.badgeTaken, "badge-taken", .denied),
        (.differentBadge, "different-badge", .denied), (.notHeldAgain, "not-held-again", .denied),
        (.pinChanged, "pin-changed", .success),
        (.pinNotAcceptable, "pin-not-acceptable", .denied), (.quota, "quota", .quota),
        (.accountNeeded, "account-needed", .choose), (.accountUnknown, "account-unknown", .denied),
        (.notHeld, "not-held", .readError), (.inDoubt(documents: 1), "in-doubt", .noJobs),
    ]

    @Test(arguments: table)
    func aReaderWithLampsSaysTheSame(feedback: Feedback, outcome: String, signal: ReaderSignal?) {
        #expect(feedback.signal == signal && feedback.outcome == outcome)
        #expect((1...80).contains(feedback.text.count))
    }

    private func source(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        return try String(contentsOf: root.appending(path: "Sources/" + path), encoding: .utf8)
    }

    private func quoted(_ text: some StringProtocol, between mark: Character) -> Set<String> {
        let parts = text.split(separator: mark, omittingEmptySubsequences: false)
        return Set(parts.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) })
    }

    @Test func noWordIsMissingInThisTable() throws {
        let rows = try source("AgentCore/Feedback.swift").components(separatedBy: " Row(\"").dropFirst()
        let words = Set(rows.compactMap { $0.split(separator: "\"").first.map(String.init) })
        #expect(words == Set(Self.table.map(\.1)))
    }

    @Test func theManualHasEachWordAndNoOther() throws {
        let page = try source("lanyard-agent/lanyard-agent.docc/lanyard-agent.md")
        let table =
            page.components(separatedBy: "| Outcome | Meaning |\n|---|---|\n").last?
            .components(separatedBy: "\n\n").first ?? ""
        let words = table.split(separator: "\n").flatMap { quoted($0.split(separator: "|")[0], between: "`") }
        #expect(words.count == Set(words).count)
        #expect(Set(words) == Set(Self.table.map { $0.0.row.outcome }))
    }

    @Test(arguments: [
        (Feedback.elsewhere(documents: 2), "2 documents wait at another printer"),
        (.elsewhere(documents: 1), "1 document waits at another printer"),
        (.releasing(user: "ana", documents: 1), "ana: 1 document coming out"),
        (.releasing(user: "ana", documents: 1, elsewhere: 2), "ana: 1 document coming out, 2 wait at another printer"),
        (.releasing(user: "a", documents: 3, elsewhere: 1), "a: 3 documents coming out, 1 waits at another printer"),
    ])
    func whatIsElsewhereIsCounted(feedback: Feedback, text: String) { #expect(feedback.text == text) }

    @Test func digitsAreStars() {
        #expect(Feedback.enterPIN(typed: 4).text == "****" && Feedback.enterNumber(typed: 2).text == "**")
    }

    @Test func aDocumentTellsWhatIsKnownOfIt() {
        var document = DeskDocument(id: JobID(1), title: "Plan", state: "held")
        #expect(Feedback.document(document).text == "Plan")
        document = DeskDocument(
            id: JobID(1), title: "Plan", state: "held", pages: 1, price: "0.05 EUR", isPicked: true)
        #expect(Feedback.document(document).text == "Plan (1 page, 0.05 EUR, picked)")
    }
}
