// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import Testing

@Suite struct CredentialFormTests {
    /// forum.arduino.cc 251993: printed 0006547886, facility code 99, card number 59822.
    static let badge = try? ID12Frame.decode(Array("010063E9AE25".utf8))

    @Test(
        arguments: [
            ("0006547886", "n:6547886"), ("6547886", "n:6547886"), ("0", "n:0"), ("000", "n:0"),
            (" 0006547886 ", "n:6547886"), ("99:59822", "w:99:59822"), ("099,59822", "w:99:59822"),
            ("255:65535", "w:255:65535"), ("16777215:4294967295", "w:16777215:4294967295"),
            ("1048575:17179869183", "w:1048575:17179869183"), ("0:0", "w:0:0"), ("0x010063E9AE", "x:010063e9ae"),
            ("0Xff", "x:ff"),
            (String(repeating: "9", count: 32), "n:" + String(repeating: "9", count: 32)),
        ])
    func typedTextHasOneCanonicalForm(typed: String, canonical: String) throws {
        #expect(text(try CredentialForm(typed: typed)) == canonical)
    }

    @Test(
        arguments: [
            ("", CredentialFault.empty), ("  ", .empty), ("0x", .unknownForm), ("0x12G4", .unknownForm),
            ("12a", .unknownForm), ("99:", .unknownForm), (":1", .unknownForm), ("1:2:3", .unknownForm),
            ("99 59822", .unknownForm), ("-1", .unknownForm), ("٣٤٥٦", .unknownForm), ("16777216:1", .outOfRange),
            ("1:17179869184", .outOfRange), ("1048576:4294967296", .outOfRange),
            ("1:99999999999999999999", .outOfRange),
            (String(repeating: "9", count: 33), .tooLong), (String(repeating: "9", count: 35), .tooLong),
        ])
    func anythingElseIsAFault(typed: String, fault: CredentialFault) {
        #expect(throws: fault) { try CredentialForm(typed: typed) }
    }

    @Test func aFaultSaysWhatIsPossibleAndRepeatsNothing() {
        for fault in [CredentialFault.empty, .tooLong, .outOfRange, .unknownForm] {
            #expect("\(fault)".contains("(0001234567)") && "\(fault)".contains("0x"))
        }
    }

    @Test func aSerialReadHasAllThreeForms() throws {
        let read = try #require(Self.badge)
        #expect(read.forms.map(text) == ["n:6547886", "w:99:59822", "x:010063e9ae"])
        for typed in ["0006547886", "99:59822", "99,59822", "0x010063E9AE"] {
            #expect(read.forms.contains(try CredentialForm(typed: typed)), "\(typed)")
        }
    }

    /// The same eight badges as in the published frames, with their printed numbers.
    @Test(
        arguments: [
            ("010063E9AE25", "0006547886"), ("0C000621A58E", "0000401829"), ("62E3086CED08", "3808980205"),
            ("100086F44426", "0008844356"), ("01001293D858", "0001217496"), ("01001293CD4D", "0001217485"),
            ("0100CDA4EC84", "0013477100"), ("0100CDA53F56", "0013477183"),
        ])
    func aWedgeAndASerialReaderShareAForm(frame: String, printed: String) throws {
        let serial = try ID12Frame.decode(Array(frame.utf8))
        let wedge = try #require(RawRead(technology: .wedge, text: Array(printed.utf8)))
        #expect(!Set(serial.forms).isDisjoint(with: wedge.forms))
    }

    @Test func aWiegandReadHasFacilityFormAndBits() {
        let good = RawRead(technology: .proximity, bits: read("10111101100010001110101110"))
        #expect(good.forms.map(text) == ["w:123:4567", "x:2f623ae"])
        let swapped = RawRead(technology: .proximity, bits: read("11110110101101100001001110"))
        #expect(swapped.forms.map(text).first == "w:18:37848")
    }

    @Test func aDisturbedWiegandReadIsNobodyElsesBadge() {
        let disturbed = RawRead(technology: .proximity, bits: read("10111101100010001110101010"))
        #expect(disturbed.forms.map(text) == ["x:2f623aa"])
    }

    @Test func bitsKeepTheirLeadingZeros() {
        #expect(RawRead(technology: .unknown, bits: read("000000001")).forms.map(text) == ["x:001"])
    }

    @Test func textThatIsNoBadgeHasNoForm() throws {
        #expect(try #require(RawRead(technology: .wedge, text: Array("%B54?".utf8))).forms.isEmpty)
        #expect(try #require(RawRead(technology: .wedge, text: Array(repeating: 0x31, count: 33))).forms.isEmpty)
    }

    @Test(
        arguments: [
            ("0006547886", "•••886"), ("12345", "•••345"), ("1234", "•••"), ("886", "•••"), ("%B5452?", "•••"),
        ])
    func aMaskedTextShowsThreeDigitsAtMost(typed: String, masked: String) throws {
        #expect(try #require(RawRead(technology: .wedge, text: Array(typed.utf8))).masked == masked)
    }

    @Test func maskedBitsShowTheEndOfThePrintedNumber() throws {
        #expect(try #require(Self.badge).masked == "•••886")
        let zeros = try ID12Frame.decode(Array("010000000706".utf8))
        #expect(zeros.masked == "•••007")
        #expect(RawRead(technology: .proximity, bits: read("10111101100010001110101110")).masked == "•••567")
        #expect(RawRead(technology: .proximity, bits: read("1011")).masked == "•••")
    }

    @Test func printingShowsNothing() throws {
        let form = try CredentialForm(typed: "0006547886")
        var shown = "\(form) \(String(reflecting: form))"
        dump(form, to: &shown)
        #expect(!shown.contains("886"))
    }

    private func text(_ form: CredentialForm) -> String { String(decoding: form.canonical.revealed, as: UTF8.self) }
}
