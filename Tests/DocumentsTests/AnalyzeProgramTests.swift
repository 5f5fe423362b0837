// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostIO
import PrintFormats
import Primitives
import Testing
import TestKit

/// Starts the real `lanyard-analyze` as the server does: the document as descriptor 3, the report on a pipe.
@Suite struct AnalyzeProgramTests {
    static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "lanyard-analyze").path

    private func run(_ arguments: [String] = [], document: [UInt8]? = nil) throws -> ChildResult {
        let memory = try SealedMemory(name: "test", document ?? [])
        let given: [CInt: ChildDescriptor] = document == nil ? [:] : [3: .use(memory.descriptor.raw)]
        return try TestKit.run(Self.program, arguments, on: try Loop(), given).result
    }

    private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

    @Test func theServerGetsAReportOfEverySample() throws {
        for (name, row) in try SampleDocuments.manifest() {
            let result = try run(document: try SampleDocuments.bytes(name))
            #expect(result.status == .exited(0), "\(name): \(text(result.output[2]))")
            #expect(try AnalysisReport(parsing: result.output[1] ?? []).walk.pages == row.pages)
        }
    }

    @Test func peopleGetLines() throws {
        let path = SampleDocuments.folder + "/poster.pwg"
        let result = try run([path])
        #expect(result.status == .exited(0))
        #expect(
            text(result.output[1])
                == "kind          pwg-raster\npages         2\ncolor pages   1\ncopies        1\ntitle         none\n")
    }

    @Test func hostileDocumentsCostOneProcessAtMost() throws {
        let unreadable = [HostilePDF.loop, HostilePDF.ownChild, []]
        for document in unreadable {
            let result = try run(document: document)
            #expect(result.status == .exited(65), "\(text(result.output[2]))")
            #expect(result.output[1] == [])
        }
        let nested = try run(document: HostilePDF.deepArrays)
        #expect(try AnalysisReport(parsing: nested.output[1] ?? []) == AnalysisReport(kind: .pdf))
        let million = try run(document: HostilePDF.millionClaimed)
        #expect(try AnalysisReport(parsing: million.output[1] ?? []).walk.pages == 1)
        let deep = try run(document: HostilePDF.deepTree(levels: 60_000))
        if deep.status == .exited(0) {
            #expect(try AnalysisReport(parsing: deep.output[1] ?? []).walk.pages == 1)
        } else {
            #expect(deep.output[1] == [], "who crashes says nothing")
        }
    }

    @Test func nothingCanBeOpenedConnectedOrStartedAfterwards() throws {
        let result = try run(["--check-confinement"])
        #expect(result.status == .exited(0), "\(text(result.output[2]))")
        #expect(text(result.output[1]) == "confined\n")
    }

    @Test func wrongCallsSaySo() throws {
        #expect(try run(["--nonsense"]).status == .exited(64))
        #expect(try run(["a", "b"]).status == .exited(64))
        #expect(try run().status == .exited(64))
        #expect(try run(["/nonexistent"]).status == .exited(66))
        #expect(try run(["--help"]).status == .exited(0))
    }
}
