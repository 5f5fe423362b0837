// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Primitives
import Testing

/// Real programs: the server is killed, a badge is held to the reader, paper comes out; the server comes back, and its
/// ledger says so.
@Suite(.serialized, .timeLimit(.minutes(10))) struct OfflineSiteTests {
    private func makeSite(offline: String) throws -> (Site, Pump) {
        let pump = try Pump()
        var settings = SiteSettings(
            programs: try Programs(folder: nil), documents: try SampleDocuments(folder: SampleDocumentsTests.folder))
        settings.offline = offline
        return (try Site(settings, on: pump), pump)
    }

    private func hold(_ badge: String, to reader: String, at site: Site, on pump: Pump) throws -> String {
        var reply: ControlReply?
        SiteControl(site).perform(.present(badge: badge, reader: reader)) { reply = $0 }
        try pump.wait("an answer at \(reader)", atMost: .seconds(15)) { reply != nil }
        guard case .done(let line) = reply else { throw LabFault("no answer: \(String(describing: reply))") }
        return line["outcome"]?.string ?? ""
    }

    private func lent(_ site: Site) throws -> Int {
        try site.administrator.rows(["agent", "list"]).first?["lentJobs"]?.integer ?? 0
    }

    private func charged(_ site: Site) throws -> Int {
        try site.administrator.rows(["report", "history"]).count
    }

    private func wait(_ what: String, on pump: Pump, until isTrue: () throws -> Bool) throws {
        for _ in 0..<120 {
            if try isTrue() { return }
            try? pump.wait(what, atMost: .milliseconds(500)) { false }
        }
        throw LabFault("\(what) did not come")
    }

    @Test(.enabled(if: Tools.areThere)) func aBadgeBringsOutPaperWithoutAServer() throws {
        let (site, pump) = try makeSite(offline: "charge-later")
        var isDone = false
        defer { try? site.stop(keepingLogs: !isDone) }
        try site.start()
        let letter = try site.settings.documents.document("letter.ps")
        // Ana is served here, so that the agent knows her badge and her next jobs are lent to it.
        try site.print(letter.path, as: "ana")
        try wait("an analysis", on: pump) { try site.administrator.rows(["jobs"]).first?["pages"]?.integer != nil }
        #expect(try hold("0006547886", to: "front", at: site, on: pump) == "released")
        try wait("a charge", on: pump) { try charged(site) == 1 }
        try site.print(letter.path, as: "ana")
        try wait("a lent job", on: pump) { try lent(site) == 1 }
        #expect(try site.administrator.rows(["jobs"]).first?["lentTo"]?.string == SiteSettings.agent)
        let before = site.printed.count

        try site.killServer()
        try wait("an agent that notices", on: pump) { !site.display.isLinkOpen }
        #expect(try hold("0055555555", to: "front", at: site, on: pump) == "server-away")
        #expect(try hold("0006547886", to: "front", at: site, on: pump) == "released-offline")
        try wait("paper", on: pump) { site.printed.count == before + 1 }

        try site.startServer()
        try site.waitForServer()
        try wait("the charge", on: pump) { try charged(site) == 2 }
        #expect(try site.administrator.rows(["jobs"]).isEmpty)
        #expect(try lent(site) == 0)
        #expect(site.printed.count == before + 1)
        isDone = true
    }
}
