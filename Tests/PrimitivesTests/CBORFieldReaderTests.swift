// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct CBORFieldReaderTests {
    private enum Color: UInt8 { case red = 1 }

    private var written: [UInt8] {
        var fields = CBORFieldWriter(count: 9)
        fields.unsigned(1, 300)
        fields.optionalUnsigned(2, nil)
        fields.integer(3, -5)
        fields.bytes(4, [1, 2], count: 2)
        fields.text(5, "name", limit: 4)
        fields.value(6, Color.red)
        fields.fields(7, count: 1)
        fields.unsigned(1, 9)
        fields.list(8, count: 2)
        for item in 1...2 {
            fields.item(count: 1)
            fields.unsigned(1, UInt64(item))
        }
        fields.unsignedList(9, [4, 5])
        return fields.bytes
    }

    @Test func everyFieldComesBack() throws {
        var fields = try CBORFieldReader(written[...])
        #expect(try fields.unsigned(1, "a") == 300)
        #expect(try fields.optionalUnsigned(2, "b", in: 0...9) == nil)
        #expect(try fields.integer(3, "c") == -5)
        #expect(try fields.bytes(4, "d", count: 2) == [1, 2])
        #expect(try fields.text(5, "e", limit: 4) == "name")
        #expect(try fields.value(6, "f", as: Color.self) == .red)
        let inner = try fields.fields(7, "g") { (inner) throws(WireFault) in try inner.unsigned(1, "h") }
        #expect(inner == 9)
        let items = try fields.list(8, "i", limit: 2) { (item) throws(WireFault) in try item.unsigned(1, "j") }
        #expect(items == [1, 2])
        #expect(try fields.unsignedList(9, "k", limit: 2, in: 4...5) == [4, 5])
        try fields.end()
    }

    @Test func keysNobodyAsksForArePassedOver() throws {
        var fields = try CBORFieldReader(written[...])
        let inner = try fields.fields(7, "g") { (_) throws(WireFault) in 1 }
        #expect(inner == 1)
        try fields.end()
    }

    @Test func anAbsentFieldMayBeAskedFor() throws {
        var fields = try CBORFieldReader([0xA3, 0x01, 0x05, 0x03, 0x06, 0x04, 0x07])
        #expect(try fields.has(1))
        #expect(try fields.has(1))
        #expect(try fields.unsigned(1, "one") == 5)
        #expect(try !fields.has(2))
        #expect(try !fields.has(2))
        #expect(try fields.unsigned(3, "three") == 6)
        #expect(try fields.has(4))
        try fields.end()
        var absent = try CBORFieldReader([0xA1, 0x03, 0x06])
        #expect(try !absent.has(2))
        #expect(throws: WireFault.badValue(field: "two")) { try absent.unsigned(2, "two") }
        var last = try CBORFieldReader([0xA1, 0x01, 0x05])
        #expect(try !last.has(2))
        try last.end()
    }

    @Test func aFieldThatMayBeNullIsLookedAtFirst() throws {
        var fields = try CBORFieldReader([0xA3, 0x01, 0xF6, 0x02, 0x05, 0x03, 0xF5])
        #expect(try fields.isNull(1, "one"))
        #expect(try !fields.isNull(2, "two"))
        #expect(try fields.integer(2, "two") == 5)
        #expect(try fields.bool(3, "three"))
        try fields.end()
        var missing = try CBORFieldReader([0xA1, 0x02, 0x05])
        #expect(throws: WireFault.badValue(field: "one")) { try missing.isNull(1, "one") }
        #expect(throws: WireFault.badValue(field: "two")) { try missing.bool(2, "two") }
    }

    @Test func aMissingFieldIsAFault() throws {
        var fields = try CBORFieldReader([0xA2, 0x01, 0x01, 0x03, 0x01])
        #expect(throws: WireFault.badValue(field: "two")) { try fields.unsigned(2, "two") }
        var short = try CBORFieldReader([0xA1, 0x01, 0x01])
        #expect(throws: WireFault.badValue(field: "two")) { try short.unsigned(2, "two") }
    }

    @Test func rangesAndCountsAreHeld() throws {
        let one: ArraySlice<UInt8> = [0xA1, 0x01, 0x05]
        var low = try CBORFieldReader(one)
        #expect(throws: WireFault.badValue(field: "a")) { try low.unsigned(1, "a", in: 6...9) }
        var high = try CBORFieldReader(one)
        #expect(throws: WireFault.badValue(field: "a")) { try high.optionalUnsigned(1, "a", in: 0...4) }
        var color = try CBORFieldReader(one)
        #expect(throws: WireFault.badValue(field: "a")) { try color.value(1, "a", as: Color.self) }
        var wide = try CBORFieldReader([0xA1, 0x01, 0x19, 0x01, 0x01])
        #expect(throws: WireFault.badValue(field: "a")) { try wide.value(1, "a", as: Color.self) }
        var short = try CBORFieldReader([0xA1, 0x01, 0x41, 0x05])
        #expect(throws: WireFault.badValue(field: "a")) { try short.bytes(1, "a", count: 2) }
    }

    @Test func bytesBehindTheMapAreAFault() throws {
        var fields = try CBORFieldReader([0xA0, 0x00])
        #expect(throws: WireFault.trailingBytes(1)) { try fields.end() }
    }

    @Test func unknownFieldsMustBeWellFormedToo() throws {
        var fields = try CBORFieldReader([0xA1, 0x01, 0x18, 0x01])
        #expect(throws: WireFault.notCanonical(field: "skipped")) { try fields.end() }
    }
}
