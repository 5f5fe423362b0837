// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct DisplaySafeTests {
    @Test func ordinaryTextStaysAsItIs() {
        #expect("Prüfung 水 👩🏽‍🏫 e\u{301}".displaySafe(limit: 99) == "Prüfung 水 👩🏽‍🏫 e\u{301}")
    }

    @Test(
        arguments: [
            0x00, 0x07, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x9B, 0x9F, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A,
            0x202E, 0x2066, 0x2069, 0xFEFF,
        ] as [UInt32])
    func whatMovesTheCursorIsReplaced(scalar: UInt32) throws {
        let text = "a" + String(try #require(Unicode.Scalar(scalar))) + "b"
        #expect(text.displaySafe(limit: 99) == "a\u{FFFD}b")
    }

    @Test(arguments: [0x20, 0x7E, 0xA0, 0x200D, 0x2010, 0x2027, 0x2070] as [UInt32])
    func theirNeighboursAreNot(scalar: UInt32) throws {
        let text = String(try #require(Unicode.Scalar(scalar)))
        #expect(text.displaySafe(limit: 99) == text)
    }

    @Test func theLimitCountsBytesAndCutsNoScalar() {
        #expect("abcd".displaySafe(limit: 4) == "abcd")
        #expect("abcde".displaySafe(limit: 4) == "abcd")
        #expect("ab水".displaySafe(limit: 4) == "ab")
        #expect("a水".displaySafe(limit: 4) == "a水")
        #expect("a\n".displaySafe(limit: 3) == "a")
        #expect(String(repeating: "👩", count: 300).displaySafe(limit: 255).utf8.count == 252)
    }

    @Test func aClippedTextChangesNothingElse() {
        #expect("\n水x".clipped(limit: 4) == "\n水")
        #expect("\n水x".clipped(limit: 5) == "\n水x")
        #expect("x".clipped(limit: 0) == "")
    }
}
