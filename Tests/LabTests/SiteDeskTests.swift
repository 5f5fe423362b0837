// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Testing

/// Server, agent, keypad, screen and printer, each a process of its own.
@Suite(.timeLimit(.minutes(10))) struct SiteDeskTests {
    @Test(.enabled(if: Tools.areThere)) func peopleLogInAtKeysAndAtAScreen() throws {
        let pump = try Pump()
        let documents = try SampleDocuments(folder: SampleDocumentsTests.folder)
        let site = try Site(SiteSettings(programs: try Programs(folder: nil), documents: documents), on: pump)
        do {
            try site.start()
            try typeANumber(site, pump)
            try chooseAtTheScreen(site, pump)
        } catch {
            Issue.record(error)
        }
        try site.stop(keepingLogs: false)
    }

    private func ask(_ request: ControlRequest, _ site: Site, _ pump: Pump) throws -> JSONValue {
        let control = SiteControl(site)
        let reply: ControlReply = try pump.answer("an answer", atMost: .seconds(20)) {
            control.perform(request, then: $0)
        }
        return try reply.facts()
    }

    private func typeANumber(_ site: Site, _ pump: Pump) throws {
        try site.print(Tools.document, as: "ben")
        for keys in ["1002", "enter", "4711", "enter"] { _ = try ask(.key(keys), site, pump) }
        try pump.wait("the document", atMost: .seconds(20)) { site.printed.count == 1 }
        #expect(site.printed.first?.user == "ben" && site.printed.first?.modes == [:])
    }

    private func chooseAtTheScreen(_ site: Site, _ pump: Pump) throws {
        for _ in 1...2 { try site.print(Tools.document, as: "ben") }
        let wrong = try ask(.desk(["do": "login", "user": "1002", "pin": "0000"]), site, pump)
        #expect(wrong["dialogue"]?["stage"]?.string == "idle" && wrong["shown"]?["text"]?.string == "Wrong PIN")
        let desk = try ask(.desk(["do": "login", "user": "1002", "pin": "4711"]), site, pump)
        let jobs = desk["dialogue"]?["documents"]?.array?.compactMap { $0["id"]?.integer } ?? []
        #expect(desk["dialogue"]?["user"]?.string == "ben" && jobs.count == 2)
        guard jobs.count == 2 else { return }
        for line in [
            ["do": "pick", "jobs": [.integer(jobs[0])]], ["do": "mono", "on": .bool(true)],
            ["do": "sides", "sides": "long-edge"], ["do": "release"],
        ] as [JSONValue] {
            #expect(try ask(.desk(line), site, pump)["dialogue"]?["stage"]?.string == "desk")
        }
        try pump.wait("the document", atMost: .seconds(20)) { site.printed.count == 2 }
        #expect(
            site.printed.last?.modes == ["RENDERMODE": "GRAYSCALE", "DUPLEX": "ON", "BINDING": "LONGEDGE"])
        let left = try ask(.desk(["do": "delete", "jobs": [.integer(jobs[1])]]), site, pump)
        let held = left["dialogue"]?["documents"]?.array?.filter { $0["state"]?.string == "held" } ?? []
        #expect(held.isEmpty)
        #expect(try ask(.desk(["do": "logout"]), site, pump)["dialogue"]?["stage"]?.string == "idle")
        #expect(try ask(.desk(["do": "list"]), site, pump) == ["error": "not-now"])
    }
}
