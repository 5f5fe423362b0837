// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

/// Frames computed by the maker's rule, for no published one is known.
@Suite struct IdteckReaderTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let long = frame("010063E9AE")
    static let short = frame("0063E9AE")

    @Test(arguments: [long, short])
    func aFrameIsOneReadHoweverItIsCut(frame: [UInt8]) {
        for cut in 0...frame.count {
            var reader = IdteckReader()
            let first = reader.handle(.bytes(Array(frame[..<cut])), at: Self.start)
            let second = reader.handle(.bytes(Array(frame[cut...])), at: Self.start + .milliseconds(99))
            let bits = frame == Self.long ? BitString(value: 0x01_0063_E9AE, count: 40)! : Self.bits
            let read = RawRead(technology: .proximity, bits: bits)
            #expect(first + second == [.deliver(read)], "cut at \(cut)")
            #expect(reader.deadline == nil)
        }
    }

    @Test func everySingleBitErrorIsNoRead() {
        for index in Self.long.indices {
            for bit in 0..<8 {
                var frame = Self.long
                frame[index] ^= 1 << UInt8(bit)
                var reader = IdteckReader()
                var actions = reader.handle(.bytes(frame), at: Self.start)
                actions += reader.tick(at: Self.start + .seconds(1))
                #expect(!actions.isEmpty, "byte \(index) bit \(bit)")
                for action in actions {
                    guard case .drop = action else {
                        Issue.record("byte \(index) bit \(bit) is a read")
                        continue
                    }
                }
            }
        }
    }

    @Test func aPauseDropsHalfAFrame() {
        for length in 1..<Self.long.count {
            var reader = IdteckReader()
            #expect(reader.handle(.bytes(Array(Self.long.prefix(length))), at: Self.start) == [])
            #expect(reader.tick(at: Self.start + .milliseconds(100)) == [.drop(.pausedMidRead)])
            #expect(reader.deadline == nil)
        }
    }

    @Test func theCheckMayBeAnyByte() {
        // The digits cancel out to 3: the check is 2, which is an STX as well.
        let frame = Self.frame("00000003")
        #expect(frame.last == 0x02)
        var reader = IdteckReader()
        #expect(reader.handle(.bytes(frame + Self.short), at: Self.start).count == 2)
    }

    @Test(
        arguments: [
            (frame("0063E9A"), [.drop(.wrongLength)]), (frame("0063E9AE1"), [.drop(.wrongLength)]),
            (frame("010063E9AE1"), [.drop(.tooLong)]), (frame("0063G9AE"), [.drop(.notHex)]),
            ([0x41] + short, [.drop(.noise), .deliver(RawRead(technology: .proximity, bits: bits))]),
            ([0x02, 0x30] + short, [.drop(.cutShort), .deliver(RawRead(technology: .proximity, bits: bits))]),
        ] as [([UInt8], [ReaderDriver.Action])])
    func aBrokenFrameIsDroppedWithItsReason(bytes: [UInt8], expected: [ReaderDriver.Action]) {
        var reader = IdteckReader()
        #expect(reader.handle(.bytes(bytes), at: Self.start) == expected)
    }

    @Test func aFixedLengthRefusesTheOther() {
        var options = ReaderOptions()
        options.fixedLength = 10
        var reader = IdteckReader(options: options)
        #expect(reader.handle(.bytes(Self.short), at: Self.start) == [.drop(.wrongLength)])
    }

    static let bits = BitString(value: 0x63_E9AE, count: 32)!

    static func frame(_ text: String) -> [UInt8] {
        let body = [0x02] + Array(text.utf8) + [0x03]
        return body + [body.reduce(0, ^)]
    }
}
