// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Ops
import SimDevices
import Testing

@Suite(.timeLimit(.minutes(10))) struct RestartTests {
    private static let size = 20_000_000

    /// The printer stops taking bytes in the middle, so that the server is asked to end in the middle.
    @Test(.enabled(if: Tools.areThere)) func aServerThatIsRestartedInTheMiddleOfADocumentLosesNothing() throws {
        let pump = try Pump()
        let programs = try Programs(folder: nil)
        let site = try Site(
            SiteSettings(programs: programs, documents: try SampleDocuments(folder: SampleDocumentsTests.folder)),
            on: pump)
        do {
            try site.start()
            let control = SiteControl(site)
            let path = site.folders.state + "/large.ps"
            try LabFolder.write(Self.document, to: path)
            try site.print(path, as: "ana")
            try perform(.printer(try PrinterFault(words: ["hang"])), by: control, pump)
            #expect(try perform(.present(badge: "0006547886", reader: nil), by: control, pump)["outcome"] == "released")
            try waitForJobs("sending", of: site)
            site.askServerToEnd()
            try pump.pause(.seconds(2))
            #expect(site.isServerRunning, "what is being sent is finished first")
            try perform(.printer(try PrinterFault(words: ["ok"])), by: control, pump)
            try pump.wait("the document", atMost: .seconds(20)) { site.printed.count == 1 }
            try pump.wait("the server to end", atMost: .seconds(20)) { !site.isServerRunning }
            try site.startServer()
            try site.waitForServer()
            try waitForJobs("printed", of: site)
            let status = try site.administrator.ask(["status"])
            #expect(status["ledgerEntries"] == 1 && status["jobs"]?["in_doubt"] == 0)
            #expect(site.printed.count == 1)
        } catch {
            Issue.record(error)
        }
        try site.stop(keepingLogs: false)
    }

    private static var document: String {
        let line = "% " + String(repeating: "x", count: 77) + "\n"
        return "%!PS-Adobe-3.0\n%%Pages: 1\n%%EndComments\n%%Page: 1 1\n"
            + String(repeating: line, count: size / line.utf8.count) + "showpage\n%%EOF\n"
    }

    @discardableResult
    private func perform(_ request: ControlRequest, by control: SiteControl, _ pump: Pump) throws -> JSONValue {
        let reply: ControlReply = try pump.answer("an answer", atMost: .seconds(20)) {
            control.perform(request, then: $0)
        }
        return try reply.facts()
    }

    private func waitForJobs(_ state: String, of site: Site) throws {
        for _ in 0..<100 where try site.administrator.ask(["status"])["jobs"]?[state] != 1 {
            try site.pump.pause(.milliseconds(100))
        }
        #expect(try site.administrator.ask(["status"])["jobs"]?[state] == 1, "\(state)")
    }
}
