// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Testing

@Suite(.timeLimit(.minutes(10))) struct SiteTests {
    @Test(.enabled(if: Tools.areThere)) func serverAndAgentComeBackAfterAPowerCut() throws {
        let pump = try Pump()
        let programs = try Programs(folder: nil)
        let documents = try SampleDocuments(folder: SampleDocumentsTests.folder)
        let site = try Site(SiteSettings(programs: programs, documents: documents), on: pump)
        do {
            try site.start()
            let ports = site.ports
            try site.print(Tools.document, as: "ana")
            try site.killAgent()
            try site.killServer()
            try site.startServer()
            try site.waitForServer()
            try site.startAgent()
            #expect(site.ports == ports)
            let control = SiteControl(site)
            let reply: ControlReply = try pump.answer("an answer", atMost: .seconds(20)) {
                control.perform(.present(badge: "0006547886", reader: nil), then: $0)
            }
            #expect(try reply.facts()["outcome"] == "released")
            try pump.wait("the document", atMost: .seconds(20)) { site.printed.count == 1 }
            #expect(site.printed.first?.sha256 == (try documents.document("letter.ps").sha256))
        } catch {
            Issue.record(error)
        }
        try site.stop(keepingLogs: false)
        #expect(!LabFolder.exists(site.folders.run))
    }
}
