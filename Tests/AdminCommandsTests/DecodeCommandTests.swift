// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Ops
import Primitives
import ReaderMachines
import Testing

/// The documents that scripts rely on, and one clear line for each wrong input.
@Suite struct DecodeCommandTests {
    struct Document: Decodable {
        struct Read: Decodable {
            let technology: String
            let bits: String?
            let bitCount: Int
        }

        struct Candidate: Decodable, Equatable {
            let format: String
            let facilityCode: UInt64?
            let cardNumber: UInt64
            let issueLevel: Int?
            let oem: Int?
            let parity: String
            let swappedLines: Bool
        }

        struct Forms: Decodable {
            let decimal: String?
            let hex: String?
            let reversedHex: String?
            let printed: String?
            let w26: String?
        }

        struct Frame: Decodable {
            let address: Int
            let sequence: Int
            let name: String
            let reply: Bool
        }

        let read: Read?
        let candidates: [Candidate]
        let forms: Forms
        let text: String?
        let keys: String?
        let osdp: Frame?
        let enrollable: Bool?
        let steps: [String]
    }

    private struct Rejection: Decodable {
        struct Content: Decodable {
            let reason: String
            let detail: String
        }

        let rejected: Content
    }

    private func decode(_ words: String...) throws -> Document {
        let desk = Desk()
        #expect(desk.run(arguments: ["decode"] + words + ["--json"]) == .fine, "\(desk.complaints)")
        #expect(desk.sockets.isEmpty, "it works without a server")
        return try JSONDecoder().decode(Document.self, from: Data(desk.output.utf8))
    }

    /// proxmark3 tools/pm3_tests.sh.
    @Test func aWiegandReadHasItsCandidates() throws {
        let document = try decode("--wiegand", "10111101100010001110101110")
        #expect(document.read?.technology == "proximity" && document.read?.bitCount == 26)
        #expect(document.read?.bits == "10111101100010001110101110")
        let first = try #require(document.candidates.first)
        #expect(first.format == "H10301" && first.facilityCode == 123 && first.cardNumber == 4567)
        #expect(first.parity == "good" && !first.swappedLines)
        #expect(document.forms.hex == "2F623AE" && document.forms.w26 == "123,04567")
        #expect(document.steps.count >= 3)
    }

    /// forum.arduino.cc 1221511: the same badges at a serial dongle and over swapped Wiegand wires.
    @Test(
        arguments: [
            ("01001293D858", "11110110101101100001001110", "0001217496", 18, 37848),
            ("01001293CD4D", "11110110101101100001100101", "0001217485", 18, 37837),
            ("0100CDA4EC84", "00011001001011011000100110", "0013477100", 205, 42220),
            ("0100CDA53F56", "00011001001011010110000000", "0013477183", 205, 42303),
        ] as [(String, String, String, UInt64, UInt64)])
    func swappedLinesAreNamed(frame: String, bits: String, printed: String, code: UInt64, number: UInt64) throws {
        let serial = try decode("--serial", "rdm6300", "02\(Self.hexText(frame))03")
        #expect(serial.forms.printed == printed)
        #expect(serial.candidates.first?.facilityCode == code && serial.candidates.first?.cardNumber == number)
        let wired = try decode("--wiegand", bits)
        #expect(wired.candidates.first?.swappedLines == true && wired.candidates.first?.facilityCode == code)
        #expect(wired.candidates.first?.cardNumber == number && wired.forms.w26 == serial.forms.w26)
        #expect(wired.steps.contains { $0.contains("D0 and D1 are swapped") })
    }

    /// Without wires nothing can be swapped: proxmark3 PR 1559, whose H10302 parity is wrong twice.
    @Test func aRadioReadIsNeverSwapped() throws {
        let document = try decode("--hid-raw", "061EE3085D")
        #expect(document.candidates.allSatisfy { !$0.swappedLines })
        #expect(document.candidates.first?.format == "P10004" && document.candidates.first?.facilityCode == 3133)
        #expect(document.candidates.first?.cardNumber == 202_818)
    }

