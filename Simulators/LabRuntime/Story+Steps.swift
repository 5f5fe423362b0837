// SPDX-License-Identifier: Apache-2.0

extension Story {
    private static let strangersBadge = "0055555555"
    private static let wrongPIN = "1234"

    func printDocuments() throws(LabFault) {
        begin("Ana of Arts prints budget.pdf and letter.ps, Ben of Science prints poster.pwg (LPD, with rlpr).")
        for (user, name) in [("ana", "budget.pdf"), ("ana", "letter.ps"), ("ben", "poster.pwg")] {
            try site.print(try document(name).path, as: user)
        }
        try expectHeld(["ana": 2, "ben": 1])
        let facts = try facts()
        try check(
            facts.connections == 0 && facts.bytes == 0, expected: "a printer that has received nothing",
            seen: "\(facts.connections) connections, \(facts.bytes) bytes")
        seen("The server holds all 3. The printer has seen 0 connections and 0 bytes.")
    }

    func presentUnknownBadge() throws(LabFault) {
        begin("A stranger holds a badge to the reader.")
        let text = try hold(Self.strangersBadge, to: "front", expecting: "unknown-badge")
        try expectNothingPrinted(beyond: 0)
        seen("It shows \"\(text)\". Nothing prints.")
    }

    func releaseForAna() throws(LabFault) {
        begin("Ana holds her badge to the serial reader.")
        let text = try hold(user("ana").badge, to: "front", expecting: "released")
        seen("It shows \"\(text)\".")
        try expectPrinted([try document("budget.pdf"), try document("letter.ps")], after: 0, at: "front")
        try expectHeld(["ana": 0, "ben": 1])
        seen("Ben's document is still held.")
    }

    func presentAnaAgain() throws(LabFault) {
        begin("Ana holds her badge to the other reader, too.")
        let text = try hold(user("ana").badge, to: "desk", expecting: "no-jobs")
        try expectNothingPrinted(beyond: 2)
        seen("It shows \"\(text)\".")
    }

    func mistypePIN() throws(LabFault) {
        begin("Ben holds his to that reader, which types like a keyboard.")
        let question = try hold(user("ben").badge, to: "desk", expecting: "enter-pin")
        let answer = try type(Self.wrongPIN, at: "desk", expecting: "wrong-pin")
        try expectNothingPrinted(beyond: 2)
        try expectHeld(["ben": 1])
        seen("It shows \"\(question)\". He mistypes: \"\(answer)\".")
    }

    func releaseForBen() throws(LabFault) {
        begin("He tries again with the right PIN.")
        _ = try hold(user("ben").badge, to: "desk", expecting: "enter-pin")
        let text = try type(user("ben").pin ?? "", at: "desk", expecting: "released")
        seen("It shows \"\(text)\".")
        try expectPrinted([try document("poster.pwg")], after: 2, at: "desk")
        try expectHeld(["ana": 0, "ben": 0])
    }

    func replugReaders() throws(LabFault) {
        begin("Somebody pulls both readers out and plugs them in again.")
        for reader in LabReaders.readers { _ = try perform(.unplug(reader)) }
        try expectSoon("an agent that notices", seen: readerStates) {
            LabReaders.readers.allSatisfy { site.display.readers[$0] != "attached" }
        }
        for reader in LabReaders.readers { _ = try perform(.plug(reader)) }
        try expectSoon("readers that are open again", seen: readerStates) {
            LabReaders.readers.allSatisfy { site.display.readers[$0] == "attached" }
        }
        for reader in LabReaders.readers { _ = try hold(user("cleo").badge, to: reader, expecting: "no-jobs") }
        seen("The agent noticed, and both read badges as before.")
    }

    func readReports() throws(LabFault) {
        begin("What the print room reads: lanyard report users, lanyard report departments --summary")
        table(try site.administrator.read(["report", "users"]))
        table(try site.administrator.read(["report", "departments", "--summary"]))
        try expectLedger([
            LedgerLine(user: "ana", department: "Arts", document: try document("budget.pdf")),
            LedgerLine(user: "ana", department: "Arts", document: try document("letter.ps")),
            LedgerLine(user: "ben", department: "Science", document: try document("poster.pwg")),
        ])
    }

    private func readerStates() -> String {
        site.display.readers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
