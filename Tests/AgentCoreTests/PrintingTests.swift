// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import PrintModel
import PrinterMachines
import Primitives
import ReleaseWire
import Testing

@Suite struct PrintingTests {
    /// Connected, the first piece here, the beginning on disk: the first bytes are with the printer.
    private func begun(_ ids: [Int64] = [11]) -> Bench {
        var bench = Bench.open()
        _ = bench.release(ids)
        _ = bench.printer(11, .connected)
        _ = bench.document(4)
        _ = bench.sync()
        return bench
    }

    @Test func aReleaseIsShownThenPrintedStepByStep() {
        var bench = Bench.open()
        #expect(
            bench.release([11]) == [
                "send credential 1", "journal presented", "send release 2", "show left released", "journal released",
                "dial printer 11", "send sessionEnd 3",
            ])
        _ = bench.sync()
        #expect(bench.printer(11, .connected) == ["send documentOpen 4"])
        // The beginning is on disk before the printer gets a byte.
        #expect(bench.document(4) == ["journal began 11", "send grant 4"])
        #expect(bench.sync() == ["write 11"])
        #expect(bench.printer(11, .drained) == ["write 11"])
        #expect(bench.printer(11, .drained) == [])
        #expect(
            bench.printed(11, pages: 3) == ["hang up printer 11", "journal 11 printed(pages: 3)", "show left printed"])
        #expect(bench.sync() == ["send event 2 0"])
    }

    @Test func documentsArePrintedOneAfterTheOther() {
        var bench = begun([11, 12])
        _ = bench.printer(11, .drained)
        _ = bench.printer(11, .drained)
        #expect(
            bench.printed(11, pages: 1) == [
                "hang up printer 11", "journal 11 printed(pages: 1)", "dial printer 12",
            ])
    }

    @Test func aPrinterThatRefusesGetsTheRestOfTheQueuePutBack() {
        var bench = Bench.open()
        _ = bench.release([11, 12, 13])
        let refused = "neverStarted(PrintModel.NotStarted.printerRefused)"
        #expect(
            bench.printer(11, .connectFailed(.refused)) == [
                "journal 11 \(refused)", "journal 12 \(refused)", "journal 13 \(refused)",
                "show left printer-unavailable",
            ])
    }

    /// The log names the printer, its address and what is in the way.
    @Test(arguments: [PrinterObstacle.badAddress(.port), .unknownName("no such name"), .unreachable("no route")])
    func whyAPrinterWasNotReachedIsKept(obstacle: PrinterObstacle) {
        var bench = Bench.open()
        _ = bench.release([11])
        #expect(
            bench.printer(11, .connectFailed(obstacle)).first
                == "journal 11 neverStarted(PrintModel.NotStarted.printerUnreachable)")
        let ends = bench.notes.compactMap { note in
            if case .releaseEnded(_, _, let printer, let why) = note { (printer, why) } else { nil }
        }
        #expect(ends.count == 1 && ends.first?.0 == Bench.printer && ends.first?.1 == obstacle)
    }

    @Test func aPrinterThatHangsUpInTheMiddleLeavesADoubt() {
        var bench = begun()
        #expect(bench.printer(11, .disconnected) == ["journal 11 unconfirmed", "show left may-have-printed"])
    }

    @Test func withoutALinkNothingBeginsAndTheRestIsPutBack() {
        var bench = Bench.open()
        _ = bench.release([11, 12])
        _ = bench.printer(11, .connected)
        #expect(
            bench.linkDown() == [
                "hang up printer 11", "journal 11 neverStarted(PrintModel.NotStarted.serverLost)",
                "show left printer-unavailable",
            ])
    }

    @Test func whatHasBegunGoesOnFromItsOffset() throws {
        var bench = halfPrinted()
        #expect(bench.linkDown() == [])
        #expect(bench.feed(.linkUp) == ["send hello 0"])
        let sent = bench.welcome(committed: 1)
        #expect(sent == ["journal acknowledged 1", "send documentOpen 1"])
        _ = bench.receive(.documentOpened(size: 8), to: 1)
        // A piece from another place than the fourth byte would be a gap, and end the connection.
        #expect(bench.receive(Frame(.bytes(offset: 4, [5, 6, 7, 8]), correlation: 1)) == [])
        #expect(bench.printer(11, .drained) == ["write 11", "send grant 1"])
    }

    @Test func aRestThatTheServerCannotHandOutLeavesADoubtAtOnce() {
        var bench = halfPrinted()
        // The printer is still taking the first piece.
        #expect(bench.receive(Frame(.failed(Refusal(.documentUnavailable)), correlation: 4)) == [])
        #expect(
            bench.printer(11, .drained) == [
                "hang up printer 11", "journal 11 unconfirmed", "show left may-have-printed",
            ])
    }

    @Test func aRefusedDocumentNeverStarts() {
        var bench = Bench.open()
        _ = bench.release([11])
        _ = bench.printer(11, .connected)
        #expect(
            bench.receive(.refused(Refusal(.alreadyReleased)), to: 4) == [
                "hang up printer 11", "journal 11 neverStarted(PrintModel.NotStarted.documentUnavailable)",
                "show left printer-unavailable",
            ])
    }

    // MARK: A server that has no time

    @Test(arguments: [Refusal.Code.busy, .storeFull, .maintenance])
    func aDocumentThatIsRefusedForNowIsAskedForAgain(code: Refusal.Code) {
        var bench = Bench.open()
        _ = bench.release([11])
        _ = bench.printer(11, .connected)
        #expect(bench.receive(.refused(Refusal(code, retryAfter: .seconds(3))), to: 4) == [])
        #expect(bench.pass(.milliseconds(2999)) == [])
        #expect(bench.pass(.milliseconds(1)) == ["send documentOpen 5"])
        #expect(bench.document(5) == ["journal began 11", "send grant 5"])
    }

    @Test func withoutATimeItIsASecondAndNeverLessThanTheFirstRetry() {
        var bench = Bench.open()
        _ = bench.release([11])
        _ = bench.printer(11, .connected)
        _ = bench.receive(.refused(Refusal(.maintenance)), to: 4)
        #expect(bench.pass(.milliseconds(999)) == [])
        #expect(bench.pass(.milliseconds(1)) == ["send documentOpen 5"])
        _ = bench.receive(.refused(Refusal(.busy, retryAfter: .zero)), to: 5)
        #expect(bench.pass(.milliseconds(249)) == [])
        #expect(bench.pass(.milliseconds(1)) == ["send documentOpen 6"])
    }

    /// The link was lost in the middle of a page, and the server that has just started is busy.
    @Test(arguments: [false, true]) func aPrintThatHasBegunIsNotCutOff(isFailure: Bool) throws {
        var bench = halfPrinted()
        _ = bench.printer(11, .drained)
        if isFailure {
            let refusal = Refusal(.busy, retryAfter: .seconds(2))
            #expect(bench.receive(Frame(.failed(refusal), correlation: 4)) == [])
            #expect(bench.pass(.seconds(2)) == ["send documentOpen 5"])
        } else {
            _ = bench.linkDown()
            _ = bench.feed(.linkUp)
            _ = bench.welcome(committed: 1)
            #expect(bench.receive(.refused(Refusal(.busy, retryAfter: .seconds(2))), to: 1) == [])
            #expect(bench.pass(.seconds(2)) == ["send documentOpen 2"])
        }
        let open: UInt32 = isFailure ? 5 : 2
        guard case .documentOpen(let wanted)? = bench.last else { throw BenchFault.unasked }
        #expect(wanted.offset == 4)
        _ = bench.receive(.documentOpened(size: 8), to: open)
        #expect(
            bench.receive(Frame(.bytes(offset: 4, [5, 6, 7, 8]), correlation: open))
                == ["write 11", "send grant \(open)"])
    }

    @Test func thePrinterDoesNotWaitForEver() {
        var bench = halfPrinted()
        _ = bench.printer(11, .drained)
        var told = bench.receive(Frame(.failed(Refusal(.busy, retryAfter: .seconds(7))), correlation: 4))
        for correlation in 5...20 as ClosedRange<UInt32> where !told.contains("journal 11 unconfirmed") {
            told = bench.pass(.seconds(7))
            guard told == ["send documentOpen \(correlation)"] else { continue }
            told = bench.receive(.refused(Refusal(.busy, retryAfter: .seconds(7))), to: correlation)
        }
        #expect(told == ["hang up printer 11", "journal 11 unconfirmed", "show left may-have-printed"])
        #expect(bench.now.elapsed(since: MonotonicTime(nanoseconds: 1_000_000_000)) <= .seconds(63))
    }

    /// Four of eight bytes are with the printer.
    private func halfPrinted() -> Bench {
        var bench = Bench.open()
        _ = bench.release([11])
        _ = bench.printer(11, .connected)
        _ = bench.receive(.documentOpened(size: 8), to: 4)
        _ = bench.receive(Frame(.bytes(offset: 0, [1, 2, 3, 4]), correlation: 4))
        _ = bench.sync()
        return bench
    }

    private enum BenchFault: Error { case unasked }

    @Test func aPrinterThatIsNotReachedIsGivenUp() {
        var bench = Bench.open()
        _ = bench.release([11])
        #expect(
            bench.pass(.seconds(10)) == [
                "hang up printer 11", "journal 11 neverStarted(PrintModel.NotStarted.printerUnreachable)",
                "show left printer-unavailable",
            ])
    }

    // MARK: Stopping

    @Test func anIdleAgentStopsAtOnce() {
        var bench = Bench.open()
        #expect(bench.feed(.stop).last == "stopped")
        #expect(bench.feed(.stop) == [])
    }

    /// An outcome that is lost would be in doubt after the restart.
    @Test func anAgentStopsWhenItsOutcomesAreOnDisk() {
        var bench = begun([11, 12])
        _ = bench.printer(11, .drained)
        _ = bench.printer(11, .drained)
        #expect(bench.feed(.stop) == [])
        #expect(
            bench.printed(11, pages: 1) == [
                "hang up printer 11", "journal 11 printed(pages: 1)", "show left printer-unavailable",
            ])
        #expect(bench.sync().last == "stopped")
    }

    @Test func whileStoppingNoOtherDocumentBegins() {
        var bench = Bench.open()
        _ = bench.read("1")
        let session = SessionGrant(session: SessionID(5), user: "ada", jobs: 1, printer: Bench.printer)
        _ = bench.receive(.session(session), to: 1)
        _ = bench.feed(.stop)
        let grant = ReleaseGrant(
            release: ReleaseID(11), job: JobID(1), title: "t", user: "ada", format: "", size: 4, pages: nil)
        let told = bench.receive(.releases([grant]), to: 2)
        #expect(told.contains("show left printer-unavailable") && !told.contains("dial printer 11"))
        #expect(bench.read("2") == ["show left out-of-order"])
    }
}
