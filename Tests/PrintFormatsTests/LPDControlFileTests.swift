// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import SimRandom
import Testing

@Suite struct LPDControlFileTests {
    /// As RFC 1179 clients send it: two copies of one file, with a banner.
    static let typical = """
        Hprinthost
        Pana
        Jbudget.pdf
        CAccounts
        Lana
        TBudget 2027
        ldfA123printhost
        ldfA123printhost
        UdfA123printhost
        Nbudget.pdf

        """

    private func parse(_ text: String) throws -> LPDControlFile { try LPDControlFile(parsing: Array(text.utf8)) }

    @Test func readsWhoPrintsWhat() throws {
        let file = try parse(Self.typical)
        #expect(file.host == "printhost")
        #expect(file.user == "ana")
        #expect(file.jobName == "budget.pdf")
        #expect(file.jobClass == "Accounts")
        #expect(file.title == "Budget 2027")
        #expect(file.sourceNames == ["budget.pdf"])
        #expect(file.displayName == "budget.pdf")
    }

    @Test func repeatedPrintLinesAreCopies() throws {
        let file = try parse(Self.typical)
        #expect(file.documents == [.init(letter: "l", dataFile: "dfA123printhost", copies: 2)])
        #expect(file.copies == 2)
    }

    @Test func severalDataFilesKeepTheirOrder() throws {
        let file = try parse("fdfB001h\nodfA001h\nfdfB001h\n")
        #expect(
            file.documents == [
                .init(letter: "f", dataFile: "dfB001h", copies: 2), .init(letter: "o", dataFile: "dfA001h", copies: 1),
            ])
    }

    @Test(arguments: Array("cdfglnoprtv"))
    func everyPrintLetterNamesADocument(letter: Character) throws {
        #expect(try parse("\(letter)dfA1h\n").documents == [.init(letter: letter, dataFile: "dfA1h", copies: 1)])
    }

    @Test func unknownLettersAndBlankLinesArePassedOver() throws {
        let file = try parse("Aroot@host+123\nQlp\nZduplex\nI4\nW132\n1times\nkx\nzx\n\nPana\n")
        #expect(file.user == "ana")
        #expect(file.documents.isEmpty)
    }

    @Test func blankOperandsSayNothing() throws {
        let file = try parse("H\nP \nJ\n")
        #expect(file.host == nil && file.user == nil && file.displayName == nil)
        #expect(file.copies == 1)
    }

    @Test func aLastLineWithoutItsEndAndCarriageReturnsAreTaken() throws {
        let file = try parse("Pana\r\nldfA1h\r\nHhost")
        #expect(file.user == "ana")
        #expect(file.documents.first?.dataFile == "dfA1h")
        #expect(file.host == "host")
    }

    @Test func latin1AndUTF8NamesBothRead() throws {
        let latin1 = try LPDControlFile(parsing: Array("J".utf8) + [0x52, 0xE9, 0x73, 0x75, 0x6D, 0xE9] + [0x0A])
        #expect(latin1.jobName == "Résumé")
        #expect(try parse("JRésumé 報告\n").jobName == "Résumé 報告")
    }

    @Test func namesAreFitToBeShown() throws {
        #expect(try parse("Ja\u{1B}[2Jb\u{202E}c\n").jobName == "a\u{FFFD}[2Jb\u{FFFD}c")
        #expect(
            try parse("J" + String(repeating: "é", count: 300) + "\n").jobName == String(repeating: "é", count: 127))
    }

    @Test func aPrintLineWithoutANameIsAFaultOfItsLine() {
        #expect(throws: LPDControlFileFault.missingName(line: 3)) { try parse("Hh\nPp\nl\n") }
    }

    @Test func limitsHoldExactly() throws {
        let longest = "J" + String(repeating: "x", count: LPDControlFile.lineLimit - 1)
        #expect(try parse("Hh\n" + longest + "\n").host == "h")
        #expect(throws: LPDControlFileFault.lineTooLong(line: 2, limit: LPDControlFile.lineLimit)) {
            try parse("Hh\n" + longest + "x\n")
        }
        let largest = String(repeating: "Pp\n", count: LPDControlFile.sizeLimit / 3) + "\n"
        #expect(largest.utf8.count == LPDControlFile.sizeLimit)
        #expect(try parse(largest).user == "p")
        #expect(throws: LPDControlFileFault.tooLong(length: 65537, limit: 65536)) { try parse(largest + "\n") }
        let documents = (0..<LPDControlFile.documentLimit).map { "fdfA\($0)h\n" }.joined()
        #expect(try parse(documents).documents.count == LPDControlFile.documentLimit)
        #expect(throws: LPDControlFileFault.tooManyDocuments(line: 101, limit: 100)) { try parse(documents + "fx\n") }
    }

    @Test func anyBytesAreEitherReadOrAFault() {
        var noise = SplitMix(seed: 1179)
        for _ in 0..<2000 {
            var bytes = Array(Self.typical.utf8)
            for _ in 0..<4 { bytes[noise.below(bytes.count)] = UInt8(noise.below(256)) }
            let file = try? LPDControlFile(parsing: bytes)
            #expect((file?.documents.count ?? 0) <= 3)
        }
    }
}
