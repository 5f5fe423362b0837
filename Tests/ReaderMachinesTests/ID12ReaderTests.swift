// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

@Suite struct ID12ReaderTests {
    static let start = MonotonicTime(nanoseconds: 1_000_000_000)
    static let text = Array("010063E9AE25".utf8)
    /// forum.arduino.cc 251993.
    static let rdm6300: [UInt8] = [0x02] + text + [0x03]
    static let id12: [UInt8] = [0x02] + text + [0x0D, 0x0A, 0x03]
    static let badge = RawRead(technology: .em4100, bits: BitString(value: 0x01_0063_E9AE, count: 40)!)

    @Test(arguments: [rdm6300, id12])
    func eitherFormIsOneReadHoweverItIsCut(frame: [UInt8]) {
        for cut in 0...frame.count {
            var reader = ID12Reader()
            let first = reader.handle(.bytes(Array(frame[..<cut])), at: Self.start)
            let second = reader.handle(.bytes(Array(frame[cut...])), at: Self.start + .milliseconds(99))
            #expect(first + second == [.deliver(Self.badge)], "cut at \(cut)")
            #expect(reader.deadline == nil)
        }
    }

    /// ID-Innovations data sheet X1 · Seeed 113020002 · forum.hobbycomponents.com · forum.arduino.cc 1221511 (four).
    @Test(
        arguments: [
            ("0C000621A58E", 0x0C_0006_21A5), ("62E3086CED08", 0x62_E308_6CED), ("100086F44426", 0x10_0086_F444),
            ("01001293D858", 0x01_0012_93D8), ("01001293CD4D", 0x01_0012_93CD), ("0100CDA4EC84", 0x01_00CD_A4EC),
            ("0100CDA53F56", 0x01_00CD_A53F),
        ] as [(String, UInt128)])
    func publishedBadgesAreRead(text: String, number: UInt128) {
        let read = RawRead(technology: .em4100, bits: BitString(value: number, count: 40)!)
        #expect(actions([0x02] + Array(text.utf8) + [0x03]) == [.deliver(read)])
        #expect(actions([0x02] + Array(text.lowercased().utf8) + [0x0D, 0x0A, 0x03]) == [.deliver(read)])
    }

    @Test func aHeldBadgeIsReadAgainAndAgain() {
        #expect(actions(Self.rdm6300 + Self.rdm6300 + Self.id12) == Array(repeating: .deliver(Self.badge), count: 3))
    }

    @Test func aPauseDropsHalfARead() {
        for length in 1..<Self.rdm6300.count {
            var reader = ID12Reader()
            #expect(reader.handle(.bytes(Array(Self.rdm6300.prefix(length))), at: Self.start) == [])
            #expect(reader.deadline == Self.start + .milliseconds(100))
            #expect(reader.tick(at: Self.start + .milliseconds(99)) == [])
            #expect(reader.tick(at: Self.start + .milliseconds(100)) == [.drop(.pausedMidRead)])
            #expect(reader.deadline == nil)
        }
    }

    @Test func bytesAfterAMissedDeadlineAreNotTheSameRead() {
        var reader = ID12Reader()
        _ = reader.handle(.bytes(Array(Self.rdm6300.prefix(5))), at: Self.start)
        let late = reader.handle(.bytes(Self.rdm6300), at: Self.start + .milliseconds(100))
        #expect(late == [.drop(.pausedMidRead), .deliver(Self.badge)])
    }

    @Test(
        arguments: [
            ([0x02] + text.dropLast() + [0x03], [.drop(.cutShort)]),
            ([0x02, 0x03], [.drop(.cutShort)]),
            ([0x02] + text + [0x30, 0x03], [.drop(.tooLong)]),
            ([0x02] + text.dropLast() + [0x0D, 0x0A, 0x03], [.drop(.cutShort)]),
            ([0x02] + text.dropLast() + [0x47, 0x03], [.drop(.notHex)]),
            ([0x02] + text.dropLast() + [0x34, 0x03], [.drop(.badChecksum)]),
            ([0x02, 0x30] + rdm6300, [.drop(.cutShort), .deliver(badge)]),
            ([0xFF, 0x00, 0x41] + rdm6300, [.drop(.noise), .deliver(badge)]),
            ([0x02, 0x47, 0x31] + rdm6300, [.drop(.notHex), .deliver(badge)]),
            (rdm6300 + [0x0D, 0x0A], [.deliver(badge)]),
            ([0x03], [.drop(.noise)]),
        ] as [([UInt8], [ID12Reader.Action])])
    func aBrokenFrameIsDroppedWithItsReason(bytes: [UInt8], expected: [ID12Reader.Action]) {
        #expect(actions(bytes) == expected)
    }

    @Test func noiseOfAnyLengthIsOneDrop() {
        #expect(actions(Array(repeating: 0x55, count: 100_000)) == [.drop(.noise)])
    }

    @Test func everySingleBitErrorIsDropped() {
        for index in 1...12 {
            for bit in 0..<8 {
                var frame = Self.rdm6300
                frame[index] ^= 1 << UInt8(bit)
                let delivered = actions(frame).contains {
                    if case .deliver(let read) = $0 { read != Self.badge } else { false }
                }
                #expect(!delivered, "byte \(index) bit \(bit)")
            }
        }
    }

    private func actions(_ bytes: [UInt8]) -> [ID12Reader.Action] {
        var reader = ID12Reader()
        return reader.handle(.bytes(bytes), at: Self.start)
    }
}
