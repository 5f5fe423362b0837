// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct ByteReaderTests {
    @Test func integersAreBigEndian() throws {
        var reader = ByteReader([1, 2, 3, 4, 5, 6, 7])
        #expect(try reader.integer(as: UInt8.self) == 1)
        #expect(try reader.integer(as: UInt16.self) == 0x0203)
        #expect(try reader.integer(as: UInt32.self) == 0x0405_0607)
        try reader.expectEnd()
    }

    @Test func nothingIsReadBeyondTheEnd() throws {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: WireFault.truncated(wanted: 4, left: 3)) { try reader.integer(as: UInt32.self) }
        #expect(throws: WireFault.truncated(wanted: 4, left: 3)) { try reader.take(4) }
        #expect(try Array(reader.take(3)) == [1, 2, 3])
        #expect(reader.left == 0)
    }

    @Test func aSliceIsReadFromItsOwnStart() throws {
        let bytes: [UInt8] = [9, 9, 1, 2, 9]
        var reader = ByteReader(bytes[2..<4])
        #expect(try reader.integer(as: UInt16.self) == 0x0102)
        #expect(reader.left == 0)
    }

    @Test func bytesLeftOverAreAFault() throws {
        var reader = ByteReader([1, 2, 3])
        _ = try reader.take(1)
        #expect(throws: WireFault.trailingBytes(2)) { try reader.expectEnd() }
        #expect(Array(reader.takeRest()) == [2, 3])
        try reader.expectEnd()
    }

    @Test func integersAreWrittenBigEndian() {
        #expect(UInt16(0x0102).bigEndianBytes == [1, 2])
        #expect(UInt64(0x0102_0304_0506_0708).bigEndianBytes == [1, 2, 3, 4, 5, 6, 7, 8])
    }
}
