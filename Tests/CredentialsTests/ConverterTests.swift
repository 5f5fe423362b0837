// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import SimRandom
import Testing

@Suite struct ConverterTests {
    private func text(_ chain: String, _ input: String) throws -> String {
        String(decoding: try Converter(chain).convert(.text(Array(input.utf8))).text, as: UTF8.self)
    }

    @Test(
        arguments: [
            (#"regex(;(\d+)=)"#, ";0123456=99?", "0123456"), ("regex([0-9]+)", "ab12cd", "12"),
            ("regex(^0*(.+)$)", "000120", "120"), ("regex(a(b|cd)e)", "xacde", "cd"),
            ("substring(2,3)", "abcdefg", "cde"), ("substring(-3,2)", "abcdefg", "ef"),
            ("substring(-3)", "abcdefg", "efg"),
            ("substring(0)", "abc", "abc"), ("pad(5)", "12", "00012"), ("pad(2)", "123", "123"),
            ("hex2dec", "63E9AE", "6547886"), ("hex2dec", "00ff", "255"), ("dec2hex", "0006547886", "63E9AE"),
            ("dec2hex|pad(8)", "6547886", "0063E9AE"), ("ascii-unpack", "313233", "123"),
            ("reverse-bytes", "1EA68671", "7186A61E"), ("reverse-bytes", "63E9A", "9A3E06"),
            ("reverse-nibbles", "1EA6", "6AE1"), ("reverse-bits", "80", "01"), ("bits(4..7)|hex2dec", "1EA6", "14"),
            ("strip-parity|hex2dec", "FF", "63"), (" reverse-bytes | hex2dec ", "0100", "1"),
            ("substring(2,8)|hex2dec|pad(10)", "010063E9AE", "0006547886"),
            ("reverse-bits|reverse-bytes", "0180", "8001"),
        ])
    func chainsConvertText(chain: String, input: String, output: String) throws {
        #expect(try text(chain, input) == output)
        #expect(try text(try Converter(chain).description, input) == output, "its own notation means the same")
    }

    /// proxmark3 tools/pm3_tests.sh and Z9 TestBinaryFormatter: the 24-bit number of a 26-bit read.
    @Test func chainsConvertBits() throws {
        let bits = read("00100010010100010010011111")
        func number(_ chain: String) throws -> [UInt8] {
            try Converter(chain).convert(RawRead(technology: .proximity, bits: bits))
        }
        #expect(try number("bits(1..24)|hex2dec") == Array("4497999".utf8))
        #expect(try number("strip-parity|hex2dec") == Array("4497999".utf8))
        #expect(try number("bits(9..24)|hex2dec|pad(6)") == Array("041551".utf8))
        #expect(throws: ConversionFault(step: 1, name: "reverse-bytes")) { try number("reverse-bytes") }
        #expect(throws: ConversionFault(step: 2, name: "bits(0..24)")) { try number("bits(1..24)|bits(0..24)") }
    }

    @Test(
        arguments: [
            ("regex(x)", "abc"), ("bits(0..8)", "FF"), ("bits(0..3)", "xyz"), ("substring(2,3)", "abcd"),
            ("substring(-5,1)", "abcd"), ("hex2dec", "12G"), ("hex2dec", ""), ("dec2hex", "12A"), ("dec2hex", ""),
            ("dec2hex", "999999999999999999999999999999999999999999"), ("ascii-unpack", "3"), ("ascii-unpack", "0A"),
            ("ascii-unpack", ""), ("reverse-bytes", "xy"), ("strip-parity", ""),
            ("hex2dec", String(repeating: "F", count: 33)),
        ])
    func whatDoesNotFitIsAFault(chain: String, input: String) {
        #expect(throws: ConversionFault.self) { try Converter(chain).convert(.text(Array(input.utf8))) }
    }

    @Test(
        arguments: [
            ("", 1, "a step is missing"), ("hex2dec|", 9, "a step is missing"), ("|hex2dec", 1, "a step is missing"),
            ("hex2dec | what", 11, "no step of this name"), ("bits(1-2)", 6, "bits(A..B)"),
            ("bits(2..1)", 6, "bits(A..B)"),
            ("bits(0..128)", 6, "bits(A..B)"), ("bits", 1, "bits(A..B)"), ("bits(1..2", 1, "bits(A..B)"),
            ("pad(0)", 5, "pad(N)"), ("pad(129)", 5, "pad(N)"), ("substring(a)", 11, "substring("),
            ("substring(1,2,3)", 11, "substring("), ("substring(1,0)", 11, "substring("),
            ("hex2dec()", 1, "takes nothing"),
            ("pad(3)|regex(a()", 16, "missing"), ("regex(*)", 7, "nothing to repeat"), ("regex([b-a])", 11, "range"),
            (#"regex(\q)"#, 8, "\\d"), ("regex(a{3,2})", 13, "count"), ("regex(a{129})", 13, "count"),
            ("regex(a**)", 9, "quantifier"), ("regex((?=a))", 9, "(?:"), ("regex(é)", 7, "ASCII"),
            ("regex([a)", 9, "]"),
        ])
    func aFaultNamesPlaceAndRemedy(chain: String, place: Int, what: String) throws {
        let fault = #expect(throws: ConverterFault.self) { try Converter(chain) }
        #expect(fault?.place == place && fault?.what.contains(what) == true, "\(chain): \(fault.map { "\($0)" } ?? "")")
    }

    @Test func theLimitsHold() throws {
        let longest = Array(repeating: "hex2dec", count: Converter.stepLimit).joined(separator: "|")
        #expect(try Converter(longest).steps.count == Converter.stepLimit)
        #expect(throws: ConverterFault.self) { try Converter(longest + "|hex2dec") }
        #expect(throws: ConverterFault.self) { try Converter("pad(1)" + String(repeating: " ", count: 512)) }
        #expect(throws: ConverterFault.self) { try Converter("regex(\(String(repeating: "(", count: 20)))") }
        #expect(throws: ConverterFault.self) { try Converter("regex(((a{99}){99}){99})") }
    }

    @Test func mutatedChainsNeverTrap() {
        let start = Array(#"regex(^;?(\d{3,9}|[^=a-f]*?)=)|substring(-2,1)|bits(1..24)|pad(10)"#.utf8)
        var seed = SplitMix(seed: 23)
        var understood = 0
        for _ in 0..<5000 {
            var text = start
            for _ in 0..<seed.below(3) { text[seed.below(text.count)] = UInt8(seed.below(128)) }
            text.removeLast(seed.below(text.count))
            guard let chain = try? Converter(String(decoding: text, as: UTF8.self)) else { continue }
            understood += 1
            _ = try? chain.convert(.text(Array(";0123456=99?".utf8)))
            _ = try? chain.convert(.bits(read("00100010010100010010011111")))
        }
        #expect(understood > 50)
    }
}

@Suite struct TextPatternTests {
    private func group(_ pattern: String, _ text: String) throws -> String? {
        try TextPattern(pattern).firstGroup(in: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        arguments: [
            ("abc", "xabcx", "abc"), ("a.c", "abc", "abc"), ("^b", "ab", nil), ("b$", "ab", "b"), ("^$", "", ""),
            ("a*", "baaa", ""), ("a+", "baaa", "aaa"), ("a+?", "baaa", "a"), ("(a?)b", "b", ""),
            ("x(a*)y", "xaay", "aa"),
            ("a{2}", "aaa", "aa"), ("a{2,}", "aaaa", "aaaa"), ("a{1,2}", "aaaa", "aa"), ("a{1,3}?", "aaaa", "a"),
            ("[0-9a-f]+", "xyz09afG", "09af"), ("[^;]+", ";ab;", "ab"), ("[]x]+", "a]x", "]x"), ("[a-]+", "b-a", "-a"),
            (#"\d+\.\d+"#, "v12.5x", "12.5"), (#"\x41\w+"#, "xABC_1!", "ABC_1"), (#"[\d;]+"#, "a1;2b", "1;2"),
            ("(?:ab)+(c)", "ababc", "c"), ("(a)(b)", "ab", "a"), ("a|bc|d", "xbcd", "bc"),
            ("(a|ab)(c|bcd)", "abcd", "a"),
            ("((a)|b)+", "ab", "b"), ("(x)?y", "y", ""), ("(0*)(\\d)", "0005", "000"), (#"a\|b"#, "a|b", "a|b"),
        ])
    func patternsMatch(pattern: String, text: String, expected: String?) throws {
        #expect(try group(pattern, text) == expected, "\(pattern)")
    }

    /// Patterns that take other engines for ever: at most pattern length times text length here.
    @Test func noPatternExplodes() throws {
        let text = String(repeating: "a", count: 127) + "b"
        #expect(try group("(a*)*c", text) == nil)
        #expect(try group("(a|a|aa)+$", text) == nil)
        #expect(try group(String(repeating: "a?", count: 60) + String(repeating: "a", count: 60), text) != nil)
    }
}