    /// proxmark3 tools/pm3_tests.sh.
    @Test func theOtherWrappingsAreTaken() throws {
        #expect(try decode("--hid-raw", "0128B12EB1811D7117E22111").candidates.first?.cardNumber == 13_371_337)
        #expect(try decode("--pacs", "06BD88EB80").candidates.first?.cardNumber == 4567)
        #expect(try decode("--hid-raw", "9E000000100007B0000007B").candidates.first?.facilityCode == 123)
    }

    /// forum.arduino.cc 251993 · ID-Innovations data sheet · Seeed 113020002 · forum.hobbycomponents.com.
    @Test(
        arguments: [
            ("id12", "02 30 31 30 30 36 33 45 39 41 45 32 35 03", "0006547886"),
            ("id12", "02304330303036323141353845 0D0A03", "0000401829"),
            ("rdm6300", "02363245333038364345443038 03", "3808980205"),
            ("rdm6300", "02313030303836463434343236 03", "0008844356"),
        ])
    func serialFramesAreTaken(kind: String, frame: String, printed: String) throws {
        let document = try decode("--serial", kind, frame)
        #expect(document.read?.technology == "em4100" && document.forms.printed == printed)
    }

    /// rf IDEAS manual 99009150, both examples; how old they are does not matter here.
    @Test(
        arguments: [
            ("{0x1000,2,0x0000,80;0x000000801DD1910B2F04}", "000000801DD1910B2F04"),
            ("{0x00BB,1,0x0000,80;0x000000801CD1931B2F14}", "000000801CD1931B2F14"),
        ])
    func polledSerialReadersAreAskedFirst(answer: String, hex: String) throws {
        let document = try decode("--serial", "rfideas", Self.hexText(answer))
        #expect(document.forms.hex == hex && document.read?.bitCount == 80)
        #expect(try decode("--serial", "text", Self.hexText("0006547886\r\n")).forms.printed == "0006547886")
    }

    /// TWN4 Simple Protocol, DocRev17.
    @Test func aTWN4ResponseIsTaken() throws {
        let document = try decode("--twn4", "000180200466CF4DC2")
        #expect(document.read?.technology == "iso14443a" && document.forms.hex == "66CF4DC2")
        let payload: [UInt8] = [0x00, 0x01, 0x80, 0x20, 0x04, 0x66, 0xCF, 0x4D, 0xC2]
        let line = TWN4Frame(isBinary: false, hasCRC: true).encode(payload)
        #expect(try decode("--twn4", String(decoding: line, as: UTF8.self)).forms.hex == "66CF4DC2")
    }

    /// Frames: OSDP.Net ReplyTest.cs, libosdp issue 39. Payloads: OSDP.Net tests.
    @Test func anOSDPFrameIsNamedAndItsReadShown() throws {
        let ack = try decode("--osdp", "53 80 08 00 05 40 68 9F")
        #expect(ack.osdp?.name == "ACK" && ack.osdp?.sequence == 1 && ack.osdp?.reply == true && ack.read == nil)
        let command = try decode("--osdp", "FF536508000460 6090".filter { $0 != " " })
        #expect(command.osdp?.name == "POLL" && command.osdp?.address == 101 && command.osdp?.reply == false)
        let raw = OSDPFrame(
            OSDPFrame.Head(address: 5, isReply: true, sequence: 2), code: 0x50,
            data: [0x05, 0x00, 0x10, 0x00, 0x12, 0xAB])
        let read = try decode("--osdp", raw.encoded.map { Self.hexText([$0]) }.joined())
        #expect(read.read?.bits == "0001001010101011" && read.osdp?.name == "RAW" && read.osdp?.address == 5)
        let keys = OSDPFrame(
            OSDPFrame.Head(address: 0, isReply: true, sequence: 1), code: 0x53, data: [0, 3, 0x31, 0x7F, 0x0D])
        #expect(try decode("--osdp", keys.encoded.map { Self.hexText([$0]) }.joined()).keys == "1*#")
    }

