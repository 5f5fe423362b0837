// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines
import Testing

@Suite struct KeypadTests {
    @Test(
        arguments: [
            ([79, 80, 81, 96], [.digit(0x31), .digit(0x32), .digit(0x33), .enter]),
            ([2, 11, 28], [.digit(0x31), .digit(0x30), .enter]),
            ([69, 82, 69, 82], [.digit(0x30), .digit(0x30)]),
            ([0x200, 0x209, 0x20A, 0x20B], [.digit(0x30), .digit(0x39), .clear, .enter]),
            ([14, 1, 83, 55, 111], [.correct, .clear, .clear, .clear, .clear]),
            ([30, 15, 42, 74, 78, 98], []),
        ] as [([UInt16], [Keypad.Action])])
    func keysMeanTheirPlace(codes: [UInt16], expected: [Keypad.Action]) {
        var keypad = Keypad()
        #expect(keypad.handle(.input(codes.flatMap(press)), at: MonotonicTime(nanoseconds: 0)) == expected)
        #expect(keypad.deadline == nil)
    }

    @Test func aHangingKeyIsOneDigit() {
        var keypad = Keypad()
        let flood = Array(repeating: InputEvent(type: 1, code: 79, value: 2), count: 1000)
        #expect(keypad.handle(.input([down(79)] + flood), at: MonotonicTime(nanoseconds: 0)) == [.digit(0x31)])
    }

    @Test func lostKeysClearWhatWasTyped() {
        var keypad = Keypad()
        let dropped = WedgeReaderTests.dropped
        let keys = press(79) + [dropped, down(80), dropped, down(81), WedgeReaderTests.report] + press(82)
        #expect(
            keypad.handle(.input(keys), at: MonotonicTime(nanoseconds: 0)) == [.digit(0x31), .clear, .digit(0x30)])
    }
}
