// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import Primitives
import Testing

@Suite struct AnalysisReportTests {
    static let full = AnalysisReport(
        kind: .pwgRaster, walk: PageWalk(pages: 300, colorPages: 7), copies: 2, title: "Résumé")

    @Test func whatIsWrittenIsRead() throws {
        var reports = DocumentKind.allCases.map { AnalysisReport(kind: $0) }
        reports += [
            Self.full, AnalysisReport(kind: .pdf, walk: PageWalk(pages: 1)),
            AnalysisReport(kind: .postScript, walk: PageWalk(colorPages: 0), title: "t"),
            AnalysisReport(kind: .pdf, title: String(repeating: "\u{10FFFF}", count: 300)),
        ]
        for report in reports { #expect(try AnalysisReport(parsing: report.encoded) == report) }
    }

    @Test func theEncodingIsFixed() {
        let report = AnalysisReport(kind: .pdf, walk: PageWalk(pages: 4))
        #expect(report.encoded == [0xA3, 1, 0x63, 0x70, 0x64, 0x66, 2, 4, 4, 1])
    }

    @Test func everyCutAndEveryTailIsAFault() {
        for cut in 0..<Self.full.encoded.count {
            #expect(throws: WireFault.self) { try AnalysisReport(parsing: Array(Self.full.encoded.prefix(cut))) }
        }
        #expect(throws: WireFault.trailingBytes(1)) { try AnalysisReport(parsing: Self.full.encoded + [0]) }
        let limit = AnalysisReport.sizeLimit
        #expect(throws: WireFault.tooLong(length: limit + 1, limit: limit)) {
            try AnalysisReport(parsing: [UInt8](repeating: 0, count: limit + 1))
        }
    }

    @Test func claimsThatCannotBeAreFaults() {
        func parse(_ pages: UInt64, _ colorPages: UInt64, _ copies: UInt64) throws -> AnalysisReport {
            var writer = CBORWriter()
            writer.map(count: 4)
            writer.unsigned(1)
            writer.text("pdf")
            for (key, value) in [(2, pages), (3, colorPages), (4, copies)] as [(UInt64, UInt64)] {
                writer.unsigned(key)
                writer.unsigned(value)
            }
            return try AnalysisReport(parsing: writer.bytes)
        }
        #expect(throws: Never.self) { try parse(10_000_000, 10_000_000, 9_999) }
        #expect(throws: WireFault.tooLong(length: 10_000_001, limit: 10_000_000)) { try parse(10_000_001, 0, 1) }
        #expect(throws: WireFault.badValue(field: "color pages")) { try parse(1, 2, 1) }
        #expect(throws: WireFault.badValue(field: "copies")) { try parse(1, 1, 0) }
        #expect(throws: WireFault.tooLong(length: 10_000, limit: 9_999)) { try parse(1, 1, 10_000) }
        #expect(throws: WireFault.badValue(field: "kind")) { try AnalysisReport(parsing: [0xA1, 1, 0x61, 0x78]) }
    }
}
