// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import Testing

@Suite struct ForeignTextTests {
    @Test(
        arguments: [
            ([0x41, 0xC3, 0xA9], "Aé"), ([0x41, 0xE9], "Aé"), ([0xC3], "Ã"), ([], ""), ([0xFF, 0xFE], "ÿþ"),
            ([0x00, 0x1B, 0x7F, 0x85], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ] as [([UInt8], String)])
    func bytesAreUTF8OrElseLatin1(bytes: [UInt8], text: String) {
        #expect(String(foreignText: bytes, limit: 100) == text)
    }

    @Test func theLimitCountsBytesAndNeverBreaksAScalar() {
        for filler in ["a", "é", "報", "\u{1F5A8}"] {
            for lead in ["", "x", "xy", "xyz"] {
                let long = lead + String(repeating: filler, count: 500)
                let text = String(foreignText: Array(long.utf8), limit: 50)
                #expect(long.hasPrefix(text) && text.utf8.count <= 50 && text.utf8.count > 50 - filler.utf8.count)
            }
        }
    }

    @Test func longLatin1StaysLatin1() {
        #expect(String(foreignText: [UInt8](repeating: 0xE9, count: 500), limit: 6) == "ééé")
    }
}
