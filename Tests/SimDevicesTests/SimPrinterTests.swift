// SPDX-License-Identifier: Apache-2.0

import Primitives
import SimDevices
import Testing

@Suite struct SimPrinterTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let exit = "\u{1B}%-12345X"

    @Test func inquiriesAreAnsweredInTheirFraming() {
        var printer = SimPrinter(cryptography: toyCryptography, pageCounter: 18373)
        _ = printer.handle(.connected(1), at: Self.start)
        #expect(
            send(&printer, "\(Self.exit)@PJL ECHO agent-000123\r\n") == [reply("@PJL ECHO agent-000123\r\n")])
        #expect(
            send(&printer, "@PJL INFO PAGECOUNT\r\n") == [reply("@PJL INFO PAGECOUNT\r\nPAGECOUNT=18373\r\n")])
        #expect(
            send(&printer, "@PJL INFO ID\n") == [reply("@PJL INFO ID\r\n\"LANYARD SIMULATED PRINTER\"\r\n")])
        #expect(
            send(&printer, "@PJL INFO STATUS\r\n")
                == [reply("@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY=\"00 READY\"\r\nONLINE=TRUE\r\n")])
        #expect(send(&printer, "@PJL COMMENT hello\r\n@PJL\r\n") == [])
    }

    /// The wrapper of the HP PJL Technical Reference's examples, line ends LF alone.
    @Test func aJobIsReportedPageByPage() {
        var printer = SimPrinter(cryptography: toyCryptography)
        _ = printer.handle(.connected(1), at: Self.start)
        let job =
            "\(Self.exit)@PJL\n@PJL USTATUS JOB = ON\n@PJL USTATUS PAGE = ON\n@PJL JOB NAME = \"eq-1\"\n"
            + "@PJL ENTER LANGUAGE = PCL\na\u{0C}b\u{0C}\(Self.exit)@PJL\n@PJL EOJ NAME = \"eq-1\"\n\(Self.exit)"
        #expect(send(&printer, job) == [reply("@PJL USTATUS JOB\r\nSTART\r\nNAME=\"eq-1\"\r\n")])
        #expect(printer.deadline == Self.start + .milliseconds(100))
        #expect(printer.tick(at: Self.start + .milliseconds(100)) == [reply("@PJL USTATUS PAGE\r\n1\r\n")])
        let last = printer.tick(at: Self.start + .milliseconds(200))
        #expect(
            last.dropLast() == [
                reply("@PJL USTATUS PAGE\r\n2\r\n"),
                reply("@PJL USTATUS JOB\r\nEND\r\nNAME=\"eq-1\"\r\nPAGES=2\r\n"),
            ])
        guard case .printed(let fact) = last.last else {
            Issue.record("no fact")
            return
        }
        #expect(fact.document == Array("a\u{0C}b\u{0C}".utf8) && fact.language == "PCL" && fact.pages == 2)
        #expect(printer.pageCounter == 2 && printer.deadline == nil)
    }

    @Test func aDocumentWithoutPJLEndsWithItsConnection() {
        var printer = SimPrinter(cryptography: toyCryptography)
        _ = printer.handle(.connected(1), at: Self.start)
        #expect(send(&printer, "plain\u{1B}E text") == [])
        #expect(printer.handle(.disconnected(1), at: Self.start) == [])
        guard case .printed(let fact) = printer.tick(at: Self.start + .seconds(1)).last else {
            Issue.record("no fact")
            return
        }
        #expect(fact.document == Array("plain\u{1B}E text".utf8) && fact.name == "" && !fact.isWhole)
        #expect(printer.pageCounter == 1)
    }

    @Test func aSecondConnectionWaitsForTheFirst() {
        var printer = SimPrinter(cryptography: toyCryptography)
        #expect(printer.handle(.connected(1), at: Self.start) == [])
        #expect(printer.handle(.connected(2), at: Self.start) == [.pauseReading(2)])
        #expect(printer.handle(.disconnected(1), at: Self.start) == [.resumeReading(2)])
    }

    @Test func jobsOfTwoConnectionsShareOneEngine() {
        var settings = SimPrinter.Settings()
        settings.connectionsServed = 2
        var printer = SimPrinter(settings: settings, cryptography: toyCryptography)
        for id in 1...2 {
            _ = printer.handle(.connected(id), at: Self.start)
            let job =
                "\(Self.exit)@PJL USTATUS JOB = ON\r\n@PJL JOB NAME = \"j\(id)\"\r\n@PJL ENTER LANGUAGE = PCL\r\n"
                + "x\(Self.exit)@PJL EOJ\r\n"
            _ = printer.handle(.received(id, Array(job.utf8)), at: Self.start)
        }
        let first = printer.tick(at: Self.start + .milliseconds(100))
        let end = "@PJL USTATUS JOB\r\nEND\r\nNAME=\"j1\"\r\nPAGES=1\r\n"
        #expect(first.dropLast() == [reply(end, to: 1), reply(end, to: 2)])
        #expect(printer.deadline == Self.start + .milliseconds(200))
        _ = printer.tick(at: Self.start + .milliseconds(200))
        #expect(printer.pageCounter == 2 && printer.deadline == nil)
    }

    @Test func aJobInsideOfAJobIsAViolation() {
        var printer = SimPrinter(cryptography: toyCryptography)
        _ = printer.handle(.connected(1), at: Self.start)
        let nested = send(&printer, "\(Self.exit)@PJL JOB NAME = \"a\"\r\n@PJL JOB NAME = \"b\"\r\n")
        #expect(nested.first == .violation("a job begins inside of another"))
        _ = send(&printer, "@PJL EOJ\r\n")
        #expect(send(&printer, "@PJL EOJ\r\n") == [.violation("EOJ without a job")])
    }

    @Test func faultsGoAwayWithRepair() {
        var printer = SimPrinter(cryptography: toyCryptography)
        #expect(printer.handle(.command(.refuseConnections), at: Self.start) == [.listen(false)])
        #expect(printer.handle(.connected(1), at: Self.start) == [.close(1)])
        #expect(printer.handle(.command(.repair), at: Self.start) == [.listen(true)])
        #expect(printer.handle(.connected(2), at: Self.start) == [])
        #expect(printer.handle(.command(.hang), at: Self.start) == [.pauseReading(2)])
        #expect(printer.handle(.command(.repair), at: Self.start) == [.resumeReading(2)])
    }

    @Test func withoutPowerEverythingIsCutOffAndForgotten() {
        var printer = SimPrinter(cryptography: toyCryptography)
        _ = printer.handle(.connected(1), at: Self.start)
        _ = send(&printer, "\(Self.exit)@PJL JOB NAME = \"a\"\r\n@PJL ENTER LANGUAGE = PCL\r\none\u{0C}two\u{0C}")
        _ = send(&printer, "\(Self.exit)@PJL EOJ NAME = \"a\"\r\n")
        _ = printer.tick(at: Self.start + .milliseconds(100))
        #expect(printer.isBusy && printer.pageCounter == 1)
        let actions = printer.handle(.command(.powerOff), at: Self.start + .milliseconds(150))
        guard actions.count == 3, case .printed(let job) = actions[1] else {
            Issue.record("\(actions)")
            return
        }
        #expect(actions[0] == .close(1) && actions[2] == .listen(false))
        #expect(job.pages == 1 && !job.isWhole)
        #expect(!printer.isBusy && printer.deadline == nil)
        #expect(printer.handle(.connected(2), at: Self.start + .seconds(1)) == [.close(2)])
        #expect(printer.handle(.command(.repair), at: Self.start + .seconds(2)) == [.listen(true)])
    }

    private func send(_ printer: inout SimPrinter, _ text: String) -> [SimPrinter.Action] {
        printer.handle(.received(1, Array(text.utf8)), at: Self.start)
    }

    private func reply(_ text: String, to id: Int = 1) -> SimPrinter.Action { .send(id, Array(text.utf8) + [0x0C]) }
}
