// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

@Suite struct KeypadReadersTests {
    static let start = MonotonicTime(nanoseconds: 0)

    @Test func aSerialKeypadSendsAByteAKey() {
        var keypad = SerialKeypad()
        #expect(
            keypad.handle(.bytes(Array("19*0\u{08}A#D\r\n".utf8)), at: Self.start) == [
                .key(.digit(0x31)), .key(.digit(0x39)), .key(.clear), .key(.digit(0x30)), .key(.correct),
                .key(.function(1)), .key(.enter), .key(.function(4)), .key(.enter),
            ])
    }

    @Test func noiseOnASerialKeypadIsOneDrop() {
        var keypad = SerialKeypad()
        let noise = Array(repeating: 0xF0 as UInt8, count: 10_000)
        #expect(keypad.handle(.bytes(noise + [0x31]), at: Self.start) == [.drop(.noise), .key(.digit(0x31))])
        #expect(keypad.handle(.bytes([0xF0]), at: Self.start + .milliseconds(99)) == [])
        #expect(keypad.handle(.bytes([0xF0]), at: Self.start + .milliseconds(199)) == [.drop(.noise)])
        for byte in UInt8.min...UInt8.max { _ = keypad.handle(.bytes([byte]), at: Self.start) }
    }

    @Test func functionKeysOfAKeyboardAreKeys() {
        var keypad = Keypad()
        let keys = [59, 68, 87, 88, 0x20C, 0x20F].flatMap { press($0) }
        #expect(
            keypad.handle(.input(keys), at: Self.start)
                == [.function(1), .function(10), .function(11), .function(12), .function(1), .function(4)])
        var reader = KeypadReader()
        #expect(reader.handle(.input(press(59)), at: Self.start) == [.key(.function(1))])
    }

    /// Rosslare AY manuals and HID PINpad: 4 bits, and 8 bits with the complement in the high half.
    @Test(
        arguments: [
            (0, 0b11110000, .digit(0x30)), (1, 0b11100001, .digit(0x31)), (2, 0b11010010, .digit(0x32)),
            (3, 0b11000011, .digit(0x33)), (4, 0b10110100, .digit(0x34)), (5, 0b10100101, .digit(0x35)),
            (6, 0b10010110, .digit(0x36)), (7, 0b10000111, .digit(0x37)), (8, 0b01111000, .digit(0x38)),
            (9, 0b01101001, .digit(0x39)), (10, 0b01011010, .clear), (11, 0b01001011, .enter),
        ] as [(UInt8, UInt8, Keypad.Action)])
    func aWiegandKeyIsToldByItsLength(code: UInt8, byte: UInt8, key: Keypad.Action) {
        let (four, eight) = (BitString(value: UInt128(code), count: 4)!, BitString(value: UInt128(byte), count: 8)!)
        let swapped = BitString(value: UInt128(byte << 4 | byte >> 4), count: 8)!
        for bits in [four, eight] {
            var keys = WiegandKeys(coding: .plain)
            #expect(keys.take(bits, at: Self.start) == [key])
        }
        var other = WiegandKeys(coding: .swapped)
        #expect(other.take(swapped, at: Self.start) == [key])
        var none = WiegandKeys(coding: .none)
        #expect(none.take(four, at: Self.start) == nil)
        #expect(other.take(BitString(value: UInt128(byte), count: 26)!, at: Self.start) == nil)
    }

    @Test func aKeyThatDoesNotCheckIsNone() {
        for byte in UInt8.min...UInt8.max where byte >> 4 != ~byte & 0xF {
            var keys = WiegandKeys(coding: .plain)
            #expect(keys.take(BitString(value: UInt128(byte), count: 8)!, at: Self.start) == [])
        }
    }

    @Test func aLongGapTakesBackWhatWasTyped() {
        var keys = WiegandKeys(coding: .plain)
        let (one, enter) = (BitString(value: 1, count: 4)!, BitString(value: 11, count: 4)!)
        #expect(keys.take(one, at: Self.start) == [.digit(0x31)])
        #expect(keys.take(one, at: Self.start + .seconds(5)) == [.digit(0x31)])
        #expect(keys.take(one, at: Self.start + .milliseconds(10_001)) == [.clear, .digit(0x31)])
        #expect(keys.take(enter, at: Self.start + .milliseconds(15_002)) == [.clear])
        #expect(keys.take(one, at: Self.start + .seconds(60)) == [.digit(0x31)])
        #expect(keys.take(enter, at: Self.start + .seconds(61)) == [.enter])
    }
}
