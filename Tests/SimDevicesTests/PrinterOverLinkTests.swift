// SPDX-License-Identifier: Apache-2.0

import PrintModel
import PrinterMachines
import Primitives
import SimDevices
import Testing

/// The product's printer driver against the simulated printer, over a cable that cuts the bytes anywhere.
@Suite struct PrinterOverLinkTests {
    static let ticket = PrintTicket(releaseName: "lanyard-42", title: "report", user: "ana", format: "pdf")
    static let document = Array("%PDF-1.7\n".utf8) + (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 31) } + [0x0A]

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func aGoodPrinterPrintsExactlyTheDocument(seed: UInt64) throws {
        let link = run(seed: seed)
        #expect(link.outcome == .printed(pages: 4) && link.evidence == .pjlJobEnd, "SEED=\(seed)")
        #expect(link.progress == [1, 2, 3, 4] && link.violations == [], "SEED=\(seed)")
        let job = try #require(link.jobs.first)
        #expect(link.jobs.count == 1 && job.document == Self.document && job.isWhole, "SEED=\(seed)")
        #expect(job.name == "lanyard-42" && job.user == "ana" && job.title == "report" && job.language == "PDF")
        #expect(job.byteCount == Self.document.count && job.sha256 == toyHash(Self.document) && job.pages == 4)
        #expect(link.device.pageCounter == 1004)
    }

    @Test(
        arguments: [
            ([.refuseConnections], .neverStarted(.printerRefused), 0),
            ([.hang], .unconfirmed, 0),
            ([.neverReportEnd], .unconfirmed, 4),
            ([.mute], .unconfirmed, 4),
            ([.wrongPageCount(by: 2)], .printed(pages: 6), 4),
            ([.wrongPageCount(by: -9)], .printed(pages: 0), 4),
            ([.shredReplies], .printed(pages: 4), 4),
            ([.garbleReplies], .unconfirmed, 4),
            ([.jam(page: 3)], .unconfirmed, 2),
            ([.dropAfter(bytes: 1)], .unconfirmed, 0),
            ([.dropAfter(bytes: 2000)], .unconfirmed, nil),
        ] as [([SimPrinter.Command], Outcome, Int?)])
    func eachFaultEndsInWhatIsKnown(faults: [SimPrinter.Command], outcome: Outcome, pages: Int?) {
        for seed in 1...10 as ClosedRange<UInt64> {
            let link = run(seed: seed, faults: faults)
            #expect(link.outcome == outcome, "SEED=\(seed)")
            #expect(link.violations == [], "SEED=\(seed)")
            if let pages { #expect(link.device.pageCounter == 1000 + pages, "SEED=\(seed)") }
        }
    }

    /// Cut anywhere in the header and around the end, also after the last byte: then the paper comes out and nobody
    /// says so.
    @Test func noCutMakesAnOutcomeThatIsNotTrue() {
        let header = 1...400
        for count in Array(header) + stride(from: 401, to: 3300, by: 97) + Array(3300...3700) {
            let link = run(seed: 1, faults: [.dropAfter(bytes: count)])
            let isTrue =
                switch link.outcome {
                case .printed(let pages): pages == 4 && link.device.pageCounter == 1004
                case .unconfirmed: true
                case .neverStarted, nil: false
                }
            #expect(isTrue && link.violations == [], "dropped after \(count)")
        }
    }

    @Test func aJamThatIsClearedInTimeIsPrinted() {
        let cleared = MonotonicTime(nanoseconds: 0) + .seconds(100)
        let link = run(seed: 3, faults: [.jam(page: 2)], later: [(cleared, .repair)])
        #expect(link.outcome == .printed(pages: 4) && link.device.pageCounter == 1004)
    }

    @Test func aDocumentWithItsOwnWrapperArrivesWhole() throws {
        let wrapped =
            Array("\u{1B}%-12345X@PJL SET RESOLUTION = 600\r\n@PJL ENTER LANGUAGE = PDF\r\n%PDF-".utf8) + [0x1B, 0x25]
            + Array("\u{1B}%-12345X".utf8)
        for seed in 1...20 as ClosedRange<UInt64> {
            let link = run(seed: seed, document: wrapped)
            #expect(link.outcome == .printed(pages: 1) && link.violations == [], "SEED=\(seed)")
            #expect(try #require(link.jobs.first).document == wrapped, "SEED=\(seed)")
        }
    }

    @Test func aDocumentOfUnknownKindArrivesWithoutALanguage() throws {
        let ticket = PrintTicket(releaseName: "lanyard-7", title: "t", user: "u", format: "")
        let link = run(seed: 5, document: Array("hello\u{0C}world\u{0C}".utf8), ticket: ticket)
        #expect(link.outcome == .printed(pages: 2))
        #expect(try #require(link.jobs.first).language == "")
    }

    private func run(
        seed: UInt64, document: [UInt8] = document, ticket: PrintTicket = ticket, faults: [SimPrinter.Command] = [],
        later: [(at: MonotonicTime, command: SimPrinter.Command)] = []
    ) -> FakeLink {
        var settings = SimPrinter.Settings()
        settings.catalogue = [toyHash(Self.document): 4]
        let device = SimPrinter(settings: settings, cryptography: toyCryptography, pageCounter: 1000)
        var link = FakeLink(ticket: ticket, document: document, device: device, seed: seed)
        for fault in faults { link.command(fault) }
        link.commands = later
        link.run()
        return link
    }
}