    /// rusty-octopus/rfid_media_player, a 16C0:27DB reader.
    @Test func typedTextIsANumber() throws {
        let decimal = try decode("--keys", "0013110988", "--as", "decimal")
        #expect(
            decimal.forms.printed == "0013110988" && decimal.forms.hex == "00C80ECC" && decimal.text == "0013110988")
        let hex = try decode("--keys", "1EA68671", "--as", "hex")
        #expect(hex.forms.reversedHex == "7186A61E" && hex.read?.bitCount == 32)
    }

    /// MagTek 99875475, appendix D, example 4.
    @Test func anAccountNumberIsNeverShown() throws {
        let swipe =
            "%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?"
            + ";5452300551227189=080432100000007250?+5163499080020445=000000000000?"
        for words in [["--track", swipe], ["--keys", swipe], ["--track", swipe, "--explain"]] {
            let desk = Desk()
            #expect(desk.run(arguments: ["decode"] + words) == .fine)
            #expect(!desk.output.contains("5452300551227189") && !desk.output.contains("5163499080020445"))
        }
        #expect(try decode("--track", swipe).candidates.isEmpty)
        let campus = try decode("--track", ";0123456?")
        #expect(campus.candidates.first?.cardNumber == 123_456 && campus.text == ";0123456?")
        #expect(try decode("--track", "000001101010101111111000010000").text == ";5?")
    }

    /// stackoverflow 70022011; ISO 14443-3 on random numbers.
    @Test func aUIDHasItsByteOrders() throws {
        let document = try decode("--uid", "1E:A6:86:71")
        #expect(document.forms.reversedHex == "7186A61E" && document.candidates.first?.cardNumber == 1_904_649_758)
        #expect(document.steps.contains { $0.contains("30166134113") } && document.enrollable == nil)
        let random = try decode("--uid", "08123456")
        #expect(random.enrollable == false && random.candidates.isEmpty)
    }

    @Test func aConverterIsAppliedAndExplained() throws {
        let document = try decode("--wiegand", "00100010010100010010011111", "--convert", "bits(1..24)|hex2dec|pad(10)")
        #expect(document.text == "0004497999")
        #expect(document.steps.suffix(3).map { $0.hasPrefix("converter ") } == [true, true, true])
    }

    @Test func wiegandKeysAreKeys() throws {
        #expect(try decode("--wiegand", "0101").keys == "5")
        #expect(try decode("--wiegand", "11100001").keys == "1")
    }

    @Test(
        arguments: [
            (["--wiegand", "102"], "not-bits"), (["--wiegand", String(repeating: "0", count: 129)], "too-long"),
            (["--hid-raw", "xyz"], "not-hex"), (["--hid-raw", "2000000000"], "no-sentinel"),
            (["--pacs", "08FF"], "bad-filler"),
            (["--serial", "nothing", "00"], "unknown-kind"), (["--serial", "id12", "0"], "not-hex"),
            (["--serial", "id12", "0230313030363345394145323403"], "bad-checksum"),
            (["--osdp", "53800800054068 9E"], "bad-crc"), (["--osdp", "5380"], "cut-short"),
            (["--osdp", "00"], "noise"),
            (["--twn4", "0000"], "no-read"), (["--twn4", "03"], "reader-fault"), (["--twn4", "xx"], "not-hex"),
            (["--keys", "12A4", "--as", "decimal"], "not-a-digit"), (["--keys", "12G4", "--as", "hex"], "not-hex"),
            (["--keys", ""], "empty"), (["--track", "123"], "no-start-sentinel"),
            (["--track", ";123"], "no-end-sentinel"),
            (["--track", ";0?5"], "bad-checksum"), (["--uid", "123"], "not-hex"),
            (["--uid", "0102030405"], "wrong-length"),
            (["--wiegand", "1010", "--convert", "bits(0..9)"], "not-convertible"),
            (["--infer", "1=2"], "too-few-pairs"), (["--infer", "1=2", "2=3", "1=4"], "pairs-disagree"),
        ])
    func refusedInputSaysWhy(words: [String], reason: String) throws {
        let desk = Desk()
        #expect(desk.run(arguments: ["decode"] + words + ["--json"]) == .badData)
        let rejection = try JSONDecoder().decode(Rejection.self, from: Data(desk.output.utf8)).rejected
        #expect(rejection.reason == reason && !rejection.detail.isEmpty)
        #expect(desk.complaints.count == 1)
        let person = Desk()
        #expect(person.run(arguments: ["decode"] + words) == .badData)
        #expect(person.output.isEmpty && person.complaints.count == 1)
    }

    @Test(
        arguments: [
            [], ["--wiegand", "1", "--uid", "01"], ["--serial", "id12"], ["--keys", "1", "--as", "octal"],
            ["--wiegand", "1", "x"],
            ["--reports", "/nowhere"], ["--wiegand", "1", "--convert", "bits(1"],
            ["--reports", "/x", "--device", "0801"],
        ])
    func wrongUsageIsToldApart(words: [String]) {
        let desk = Desk()
        #expect(desk.run(arguments: ["decode"] + words) == .usage)
        #expect(desk.complaints.count == 1)
    }

    /// Seeded, so that a failure comes again.
    @Test(arguments: [
        ["--wiegand", "10111101100010001110101110"], ["--hid-raw", "0128B12EB1811D7117E22111"],
        ["--pacs", "06BD88EB80"],
        ["--serial", "id12", "0230313030363345394145323503"], ["--serial", "itc2015", "02000500001234"],
        ["--serial", "idteck", "0231323334353637380344"], ["--osdp", "538014000445CA446C0100C792020001070FC442"],
        ["--twn4", "000180200466CF4DC2"], ["--keys", "1EA68671"], ["--track", "%B54^A?;123=4?5+6?"],
        ["--uid", "1EA68671"],
    ])
    func mutatedInputIsAReadOrARefusal(words: [String]) {
        var state: UInt64 = 41
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<300 {
            var text = Array((words.last ?? "").utf8)
            for _ in 0..<below(3) { text[below(text.count)] = UInt8(0x20 + below(95)) }
            text.removeLast(below(text.count))
            let desk = Desk()
            let input = "\(words[0])=\(words.count == 2 ? String(decoding: text, as: UTF8.self) : words[1])"
            let rest = words.count == 2 ? [] : ["--", String(decoding: text, as: UTF8.self)]
            let exit = desk.run(arguments: ["decode", "--json", input] + rest)
            #expect(exit == .fine || exit == .badData, "\(text) \(desk.complaints)")
        }
    }

    @Test func theHelpNamesEveryInput() {
        let desk = Desk()
        #expect(desk.run("decode", "--help") == .fine)
        for option in [
            "--wiegand", "--hid-raw", "--serial", "--osdp", "--twn4", "--keys", "--reports", "--track", "--uid",
        ] {
            #expect(desk.output.contains(option))
        }
        #expect(desk.output.contains("itc2015"))
    }

    static func hexText(_ text: String) -> String { hexText(Array(text.utf8)) }

    static func hexText(_ bytes: [UInt8]) -> String { Hexadecimal.text(bytes) }

    /// A payment card, whichever way it is read and without its end sentinel.
    @Test(
        arguments: [
            ["--keys", ";4111111111111111=2512"], ["--keys", "4111111111111111"],
            ["--keys", "4111111111111111", "--as", "hex"],
            ["--keys", "x4111111111111111", "--convert", "substring(1,16)"],
            ["--serial", "text", "343131313131313131313131313131310D0A"],
            ["--track", ";4111111111111111=25121011234567890?", "--convert", "substring(1,16)"],
            ["--track", "%B4111111111111111^DOE/JOHN^2512101?"], ["--keys", "%B4111111111111111^DOE/JOHN^2512"],
        ])
    func anAccountNumberIsMaskedUnlessItIsRevealed(words: [String]) {
        for extra in [["--explain"], ["--json"]] {
            let desk = Desk()
            #expect(desk.run(arguments: ["decode"] + words + extra) == .fine, "\(desk.complaints)")
            #expect(!desk.output.contains("11111111") && !desk.output.contains("DOE"), "\(desk.output)")
            #expect(desk.output.contains("1111"))
            #expect(desk.run(arguments: ["decode"] + words + extra + ["--reveal"]) == .fine)
            #expect(desk.output.contains("4111111111111111"))
        }
    }
}
