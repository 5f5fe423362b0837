// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct CBORWriterTests {
    @Test func publishedIntegersAreWritten() {
        for (value, bytes) in CBORVectors.integers {
            var writer = CBORWriter()
            writer.integer(value)
            #expect(writer.bytes == bytes)
        }
    }

    @Test func publishedTextsAreWritten() {
        for (value, bytes) in CBORVectors.texts {
            var writer = CBORWriter()
            writer.text(value)
            #expect(writer.bytes == bytes)
        }
    }

    @Test(
        arguments: [
            (23, [0x17]), (24, [0x18, 24]), (255, [0x18, 255]), (256, [0x19, 1, 0]), (65_535, [0x19, 255, 255]),
            (65_536, [0x1A, 0, 1, 0, 0]), (4_294_967_295, [0x1A, 255, 255, 255, 255]),
            (4_294_967_296, [0x1B, 0, 0, 0, 1, 0, 0, 0, 0]),
            (.max, [0x1B, 255, 255, 255, 255, 255, 255, 255, 255]),
        ] as [(UInt64, [UInt8])])
    func theShortestFormIsChosen(value: UInt64, bytes: [UInt8]) {
        var writer = CBORWriter()
        writer.unsigned(value)
        #expect(writer.bytes == bytes)
    }

    @Test func theLeastNumberIsWritten() {
        var writer = CBORWriter()
        writer.integer(.min)
        #expect(writer.bytes == [0x3B, 0x7F, 255, 255, 255, 255, 255, 255, 255])
    }

    @Test func containersAndSimpleValuesAreWritten() {
        var writer = CBORWriter()
        writer.map(count: 2)
        writer.unsigned(1)
        writer.array(count: 2)
        writer.bool(false)
        writer.bool(true)
        writer.unsigned(2)
        writer.null()
        writer.bytes([7, 8])
        #expect(writer.bytes == [0xA2, 0x01, 0x82, 0xF4, 0xF5, 0x02, 0xF6, 0x42, 7, 8])
    }
}
