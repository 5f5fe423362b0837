// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import Testing

@Suite struct UIDTests {
    private func uid(_ hex: String) throws -> UID { try #require(Hexadecimal.bytes(of: hex.utf8).flatMap { UID($0) }) }

    /// stackoverflow 70022011.
    @Test func oneChipInThreeWritings() throws {
        let uid = try uid("1EA68671")
        #expect(uid.bits.revealedHex == "1EA68671" && uid.concatenatedDecimal == "30166134113")
        #expect(uid.reversed.revealedHex == "7186A61E" && uid.reversed.value == 1_904_649_758)
        let first = try #require(uid.candidates.first)
        #expect(first.format == "W34-reversed" && first.cardNumber == 1_904_649_758)
    }

    /// buysmartcard.blog 2019/03/10.
    @Test func theLittleEndianNumber() throws {
        #expect(try uid("E43AC9D2").reversed.value == 3_536_403_172)
        let forms = ReadForms(try uid("E43AC9D2").bits, as: .iso14443a)
        #expect(forms.reversedHex == "D2C93AE4" && forms.decimal == "3829058002")
    }

    /// mifare.net forum reply 32088 and nfc-tools/libnfc issue 146: two readers, two byte orders, one badge.
    @Test(arguments: [("4CDDA15F", "5FA1DD4C"), ("8fb27f2c", "2c7fb28f")])
    func bothByteOrdersShareAForm(one: String, other: String) throws {
        let (one, other) = (try uid(one), try uid(other))
        #expect(one.reversed == other.bits)
        let forms = [one, other].map { Set(RawRead(technology: .iso14443a, bits: $0.bits).forms) }
        #expect(!forms[0].isDisjoint(with: forms[1]))
    }

    /// CuriousJames/DIYAC issue 33: a 26-bit reader sends the first three bytes reversed.
    @Test func threeBytesMakeAW26() throws {
        let uid = try uid("9BAD35B1")
        let candidate = try #require(uid.candidates.first { $0.format == "W26-reversed" })
        #expect(candidate.facilityCode == 53 && candidate.cardNumber == 44443)
        #expect(ReadForms(uid.bits, as: .iso14443a).w26 == "053,44443")
    }

    /// RPi-Jukebox-RFID issue 532: NXP's manufacturer code is the first byte.
    @Test func sevenBytesAreTaken() throws {
        #expect(try uid("04CEFED9A12580").bits.count == 56)
        #expect(try uid("04CEFED9A12580").technology == .iso14443a)
    }

    @Test func aRandomNumberIsNeverABadge() throws {
        let random = try uid("08123456")
        #expect(random.isRandom && random.candidates.isEmpty)
        #expect(RawRead(technology: .iso14443a, bits: random.bits).forms.isEmpty)
        for other in ["18123456", "08123456789ABC"] { #expect(try !uid(other).isRandom) }
    }

    @Test(arguments: [0, 1, 3, 5, 6, 9, 11, 16])
    func otherLengthsAreRefused(count: Int) { #expect(UID(Array(repeating: UInt8(4), count: count)) == nil) }

    @Test func printingHidesIt() throws { #expect("\(try uid("1EA68671"))" == "UID, 4 bytes") }
}
