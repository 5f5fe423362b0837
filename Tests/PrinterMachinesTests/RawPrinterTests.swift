// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import PrintModel
import PrinterMachines
import Primitives
import Testing

@Suite struct RawPrinterTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let ticket = PrintTicket(
        releaseName: "lanyard-42", title: "report \"x\"\r\n@PJL", user: "ana", format: "pdf")
    static let job = PJL.Job(name: "lanyard-42", title: ticket.title, user: "ana", language: .pdf)
    static let refused: [RawPrinter.Action] = [.finish(.neverStarted(.printerRefused), .none)]
    static let unconfirmed: [RawPrinter.Action] = [.close, .finish(.unconfirmed, .none)]

    @Test func aWholeReleaseStepByStep() {
        var printer = RawPrinter(ticket: Self.ticket, openedAt: Self.start)
        #expect(run(&printer, .connected) == [.pull])
        #expect(run(&printer, .pulled([1, 2])) == [.begin])
        #expect(printer.deadline == nil)
        #expect(run(&printer, .mayBegin) == [.write(PJL.header(Self.job) + [1, 2])])
        #expect(run(&printer, .drained) == [.pull])
        #expect(run(&printer, .pulled([3])) == [.write([3])])
        #expect(run(&printer, .drained) == [.pull])
        #expect(run(&printer, .pulled(nil)) == [.write(PJL.trailer(Self.job))])
        #expect(run(&printer, .drained) == [])
        #expect(run(&printer, .received(started("lanyard-42"))) == [])
        #expect(run(&printer, .received(page(1) + page(2))) == [.progress(pages: 1), .progress(pages: 2)])
        #expect(
            run(&printer, .received(ended("lanyard-42", "PAGES=2\r\n")))
                == [.close, .finish(.printed(pages: 2), .pjlJobEnd)])
        #expect(printer.deadline == nil)
        for event in Self.everyEvent { #expect(run(&printer, event) == []) }
    }

    @Test func whatTheOwnerChoseIsAskedOfThePrinter() {
        let ticket = PrintTicket(
            releaseName: "lanyard-1", title: "t", user: "u", format: "pdf",
            override: PrintOverride(isMono: true, sides: .shortEdge))
        var printer = RawPrinter(ticket: ticket, openedAt: Self.start)
        _ = run(&printer, .connected)
        _ = run(&printer, .pulled(Array("@PJL SET RENDERMODE=COLOR\r\n@PJL ENTER LANGUAGE=PDF\r\n%PDF".utf8)))
        guard case .write(let bytes) = run(&printer, .mayBegin).first else {
            Issue.record("nothing is written")
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("SET RENDERMODE = GRAYSCALE\r\n@PJL SET DUPLEX = ON\r\n@PJL SET BINDING = SHORTEDGE"))
        #expect(!text.contains("COLOR") && text.hasSuffix("@PJL ENTER LANGUAGE=PDF\r\n%PDF"))
    }

    @Test func aTitleCannotBecomeACommand() {
        let header = String(decoding: PJL.header(Self.job), as: UTF8.self)
        #expect(header.contains("SET JOBNAME = \"report _x____PJL\"\r\n"))
        #expect(header.contains("@PJL USTATUS PAGE = ON\r\n"))
    }

    @Test func everyCutOfTheReportsGivesTheSameOutcome() {
        let bytes = started("lanyard-42") + page(1) + ended("lanyard-42", "PAGES=1\r\n")
        for cut in 0...bytes.count {
            var printer = confirming()
            let first = run(&printer, .received(Array(bytes[..<cut])))
            let second = run(&printer, .received(Array(bytes[cut...])))
            #expect(
                first + second == [.progress(pages: 1), .close, .finish(.printed(pages: 1), .pjlJobEnd)],
                "cut at \(cut)")
        }
    }

    @Test func otherPeoplesJobsOnTheLineDoNotCount() {
        var printer = confirming()
        #expect(run(&printer, .received(started("other") + page(1) + ended("other", "PAGES=9\r\n"))) == [])
        #expect(run(&printer, .received(ended("lanyard-4", "PAGES=9\r\n") + ended("lanyard-421", "PAGES=9\r\n"))) == [])
    }

    /// A name from an earlier attempt cannot be on record yet, but a report before the first byte is never ours.
    @Test func reportsBeforeTheFirstByteDoNotCount() {
        var printer = RawPrinter(ticket: Self.ticket, openedAt: Self.start)
        _ = run(&printer, .connected)
        #expect(run(&printer, .received(ended("lanyard-42", "PAGES=2\r\n"))) == [])
    }

    @Test(
        arguments: [
            ("END\r\nNAME=\"lanyard-42\"\r\nPAGES=0\r\n", Outcome.printed(pages: 0), Evidence.pjlJobEnd),
            ("END\r\nNAME=\"lanyard-42\"\r\nPAGES=2\r\nRESULT=CANCELED\r\n", .printed(pages: 2), .pjlJobEnd),
            ("CANCELED\r\nNAME=\"lanyard-42\"\r\nPAGES=1\r\n", .printed(pages: 1), .pjlJobEnd),
            ("END\r\nNAME=\"lanyard-42\"\r\n", .unconfirmed, .none),
            ("END\r\nNAME=\"lanyard-42\"\r\nPAGES=-3\r\n", .unconfirmed, .none),
        ])
    func anEndSaysHowManyPages(text: String, outcome: Outcome, evidence: Evidence) {
        var printer = confirming()
        let report = Array("@PJL USTATUS JOB\r\n\(text)\u{0C}".utf8)
        #expect(run(&printer, .received(report)) == [.close, .finish(outcome, evidence)])
    }

    @Test func anEndWithoutACountIsSettledByThePagesSeen() {
        var printer = confirming()
        _ = run(&printer, .received(started("lanyard-42") + page(1) + page(2)))
        #expect(
            run(&printer, .received(ended("lanyard-42", ""))) == [.close, .finish(.printed(pages: 2), .pjlJobEnd)])
    }

    @Test func anEndWhileSendingStopsTheSending() {
        var printer = sending()
        #expect(
            run(&printer, .received(ended("lanyard-42", "PAGES=1\r\nRESULT=CANCEL\r\n")))
                == [.close, .finish(.printed(pages: 1), .pjlJobEnd)])
    }

    /// Each state, what happens there, and how it ends.
    @Test(
        arguments: [
            (Stage.connecting, RawPrinter.Event.connectFailed(.refused), refused),
            (.connecting, .connectFailed(.silent), [.finish(.neverStarted(.printerUnreachable), .none)]),
            (.connecting, .disconnected, refused),
            (.pulling, .disconnected, refused),
            (.asking, .disconnected, refused),
            (.pulling, .pullFailed, [.close, .finish(.neverStarted(.documentUnavailable), .none)]),
            (.pulling, .pulled(nil), [.close, .finish(.neverStarted(.documentUnavailable), .none)]),
            (.connecting, .cancelled(.serverLost), [.close, .finish(.neverStarted(.serverLost), .none)]),
            (.pulling, .cancelled(.serverLost), [.close, .finish(.neverStarted(.serverLost), .none)]),
            (.asking, .cancelled(.serverLost), [.close, .finish(.neverStarted(.serverLost), .none)]),
            (.sending, .cancelled(.serverLost), unconfirmed),
            (.sending, .disconnected, [.finish(.unconfirmed, .none)]),
            (.pullingOn, .pullFailed, unconfirmed),
            (.confirming, .disconnected, [.finish(.unconfirmed, .none)]),
            (.confirming, .cancelled(.serverLost), unconfirmed),
        ] as [(Stage, RawPrinter.Event, [RawPrinter.Action])])
    func failuresEndInWhatIsKnown(stage: Stage, event: RawPrinter.Event, expected: [RawPrinter.Action]) {
        var printer = machine(at: stage)
        #expect(run(&printer, event) == expected)
        #expect(printer.deadline == nil)
        for event in Self.everyEvent { #expect(run(&printer, event) == []) }
    }

    @Test(
        arguments: [
            (Stage.connecting, 10, [.close, .finish(.neverStarted(.printerUnreachable), .none)]),
            (.pulling, 60, [.close, .finish(.neverStarted(.documentUnavailable), .none)]),
            (.sending, 120, unconfirmed),
            (.pullingOn, 60, unconfirmed),
            (.confirming, 120, unconfirmed),
        ] as [(Stage, Int, [RawPrinter.Action])])
    func everyWaitHasItsEnd(stage: Stage, seconds: Int, expected: [RawPrinter.Action]) {
        var printer = machine(at: stage)
        let due = Self.start + .seconds(seconds)
        #expect(printer.deadline == due)
        #expect(printer.tick(at: MonotonicTime(nanoseconds: due.nanoseconds - 1)) == [])
        #expect(printer.tick(at: due) == expected)
    }

    @Test(arguments: [Stage.sending, .confirming])
    func signsOfLifeLengthenTheWait(stage: Stage) {
        var printer = machine(at: stage)
        let jam = Array("@PJL USTATUS DEVICE\r\nCODE=40022\r\nDISPLAY=\"JAM\"\r\nONLINE=FALSE\r\n\u{0C}".utf8)
        _ = printer.handle(.received(jam), at: Self.start + .seconds(100))
        #expect(printer.deadline == Self.start + .seconds(220))
        _ = printer.handle(.received(page(1)), at: Self.start + .seconds(200))
        #expect(printer.deadline == Self.start + .seconds(320))
    }

    @Test func signsOfLifeDoNotLengthenItForEver() {
        var printer = confirming()
        for minute in 1..<60 { _ = printer.handle(.received(page(1)), at: Self.start + .seconds(60 * minute)) }
        #expect(printer.deadline == Self.start + .seconds(3600))
        #expect(printer.tick(at: Self.start + .seconds(3600)) == Self.unconfirmed)
    }

    @Test func aLastReportWithoutFormFeedCountsAfterTheSilence() {
        var printer = confirming()
        #expect(run(&printer, .received(ended("lanyard-42", "PAGES=3\r\n").dropLast())) == [])
        #expect(
            printer.tick(at: Self.start + .seconds(120)) == [.close, .finish(.printed(pages: 3), .pjlJobEnd)])
        var hungUp = confirming()
        _ = run(&hungUp, .received(Array(ended("lanyard-42", "PAGES=3\r\n").dropLast(4))))
        #expect(run(&hungUp, .disconnected) == [.finish(.unconfirmed, .none)])
    }

    @Test func emptyPiecesAreNoBeginning() {
        var printer = machine(at: .pulling)
        #expect(run(&printer, .pulled([])) == [.pull])
        #expect(run(&printer, .pulled([7])) == [.begin])
    }

    @Test func commandsThatHoldAJobAreTakenOutOfTheDocument() {
        var printer = machine(at: .pulling)
        let document = Array("\u{1B}%-12345X@PJL SET HOLD = ON\r\n@PJL ENTER LANGUAGE = PDF\r\n%PDF-".utf8)
        #expect(run(&printer, .pulled(document)) == [.begin])
        let clean = Array("\u{1B}%-12345X@PJL ENTER LANGUAGE = PDF\r\n%PDF-".utf8)
        #expect(run(&printer, .mayBegin) == [.write(PJL.header(Self.job) + clean)])
    }

    /// What the filter kept back to the end is still sent, before the trailer.
    @Test func theLastLineKeptBackIsSent() {
        var printer = machine(at: .pulling)
        #expect(run(&printer, .pulled(Array("@P".utf8))) == [.pull])
        #expect(run(&printer, .pulled(nil)) == [.begin])
        #expect(run(&printer, .mayBegin) == [.write(PJL.header(Self.job) + Array("@P".utf8))])
        #expect(run(&printer, .drained) == [.write(PJL.trailer(Self.job))])
    }

    // MARK: -

    enum Stage: Sendable { case connecting, pulling, asking, sending, pullingOn, confirming }

    static let everyEvent: [RawPrinter.Event] = [
        .connected, .connectFailed(.refused), .pulled([1]), .pulled(nil), .pullFailed, .mayBegin, .drained,
        .received([0x0C]), .disconnected, .cancelled(.serverLost),
    ]

    private func machine(at stage: Stage) -> RawPrinter {
        var printer = RawPrinter(ticket: Self.ticket, openedAt: Self.start)
        let way: [RawPrinter.Event] =
            switch stage {
            case .connecting: []
            case .pulling: [.connected]
            case .asking: [.connected, .pulled([1])]
            case .sending: [.connected, .pulled([1]), .mayBegin]
            case .pullingOn: [.connected, .pulled([1]), .mayBegin, .drained]
            case .confirming: [.connected, .pulled([1]), .mayBegin, .drained, .pulled(nil), .drained]
            }
        for event in way { _ = run(&printer, event) }
        return printer
    }

    private func sending() -> RawPrinter { machine(at: .sending) }
    private func confirming() -> RawPrinter { machine(at: .confirming) }

    private func run(_ printer: inout RawPrinter, _ event: RawPrinter.Event) -> [RawPrinter.Action] {
        printer.handle(event, at: Self.start)
    }

    private func started(_ name: String) -> [UInt8] {
        Array("@PJL USTATUS JOB\r\nSTART\r\nNAME=\"\(name)\"\r\n\u{0C}".utf8)
    }

    private func ended(_ name: String, _ rest: String) -> [UInt8] {
        Array("@PJL USTATUS JOB\r\nEND\r\nNAME=\"\(name)\"\r\n\(rest)\u{0C}".utf8)
    }

    private func page(_ number: Int) -> [UInt8] { Array("@PJL USTATUS PAGE\r\n\(number)\r\n\u{0C}".utf8) }
}
