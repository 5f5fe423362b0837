// SPDX-License-Identifier: Apache-2.0

import Documents
import HostIO
import PrintFormats
import Testing
import TestKit

@Suite struct DocumentAnalysisTests {
    private func report(on bytes: [UInt8]) throws -> AnalysisReport {
        let memory = try SealedMemory(name: "test", bytes)
        return try DocumentAnalysis.report(on: memory.descriptor)
    }

    private func isUnreadable(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try report(on: bytes)
            return false
        } catch AnalysisFault.unreadable { return true } catch { return false }
    }

    @Test func everySampleCountsAsItsManifestSays() throws {
        for (name, row) in try SampleDocuments.manifest() {
            let walk = try report(on: try SampleDocuments.bytes(name)).walk
            #expect(walk.pages == row.pages, "\(name)")
            #expect(walk.colorPages == (name.hasSuffix(".pdf") ? nil : row.colorPages), "\(name)")
        }
    }

    @Test func titlesComeAlong() throws {
        #expect(try report(on: try SampleDocuments.bytes("budget.pdf")).title == "Budget 2027")
        #expect(try report(on: try SampleDocuments.bytes("letter.ps")).title == "Letter to the board")
        #expect(try report(on: try SampleDocuments.bytes("poster.pwg")).title == nil)
    }

    @Test func aPJLWrapperDoesNotHideTheDocument() throws {
        for (name, language, pages) in [("budget.pdf", PJL.Language.pdf, 4), ("letter.ps", .postScript, 3)] {
            let job = PJL.Job(name: "1", title: "t", user: "u", language: language)
            let wrapped = PJL.header(job) + (try SampleDocuments.bytes(name)) + PJL.trailer(job)
            #expect(try report(on: wrapped).walk.pages == pages)
        }
    }

    @Test func otherKindsAreNamedAndUnknown() throws {
        #expect(try report(on: Array("\u{1B}Ehello".utf8)) == AnalysisReport(kind: .pcl5))
        #expect(try report(on: Array("hello\n".utf8)) == AnalysisReport(kind: .text))
        #expect(try report(on: [0, 1, 2]) == AnalysisReport(kind: .unknown))
    }

    @Test func anEmptyDocumentIsAFault() {
        #expect(throws: AnalysisFault.empty) { try report(on: []) }
    }

    @Test func claimsOfAHostilePageTreeAreNotBelieved() throws {
        #expect(try report(on: HostilePDF.onePage).walk.pages == 1)
        #expect(try report(on: HostilePDF.millionClaimed).walk.pages == 1)
        #expect(try report(on: HostilePDF.negativeClaim).walk.pages == 1)
        #expect(try report(on: HostilePDF.noPages).walk.pages == nil)
        #expect(isUnreadable(HostilePDF.loop))
        #expect(isUnreadable(HostilePDF.ownChild))
        #expect(try report(on: HostilePDF.noTree).walk.pages == nil)
        #expect(isUnreadable(Array("%PDF-1.4\n".utf8)))
    }

    @Test func truncatedDocumentsAreUnreadableOrCountedNoHigher() throws {
        let whole = try SampleDocuments.bytes("budget.pdf")
        for cut in stride(from: 1, to: whole.count, by: 97) {
            do {
                let pages = try report(on: Array(whole.prefix(cut))).walk.pages
                #expect((pages ?? 0) <= 4, "cut at \(cut)")
            } catch let fault as AnalysisFault {
                guard case .unreadable = fault else {
                    Issue.record("\(fault) at \(cut)")
                    continue
                }
            }
        }
        #expect(isUnreadable(Array(try SampleDocuments.bytes("poster.pwg").dropLast())))
    }

    @Test func aCopyCountOfTheRasterComesAlong() throws {
        var bytes = try SampleDocuments.bytes("poster.pwg")
        bytes[4 + 340 + 3] = 7
        #expect(try report(on: bytes).copies == 7)
    }
}
