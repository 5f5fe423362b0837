// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Testing

@Suite struct SampleDocumentsTests {
    static let folder =
        String(#filePath.dropLast("Tests/LabTests/SampleDocumentsTests.swift".count))
        + "Simulators/Documents"

    @Test func theShippedDocumentsAreThoseOfTheirList() throws {
        let documents = try SampleDocuments(folder: Self.folder)
        for name in ["budget.pdf", "letter.ps", "poster.pwg"] {
            let document = try documents.document(name)
            #expect(document.pages > 0)
            #expect(documents.catalogue[document.sha256] == document.pages)
        }
        #expect(throws: LabFault.self) { try documents.document("novel.pdf") }
    }

    @Test func aChangedDocumentIsNoticed() throws {
        let folder = try LabFolder.makeTemporary()
        defer { LabFolder.remove(folder) }
        try LabFolder.write("hello", to: folder + "/a.txt")
        let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        try LabFolder.write("# name sha256 pages colour\na.txt \(hash) 1 0\n", to: folder + "/documents.txt")
        #expect(try SampleDocuments(folder: folder).document("a.txt").sha256 == hash)
        try LabFolder.write("hullo", to: folder + "/a.txt")
        #expect(throws: LabFault.self) { try SampleDocuments(folder: folder) }
    }

    @Test(arguments: ["a.txt", "a.txt 00 x 0", "a.txt 00 1 0 0"])
    func aListThatCannotBeUnderstoodIsRefused(line: String) throws {
        let folder = try LabFolder.makeTemporary()
        defer { LabFolder.remove(folder) }
        try LabFolder.write(line, to: folder + "/documents.txt")
        #expect(throws: LabFault.self) { try SampleDocuments(folder: folder) }
    }
}
