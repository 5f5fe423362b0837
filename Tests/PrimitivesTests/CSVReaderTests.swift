// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@Suite struct CSVReaderTests {
    private static func read(
        _ text: String, separator: Character = ",", limit: Int = 100
    ) throws -> [CSVReader.Record] {
        var reader = CSVReader(
            Array(text.utf8)[...], separator: separator.asciiValue ?? 0, fieldLimit: limit)
        var records: [CSVReader.Record] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    private static func fields(_ text: String, separator: Character = ",") throws -> [[String]] {
        try read(text, separator: separator).map(\.fields)
    }

    @Test func theExamplesOfTheDocument() throws {
        // RFC 4180 section 2, 1 to 7.
        #expect(try Self.fields("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n") == [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]])
        #expect(try Self.fields("aaa,bbb,ccc\r\nzzz,yyy,xxx") == [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]])
        #expect(
            try Self.fields("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx")
                == [["aaa", "b\r\nbb", "ccc"], ["zzz", "yyy", "xxx"]])
        #expect(try Self.fields("\"aaa\",\"b\"\"bb\",\"ccc\"") == [["aaa", "b\"bb", "ccc"]])
    }

    @Test func linesAreCountedThroughQuotes() throws {
        #expect(try Self.read("a\n\n\"b\nc\"\nd").map(\.line) == [1, 2, 3, 5])
        #expect(try Self.fields("a;b,c;\"d;e\"\n", separator: ";") == [["a", "b,c", "d;e"]])
        #expect(try Self.fields("") == [] && Self.fields(",") == [["", ""]])
    }

    @Test(arguments: [
        ("a\"b", 1, CSVFault.Kind.strayQuote), ("a\n\"b\"c", 2, .strayQuote), ("a\n\"b\nc", 2, .openQuote),
        ("a\rb", 1, .strayReturn), ("a\r", 1, .strayReturn),
    ])
    func brokenTextsAreFaults(text: String, line: Int, kind: CSVFault.Kind) {
        #expect(throws: CSVFault(line: line, kind)) { try Self.read(text) }
    }

    @Test func aFieldHasALimit() throws {
        let (whole, long) = (String(repeating: "x", count: 100), String(repeating: "x", count: 101))
        #expect(try Self.fields("\(whole),\"\(whole)\"") == [[whole, whole]])
        for text in ["a\n\(long)", "a\n\"\(long)\""] {
            #expect(throws: CSVFault(line: 2, .tooLong(limit: 100))) { try Self.read(text) }
        }
    }

    @Test func bytesThatAreNoTextAreTold() throws {
        for bytes: [UInt8] in [[0x61, 0x0A, 0xE4, 0x0A, 0x62], [0x61, 0x0A, 0x22, 0xE4, 0x22, 0x0A, 0x62]] {
            var reader = CSVReader(bytes[...], fieldLimit: 10)
            var records: [CSVReader.Record] = []
            while let record = try reader.next() { records.append(record) }
            // Those behind are read.
            #expect(records.map(\.fields) == [["a"], ["\u{FFFD}"], ["b"]])
            #expect(records.map(\.isUTF8) == [true, false, true] && records.map(\.line) == [1, 2, 3])
        }
    }

    @Test func everyCutIsReadOrAFault() throws {
        let bytes = Array("a,\"b\"\"\r\nc\",d\r\né,f\n".utf8)
        for end in bytes.indices {
            var reader = CSVReader(bytes[..<end], fieldLimit: 10)
            do {
                while let record = try reader.next() { #expect(record.fields.count <= 3) }
            } catch {
                #expect(error.line <= 3)
            }
        }
    }
}
