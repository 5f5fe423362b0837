// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimRandom
import Testing

@Suite struct WedgeReaderTests {
    static let start = MonotonicTime(nanoseconds: 0)

    /// rusty-octopus/rfid_media_player: a 16C0:27DB reader types 0013110988 and Enter.
    @Test func aBurstIsOneRead() {
        #expect(actions(codes: [11, 11, 2, 4, 2, 2, 11, 10, 9, 9, 28]) == [deliver("0013110988")])
    }

    @Test(arguments: [28, 96, 15] as [UInt16])
    func eachTerminatorEndsARead(terminator: UInt16) {
        #expect(actions(codes: [2, 3, 4, 5, 6, 7, terminator]) == [deliver("123456")])
    }

    @Test func bothDigitRowsAreTheSameDigits() {
        #expect(actions(codes: [11, 2, 3, 4, 5, 6, 7, 8, 9, 10, 28]) == [deliver("0123456789")])
        #expect(actions(codes: [82, 79, 80, 81, 75, 76, 77, 71, 72, 73, 96]) == [deliver("0123456789")])
    }

    @Test func aPauseDropsHalfARead() {
        var reader = WedgeReader()
        #expect(reader.handle(.input(press(2)), at: Self.start) == [])
        #expect(reader.deadline == Self.start + .milliseconds(150))
        #expect(reader.tick(at: Self.start + .milliseconds(149)) == [])
        #expect(reader.tick(at: Self.start + .milliseconds(150)) == [.drop(.pausedMidRead)])
        #expect(reader.deadline == nil)
    }

    @Test func whatIsTypedAsSlowlyAsByAPersonIsNoRead() {
        let keys: [UInt16] = [2, 3, 4, 5, 6, 7, 28]
        #expect(actions(codes: keys, every: 50) == [deliver("123456")])
        #expect(actions(codes: keys, every: 51) == [.drop(.typedByHand)])
        #expect(actions(codes: keys, every: 149) == [.drop(.typedByHand)])
        #expect(actions(codes: keys, every: 150) == Array(repeating: .drop(.pausedMidRead), count: 6))
        var options = ReaderOptions()
        options.acceptsTyping = true
        #expect(actions(codes: keys, every: 149, options) == [deliver("123456")])
        #expect(actions(codes: keys, every: 150, options) == Array(repeating: .drop(.pausedMidRead), count: 6))
    }

