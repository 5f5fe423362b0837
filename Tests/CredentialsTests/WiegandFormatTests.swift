// SPDX-License-Identifier: Apache-2.0

import Credentials
import Testing

@Suite struct WiegandFormatTests {
    /// Published reads and what they mean.
    ///
    /// 1 jessety/wiegand-encoder README · 2 proxmark3 tools/pm3_tests.sh (0x2F623AE) · 3 and 4 proxmark3
    /// traces/lf_ATA5577.txt and Proxmark/proxmark3 issue 327 (0x2EC0C86, 0x2EC1258) · 5–11 Z9 community protobuf C#,
    /// TestBinaryFormatter.
    static let vectors: [(bits: String, facilityCode: UInt64, cardNumber: UInt64)] = [
        ("00101101000000001010001000", 90, 324),
        ("10111101100010001110101110", 123, 4567),
        ("10111011000000110010000110", 118, 1603),
        ("10111011000001001001011000", 118, 2348),
        ("00100010010100010010011111", 68, 41551),
        ("10100010010111000010111101", 68, 47198),
        ("10000000100000010001011001", 1, 556),
        ("01100100010001011001011001", 200, 35628),
        ("00000000100010100101000011", 1, 5281),
        ("10111000100011011100111000", 113, 7068),
        ("01110100101110110011110001", 233, 30328),
        ("10000101100000010011111010", 11, 637),
    ]

    @Test(arguments: vectors)
    func decodesThePublishedVectors(bits: String, facilityCode: UInt64, cardNumber: UInt64) throws {
        let candidate = try #require(WiegandFormat.h10301.candidate(for: read(bits)))
        #expect(candidate.facilityCode == facilityCode && candidate.cardNumber == cardNumber)
        #expect(candidate.parity == .good && !candidate.swappedLines)
    }

    @Test(arguments: 0..<26)
    func aSingleWrongBitIsACandidateWithBadParity(index: Int) throws {
        let wrong = try #require(BitString(value: read(Self.vectors[1].bits).value ^ 1 << UInt128(index), count: 26))
        let candidate = try #require(WiegandFormat.h10301.candidate(for: wrong))
        #expect(candidate.parity == .bad && !candidate.swappedLines)
    }

    /// Real dongles with their data lines swapped: forum.arduino.cc 1221511.
    @Test(
        arguments: [
            ("11110110101101100001001110", 18, 37848), ("11110110101101100001100101", 18, 37837),
            ("00011001001011011000100110", 205, 42220), ("00011001001011010110000000", 205, 42303),
        ] as [(String, UInt64, UInt64)])
    func swappedLinesAreNamed(bits: String, facilityCode: UInt64, cardNumber: UInt64) throws {
        let candidate = try #require(WiegandFormat.h10301.candidate(for: read(bits)))
        #expect(candidate.swappedLines && candidate.parity == .good)
        #expect(candidate.facilityCode == facilityCode && candidate.cardNumber == cardNumber)
    }

    @Test(arguments: [1, 25, 27, 128])
    func otherLengthsAreNotThisFormat(count: Int) throws {
        #expect(WiegandFormat.h10301.candidate(for: try #require(BitString(value: 0, count: count))) == nil)
    }

    @Test(arguments: [1, 25, 41, 57, 64, 65, 128])
    func aLengthOfNoFormatHasNoCandidate(count: Int) throws {
        #expect(try #require(BitString(value: 0, count: count)).candidates.isEmpty)
    }

    /// A format with scattered fields, a constant and no facility code fits the same row.
    @Test func aRowTakesAnyPositions() throws {
        let format = WiegandFormat("made up", 6, [.cardNumber("4,1,3")], [.constant("0", 1), .even(1, "2")])
        let good = try #require(format.candidate(for: read("111010")))
        #expect(good.facilityCode == nil && good.cardNumber == 0b110 && good.parity == .good)
        #expect(format.candidate(for: read("101010"))?.parity == .bad)
        #expect(format.candidate(for: read("011010")) == nil, "without its mark a read is of another format")
        let bare = WiegandFormat("bare", 2, [.facilityCode("0"), .cardNumber("1")])
        #expect(bare.candidate(for: read("10"))?.parity == Candidate.Parity.none)
    }

    @Test func printingHidesTheNumbers() throws {
        let candidate = try #require(WiegandFormat.h10301.candidate(for: read(Self.vectors[0].bits)))
        #expect("\(candidate)" == "badge (H10301, parity good)")
        var dumped = ""
        dump(candidate, to: &dumped)
        #expect(!dumped.contains("324"))
    }
}

func read(_ text: String) -> BitString {
    BitString(value: UInt128(text, radix: 2)!, count: text.count)!
}
