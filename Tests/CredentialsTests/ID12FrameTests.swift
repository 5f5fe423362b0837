// SPDX-License-Identifier: Apache-2.0

import Credentials
import Testing

@Suite struct ID12FrameTests {
    /// forum.arduino.cc 251993 · ID-Innovations ID-12LA data sheet X1 (2013) · Seeed 113020002 data sheet ·
    /// forum.hobbycomponents.com (RDM6300) · forum.arduino.cc 1221511, four badges.
    static let vectors: [(text: String, bits: UInt128)] = [
        ("010063E9AE25", 0x01_0063_E9AE), ("0C000621A58E", 0x0C_0006_21A5), ("62E3086CED08", 0x62_E308_6CED),
        ("100086F44426", 0x10_0086_F444), ("01001293D858", 0x01_0012_93D8), ("01001293CD4D", 0x01_0012_93CD),
        ("0100CDA4EC84", 0x01_00CD_A4EC), ("0100CDA53F56", 0x01_00CD_A53F),
    ]

    @Test(arguments: vectors)
    func decodesThePublishedFrames(text: String, bits: UInt128) throws {
        let read = try ID12Frame.decode(Array(text.utf8))
        #expect(read == RawRead(technology: .em4100, bits: try #require(BitString(value: bits, count: 40))))
    }

    @Test func lowerCaseIsTheSameBadge() throws {
        #expect(try ID12Frame.decode(Array("010063e9ae25".utf8)) == ID12Frame.decode(Array("010063E9AE25".utf8)))
    }

    @Test(arguments: 0..<48)
    func everySingleWrongBitIsCaught(bit: Int) throws {
        let wrong = 0x01_0063_E9AE_25 ^ UInt64(1) << UInt64(bit)
        let text = String(String(wrong + 1 << 48, radix: 16).suffix(12))
        #expect(throws: ID12Frame.Fault.checksum) { try ID12Frame.decode(Array(text.utf8)) }
    }

    @Test(arguments: [0, 1, 11, 13])
    func otherLengthsAreRefused(count: Int) {
        #expect(throws: ID12Frame.Fault.length) { try ID12Frame.decode(Array(repeating: 0x30, count: count)) }
    }

    @Test(arguments: 0..<12)
    func aCharacterThatIsNoDigitIsRefused(index: Int) {
        for wrong: UInt8 in [0, 0x2F, 0x3A, 0x40, 0x47, 0x60, 0x67, 0xFF] {
            var text = Array("010063E9AE25".utf8)
            text[index] = wrong
            #expect(throws: ID12Frame.Fault.notHex) { try ID12Frame.decode(text) }
        }
    }
}