    @Test func lengthsAreKeptToTheLimits() {
        #expect(actions(codes: [2, 3, 4, 5, 6, 28]) == [.drop(.tooShort)])
        #expect(actions(codes: Array(repeating: 2, count: 64) + [28]) == [deliver(String(repeating: "1", count: 64))])
        #expect(
            actions(codes: Array(repeating: 2, count: 65) + [28, 2, 3, 4, 5, 6, 7, 28]) == [
                .drop(.tooLong), deliver("123456"),
            ])
        #expect(actions(codes: [28, 28, 15]) == [])
    }

    @Test(arguments: [30, 12, 14, 1, 57, 29] as [UInt16])
    func anotherKeySpoilsTheWholeRead(code: UInt16) {
        #expect(actions(codes: [2, 3, code, 4, 5, 6, 7, 28]) == [.drop(.notADigit)])
    }

    /// `%` is Shift and 5: a magnetic stripe, not a digit.
    @Test func aShiftedDigitIsNoDigit() {
        var reader = WedgeReader()
        let keys = [down(42)] + press(6) + [up(42)] + press(2) + press(28)
        #expect(reader.handle(.input(keys), at: Self.start) == [.drop(.notADigit)])
        #expect(reader.handle(.input([2, 3, 4, 5, 6, 7, 28].flatMap(press)), at: Self.start) == [deliver("123456")])
    }

    @Test func numLockAndReleasesAndScanCodesAreIgnored() {
        #expect(actions(codes: [69, 2, 69, 3, 58, 4, 5, 6, 7, 28]) == [deliver("123456")])
        var reader = WedgeReader()
        let scan = InputEvent(type: InputEvent.miscellaneous, code: 4, value: 0x7001E)
        #expect(reader.handle(.input([scan, up(2), up(30)]), at: Self.start) == [])
        #expect(reader.deadline == nil)
    }

    @Test func aHangingKeyIsHarmless() {
        var reader = WedgeReader()
        let flood = Array(repeating: InputEvent(type: InputEvent.key, code: 5, value: 2), count: 10_000)
        #expect(reader.handle(.input(press(5) + flood), at: Self.start) == [])
        #expect(reader.deadline == Self.start + .milliseconds(150))
        #expect(reader.handle(.input(flood), at: Self.start + .milliseconds(150)) == [.drop(.pausedMidRead)])
        #expect(reader.handle(.input(flood), at: Self.start + .seconds(9)) == [] && reader.deadline == nil)
    }

    @Test func anOverflowThrowsTheReadAwayToItsEnd() {
        for cut in 0...6 {
            var reader = WedgeReader()
            let digits = [2, 3, 4, 5, 6, 7].map { UInt16($0) }
            let keys =
                digits[..<cut].flatMap(press) + [Self.dropped, down(9), Self.report] + digits[cut...].flatMap(press)
                + press(28) + digits.flatMap(press) + press(28)
            #expect(
                reader.handle(.input(keys), at: Self.start) == [.drop(.eventsLost), deliver("123456")], "at \(cut)")
        }
    }

    @Test func anOverflowEndsAtAPauseToo() {
        var reader = WedgeReader()
        _ = reader.handle(.input(press(2) + [Self.dropped, Self.report]), at: Self.start)
        #expect(reader.deadline == Self.start + .milliseconds(150))
        let next = reader.handle(.input([2, 3, 4, 5, 6, 7, 28].flatMap(press)), at: Self.start + .milliseconds(150))
        #expect(next == [deliver("123456")])
    }

    @Test func anyEventsLeaveTheReaderUsable() {
        var seed = SplitMix(seed: 7)
        for _ in 0..<300 {
            var reader = WedgeReader()
            var now = Self.start
            for _ in 0..<60 {
                let event = InputEvent(
                    type: [0, 1, 1, 1, 4][Int(seed.next() % 5)], code: UInt16(seed.next() % 100),
                    value: Int32(seed.next() % 3))
                now = now + .milliseconds(Int(seed.next() % 60))
                _ = reader.handle(.input([event]), at: now)
            }
            _ = reader.handle(.input([Self.report, up(42), up(54), up(56)]), at: now)
            now = now + .seconds(1)
            _ = reader.tick(at: now)
            #expect(reader.handle(.input([2, 3, 4, 5, 6, 7, 28].flatMap(press)), at: now) == [deliver("123456")])
        }
    }

    static let dropped = InputEvent(type: 0, code: 3, value: 0)
    static let report = InputEvent(type: 0, code: 0, value: 0)

    private func deliver(_ digits: String) -> WedgeReader.Action {
        .deliver(RawRead(technology: .wedge, text: Array(digits.utf8))!)
    }

    private func actions(
        codes: [UInt16], every milliseconds: Int = 10, _ options: ReaderOptions = ReaderOptions()
    ) -> [WedgeReader.Action] {
        var reader = WedgeReader(options: options)
        var now = Self.start
        return codes.flatMap { code in
            defer { now = now + .milliseconds(milliseconds) }
            return reader.handle(.input(press(code)), at: now)
        }
    }
}

func down(_ code: UInt16) -> InputEvent { InputEvent(type: 1, code: code, value: 1) }
func up(_ code: UInt16) -> InputEvent { InputEvent(type: 1, code: code, value: 0) }
func press(_ code: UInt16) -> [InputEvent] {
    [down(code), WedgeReaderTests.report, up(code), WedgeReaderTests.report]
}
