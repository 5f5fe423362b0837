// SPDX-License-Identifier: Apache-2.0

import Credentials
import Testing

@Suite struct FormatTableTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        let format: String
        let bits: BitString
        var facilityCode: UInt64?
        var cardNumber: UInt64
        var parity = Candidate.Parity.good
        let source: String

        var testDescription: String { "\(format): \(source)" }
    }

    private static func hex(_ text: String, _ count: Int) -> BitString {
        BitString(value: UInt128(text, radix: 16)!, count: count)!
    }

    private static func raw(_ text: String) -> BitString { (try? ProximityCode.header(text.utf8))! }

    static let vectors: [Vector] = [
        Vector(
            format: "H10301", bits: raw("2006F623AE"), facilityCode: 123, cardNumber: 4567,
            source: "proxmark3 tools/pm3_tests.sh"),
        Vector(
            format: "H10301", bits: raw("2006EC0C86"), facilityCode: 118, cardNumber: 1603,
            source: "proxmark3 traces/lf_ATA5577.txt"),
        Vector(
            format: "H10301", bits: raw("2006EC1258"), facilityCode: 118, cardNumber: 2348,
            source: "Proxmark/proxmark3 issue 327"),
        Vector(
            format: "H10301", bits: hex("3C00A73", 26), facilityCode: 224, cardNumber: 1337,
            source: "proxmark3 tools/pm3_tests.sh, AWID26"),
        Vector(
            format: "H10301", bits: hex("2F657AE", 26), facilityCode: 123, cardNumber: 11223,
            source: "proxmark3 tools/pm3_tests.sh, Pyramid26"),
        Vector(
            format: "H10301", bits: read("00100101010111010101000010"), facilityCode: 74, cardNumber: 47777,
            source: "jfh.me 2019-04-02"),
        Vector(
            format: "H10306", bits: read("1010010011001011000000010110100100"), facilityCode: 0x4996,
            cardNumber: 0x02D2,
            source: "Hikvision camera manual p. 9: the 32-bit number 1234567890"),
        Vector(
            format: "N10002", bits: read("0000000001100000110110000100010011"), facilityCode: 193, cardNumber: 45193,
            parity: .bad, source: "proxmark3 issue 1060: the real badge, whose even parity is wrong"),
        Vector(
            format: "N10002", bits: raw("2401836113"), facilityCode: 193, cardNumber: 45193, parity: .bad,
            source: "proxmark3 issue 1060, raw"),
        Vector(
            format: "C1000-35", bits: hex("4A72010B3", 35), facilityCode: 1337, cardNumber: 2137,
            source: "jkramarz/TheTick PR 20"),
        Vector(
            format: "C1000-35", bits: raw("2E0EC00C87"), facilityCode: 118, cardNumber: 1603,
            source: "proxmark3 issue 1307"),
        Vector(
            format: "HID36-OEM2", bits: hex("D8082DD01", 36), facilityCode: 45072, cardNumber: 23456,
            source: "proxmark3 PR 155, number printed on the tag"),
        Vector(
            format: "HID36-OEM2", bits: hex("D8082DE08", 36), facilityCode: 45072, cardNumber: 23489,
            source: "proxmark3 PR 155"),
        Vector(
            format: "HID36-OEM2", bits: hex("D8082DF39", 36), facilityCode: 45072, cardNumber: 23527,
            source: "iceman1001/proxmark3 PR 285"),
        Vector(
            format: "HID36-OEM2", bits: hex("D80830820", 36), facilityCode: 45072, cardNumber: 24836,
            source: "iceman1001/proxmark3 PR 285"),
        Vector(
            format: "H10302", bits: raw("584A2B940"), facilityCode: nil, cardNumber: 11_850_046_624,
            source: "flipperzero-firmware issue 1029"),
        Vector(
            format: "H10304", bits: raw("584A2B940"), facilityCode: 22602, cardNumber: 89248,
            source: "flipperzero-firmware issue 1029"),
        Vector(
            format: "P10004", bits: raw("061EE3085D"), facilityCode: 3133, cardNumber: 202_818, parity: .none,
            source: "proxmark3 PR 1559"),
        Vector(
            format: "P10004", bits: raw("0EA63EAAA4"), facilityCode: 7500, cardNumber: 128_341, parity: .none,
            source: "proxmark3 PR 1559"),
        Vector(
            format: "P10001", bits: raw("01F0760643C3"), facilityCode: 118, cardNumber: 1603,
            source: "proxmark3 lf hid clone help, issue 1307"),
        Vector(
            format: "Verkada40", bits: hex("86400007D3", 40), facilityCode: 50, cardNumber: 1001,
            source: "proxmark3 tools/pm3_tests.sh"),
        Vector(
            format: "Verkada40", bits: hex("8A20002721", 40), facilityCode: 81, cardNumber: 5008,
            source: "proxmark3 tools/pm3_tests.sh"),
        Vector(
            format: "C10106", bits: hex("12ED825C29", 40), facilityCode: 155_056, cardNumber: 154_665, parity: .none,
            source: "proxmark3 traces/README.md, split as in unleashed-firmware PR 1149"),
        Vector(
            format: "C1000-48", bits: raw("01400076000C86"), facilityCode: 118, cardNumber: 1603,
            source: "proxmark3 traces/lf_ATA5577.txt"),
        Vector(
            format: "C1000-48", bits: (try? ProximityCode.pacs("0000A4550148AB".utf8))!, facilityCode: 42069,
            cardNumber: 42069, source: "proxmark3 tools/pm3_tests.sh"),
        Vector(
            format: "AWID50", bits: (try? ProximityCode.awid("0128B12EB1811D7117E22111".utf8))!, facilityCode: 2001,
            cardNumber: 13_371_337, source: "proxmark3 tools/pm3_tests.sh"),
        Vector(
            format: "InnerRange56", bits: raw("9E000000100007B0000007B"), facilityCode: 123, cardNumber: 123,
            parity: .none, source: "proxmark3 tools/pm3_tests.sh, issue 2975"),
    ]

    @Test(arguments: vectors)
    func decodesThePublishedVectors(vector: Vector) throws {
        let format = try #require(WiegandFormat.table.first { $0.name == vector.format })
        let candidate = try #require(format.candidate(for: vector.bits))
        #expect(candidate.facilityCode == vector.facilityCode && candidate.cardNumber == vector.cardNumber)
        #expect(candidate.parity == vector.parity && !candidate.swappedLines)
        let all = vector.bits.candidates
        #expect(all.contains(candidate), "it is among all candidates")
        #expect(all.map(\.rank) == all.map(\.rank).sorted())
    }

    /// proxmark3 PR 1559: on both badges the parity of H10302 and H10304 is wrong.
    @Test func parityTellsTheFormatsOf37BitsApart() {
        for raw in ["061EE3085D", "0EA63EAAA4"] {
            let bits = Self.raw(raw)
            for name in ["H10302", "H10304"] {
                let format = WiegandFormat.table.first { $0.name == name }
                let candidate = format?.candidate(for: bits, isWired: false)
                #expect(candidate?.parity == .bad)
            }
        }
    }

    /// proxmark3 PR 155 says that the OEM code is 0.
    @Test func detailsAreDecoded() throws {
        let candidate = try #require(Self.hex("D8082DD01", 36).candidates.first)
        #expect(candidate.format == "HID36-OEM2" && candidate.oem == 0 && candidate.issueLevel == nil)
    }

    /// CuriousJames/DIYAC issue 33: the same badge over swapped wires.
    @Test func swappedWiresOfTheSameBadge() throws {
        let right = try #require(BitString(value: 7_035_703, count: 26))
        let swapped = try #require(BitString(value: 60_073_160, count: 26))
        #expect(swapped == right.complement)
        let first = try #require(right.candidates.first)
        #expect(first.facilityCode == 53 && first.cardNumber == 44443 && first.parity == .good)
        let second = try #require(swapped.candidates.first)
        #expect(second.facilityCode == 53 && second.cardNumber == 44443 && second.swappedLines)
    }

    @Test func aLongerReadIsAmbiguousAndSaysSo() {
        let names = Self.raw("584A2B940").candidates.filter { $0.parity == .good }.map(\.format)
        #expect(names.starts(with: ["H10304", "H10302"]))
    }

    @Test func theSitesFormatsComeFirstAmongEquals() {
        let bits = Self.raw("584A2B940")
        #expect(FormatCatalog(preferring: ["H10302"]).candidates(for: bits).first?.format == "H10302")
        // But preference does not make a wrong parity right.
        #expect(FormatCatalog(preferring: ["P10004", "nothing"]).candidates(for: bits).first?.format == "H10304")
    }

    @Test func namesAreUniqueAndAllFormatsAreThere() {
        let names = WiegandFormat.table.map(\.name)
        #expect(Set(names).count == names.count && names.count == 44)
    }

    @Test func formatsWhoseSourcesContradictThemselvesAreUnproven() {
        #expect(WiegandFormat.table.filter { !$0.isProven }.map(\.name) == ["S12906", "H10320", "HGen37"])
    }
}
