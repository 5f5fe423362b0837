// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct CBORReaderTests {
    @Test func publishedIntegersAreRead() throws {
        for (value, bytes) in CBORVectors.integers {
            var reader = CBORReader(bytes[...])
            #expect(try reader.integer("n") == value)
            try reader.expectEnd()
        }
    }

    @Test func publishedTextsAreRead() throws {
        for (value, bytes) in CBORVectors.texts {
            var reader = CBORReader(bytes[...])
            #expect(try reader.text("t", limit: 8) == value)
            try reader.expectEnd()
        }
    }

    @Test func theLargestNumbersAreRead() throws {
        let ones: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
        var unsigned = CBORReader(([0x1B] + ones)[...])
        #expect(try unsigned.unsigned("n") == .max)
        var beyond = CBORReader(([0x1B] + ones)[...])
        #expect(throws: WireFault.badValue(field: "n")) { try beyond.integer("n") }
        var least = CBORReader(([0x3B, 0x7F] + ones.dropFirst())[...])
        #expect(try least.integer("n") == .min)
        var below = CBORReader(([0x3B, 0x80] + Array(repeating: 0, count: 7))[...])
        #expect(throws: WireFault.badValue(field: "n")) { try below.integer("n") }
    }

    @Test func booleansAndNullAreRead() throws {
        var reader = CBORReader([0xF4, 0xF5, 0xF6, 0x01])
        #expect(try reader.bool("b") == false)
        #expect(try reader.nullIsNext() == false)
        #expect(try reader.bool("b"))
        #expect(try reader.nullIsNext())
        #expect(throws: WireFault.badValue(field: "b")) { try reader.bool("b") }
    }

    @Test func whatIsNotInTheSubsetIsRefusedEvenWhenSkipped() {
        for (name, bytes) in CBORVectors.foreign {
            #expect(throws: WireFault.self, "\(name)") {
                var reader = CBORReader(bytes[...])
                try reader.skip()
                try reader.expectEnd()
            }
        }
    }

    @Test func longFormsAreNotCanonicalEvenWhenSkipped() {
        for (name, bytes) in CBORVectors.longForms {
            #expect("\(name)") {
                var reader = CBORReader(bytes[...])
                try reader.skip()
            } throws: {
                if case WireFault.notCanonical = $0 { true } else { false }
            }
        }
    }

    @Test func textMustBeUTF8() {
        for bytes: [UInt8] in [[0x61, 0xFF], [0x62, 0xC0, 0x80], [0x63, 0xED, 0xA0, 0x80]] {
            #expect(throws: WireFault.badValue(field: "t")) {
                var reader = CBORReader(bytes[...])
                _ = try reader.text("t", limit: 8)
            }
        }
    }

    @Test func stringsHaveALimit() throws {
        var fits = CBORReader([0x43, 1, 2, 3])
        #expect(try fits.bytes("b", limit: 3) == [1, 2, 3])
        var long = CBORReader([0x43, 1, 2, 3])
        #expect(throws: WireFault.tooLong(length: 3, limit: 2)) { try long.bytes("b", limit: 2) }
        var huge = CBORReader([0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: WireFault.tooLong(length: .max, limit: 2)) { try huge.bytes("b", limit: 2) }
    }

    @Test func arraysHaveALimit() {
        #expect(throws: WireFault.tooLong(length: 3, limit: 2)) {
            var reader = CBORReader([0x83, 1, 2, 3])
            try reader.array("a", limit: 2) { (inner) throws(WireFault) in try inner.skip() }
        }
    }

    @Test func nestingEndsAtTheDepthLimit() throws {
        let deep = Array(repeating: 0x81 as UInt8, count: CBORReader.depthLimit)
        var fits = CBORReader((deep + [0])[...])
        try fits.skip()
        var deeper = CBORReader(([0x81] + deep + [0])[...])
        #expect(throws: WireFault.tooLong(length: 9, limit: 8)) { try deeper.skip() }
    }

    @Test func siblingsDoNotAddUpToDepth() throws {
        var reader = CBORReader((Array(repeating: 0x80 as UInt8, count: 100))[...])
        for _ in 0..<100 { try reader.skip() }
        try reader.expectEnd()
    }

    @Test func itemsAreCountedUpToTheLimit() throws {
        let limit = CBORReader.itemLimit
        let array = [0x99] + UInt16(limit - 1).bigEndianBytes + Array(repeating: 0, count: limit - 1)
        var fits = CBORReader(array[...])
        try fits.skip()
        var more = CBORReader((array + [0])[...])
        try more.skip()
        #expect(throws: WireFault.tooLong(length: limit + 1, limit: limit)) { try more.skip() }
    }

    @Test func everyCutIsTruncated() {
        let whole: [UInt8] = [
            0xA3, 0x01, 0x43, 1, 2, 3, 0x18, 0x18, 0x63, 0x61, 0x62, 0x63, 0x19, 0x01, 0x00, 0x82, 0x20, 0xF6,
        ]
        for length in whole.indices {
            #expect("\(length)") {
                var reader = CBORReader(whole[..<length])
                try reader.skip()
            } throws: {
                if case WireFault.truncated = $0 { true } else { false }
            }
        }
    }

    @Test func mapsAreReadByTheirKeys() throws {
        var seen: [UInt64] = []
        var reader = CBORReader([0xA2, 0x01, 0x05, 0x07, 0x81, 0x02])
        try reader.map("m") { (key, inner) throws(WireFault) in
            seen.append(key)
            try inner.skip()
        }
        try reader.expectEnd()
        #expect(seen == [1, 7])
    }
}
