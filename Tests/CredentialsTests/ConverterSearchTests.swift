// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import SimRandom
import Testing

@Suite struct ConverterSearchTests {
    private func bits(_ read: String, _ expected: String) -> ConverterSearch.Pair {
        ConverterSearch.Pair(read: .bits(CredentialsTests.read(read)), expected: Array(expected.utf8))
    }

    private func text(_ read: String, _ expected: String) -> ConverterSearch.Pair {
        ConverterSearch.Pair(read: .text(Array(read.utf8)), expected: Array(expected.utf8))
    }

    private func chain(_ pairs: [ConverterSearch.Pair]) -> String? {
        if case .chain(let chain) = ConverterSearch.search(pairs) { chain.description } else { nil }
    }

    @Test(
        arguments: [
            ([("0012", "0012"), ("0400", "0400"), ("0777", "0777")], ""),
            (
                [("010063E9AE", "0006547886"), ("0C000621A5", "0000401829"), ("100086F444", "0008844356")],
                "bits(8..39)|hex2dec|pad(10)"
            ),
            ([("63E9AE", "6547886"), ("0621A5", "401829"), ("86F444", "8844356")], "hex2dec"),
            (
                [("1EA68671", "1904649758"), ("E43AC9D2", "3536403172"), ("00000001", "16777216")],
                "reverse-bytes|hex2dec"
            ),
            (
                [("4CDDA15F", "5FA1DD4C"), ("8FB27F2C", "2C7FB28F"), ("1EA68671", "7186A61E")],
                "reverse-bytes"
            ),
            ([("0006547886", "6547886"), ("0000401829", "401829"), ("0013477100", "13477100")], "regex(^0*(.+)$)"),
            ([(";0123456=1?", "0123456"), (";12=1?", "12"), (";998877=5?", "998877")], #"regex(;(\d+)=)"#),
            ([("6547886", "63E9AE"), ("401829", "621A5"), ("8844356", "86F444")], "dec2hex"),
            ([("313233", "123"), ("343536", "456"), ("373838", "788")], "ascii-unpack"),
            (
                [("AB12345678CD", "12345678"), ("AB87654321EF", "87654321"), ("XX00112233YY", "00112233")],
                "substring(2,8)"
            ),
            ([("12", "0012"), ("345", "0345"), ("6", "0006")], "pad(4)"),
        ] as [([(String, String)], String)])
    func theSimplestChainIsFound(pairs: [(String, String)], expected: String) throws {
        #expect(chain(pairs.map { text($0.0, $0.1) }) == expected)
    }

    /// Z9 community protobuf C#, TestBinaryFormatter.
    @Test func aFieldOfAReadIsFound() {
        let reads = [
            ("00100010010100010010011111", "4497999", "41551"), ("10100010010111000010111101", "4503646", "47198"),
            ("10000000100000010001011001", "66092", "556"), ("01100100010001011001011001", "13142828", "35628"),
        ]
        #expect(chain(reads.map { bits($0.0, $0.1) }) == "bits(1..24)|hex2dec")
        #expect(chain(reads.map { bits($0.0, $0.2) }) == "bits(9..24)|hex2dec")
    }

    @Test func fewerThanThreePairsProveNothing() {
        #expect(ConverterSearch.search([]) == .needMorePairs(have: 0))
        #expect(
            ConverterSearch.search([text("63E9AE", "6547886"), text("0621A5", "401829")]) == .needMorePairs(have: 2))
    }

    @Test func theOddPairIsNamed() throws {
        let pairs = [
            text("63E9AE", "6547886"), text("0621A5", "401828"), text("86F444", "8844356"), text("0000FF", "255"),
        ]
        #expect(ConverterSearch.search(pairs) == .disagreement(try Converter("hex2dec"), except: [1]))
        // Also when it is the first.
        let turned = [pairs[1], pairs[0], pairs[2], pairs[3]]
        #expect(ConverterSearch.search(turned) == .disagreement(try Converter("hex2dec"), except: [0]))
    }

    @Test func aReadWithTwoNumbersIsNamed() {
        let pairs = [text("63E9AE", "1"), text("0621A5", "401829"), text("63E9AE", "2")]
        #expect(ConverterSearch.search(pairs) == .contradiction(0, 2))
    }

    @Test func nothingIsInvented() {
        let pairs = [text("63E9AE", "900001"), text("0621A5", "77"), text("86F444", "3141592653")]
        #expect(ConverterSearch.search(pairs) == .nothing)
    }

    @Test func manyPairsAreQuick() throws {
        var seed = SplitMix(seed: 29)
        let pairs = (0..<ConverterSearch.pairLimit).map { _ in
            let value = seed.next() >> 38
            let bits = BitString(value: UInt128(value), count: 26)!
            return ConverterSearch.Pair(read: .bits(bits), expected: Array("x\(value)".utf8))
        }
        #expect(ConverterSearch.search(pairs) == .nothing)
    }
}
