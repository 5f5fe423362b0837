// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@Suite struct CSVTextTests {
    private static let records = [
        ["plain", "", "with,comma"], ["a \"quote\"", "two\nlines", "cr\rlf\r\n"], ["", "", ""], ["é", "日本", "'=1"],
    ]

    @Test func whatIsWrittenIsReadBack() {
        let text = Self.records.map(CSVText.record).joined()
        #expect(CSVText.parse(text) == Self.records)
        #expect(CSVText.parse("") == [])
        #expect(CSVText.record(["a", "b,c", "d\"e"]) == "a,\"b,c\",\"d\"\"e\"\r\n")
    }

    @Test func everyCutIsRefusedOrWhole() {
        let text = Array(Self.records.map(CSVText.record).joined().unicodeScalars)
        for end in text.indices {
            var part = String.UnicodeScalarView()
            part.append(contentsOf: text[..<end])
            guard let parsed = CSVText.parse(String(part)) else { continue }
            #expect(Self.records.starts(with: parsed), "\(end)")
        }
    }

    @Test(arguments: ["a", "a\n", "a\r", "a\rb", "\"a", "\"a\"b\r\n", "a\"b\r\n", ",", "a\r\nb"])
    func otherTextsAreRefused(text: String) { #expect(CSVText.parse(text) == nil) }
}
