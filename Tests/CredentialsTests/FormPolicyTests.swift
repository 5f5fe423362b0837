// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import Testing

@Suite struct FormPolicyTests {
    private func forms(_ policy: FormPolicy, _ read: RawRead?) -> [String] {
        (read.map { policy.forms(of: $0) } ?? []).map { String(decoding: $0.canonical.revealed, as: UTF8.self) }
    }

    private func proximity(_ bits: String) -> RawRead { RawRead(technology: .proximity, bits: read(bits)) }
    private static let badge26 = "10111101100010001110101110"

    /// flipperzero-firmware issue 1029, proxmark3 PR 1559.
    @Test func aReadOf37BitsHasTheNumbersOfItsFormats() throws {
        let bits = try ProximityCode.header("584A2B940".utf8)
        let read = RawRead(technology: .proximity, bits: bits)
        #expect(forms(.standard, read).starts(with: ["w:22602:89248", "n:11850046624"]))
        #expect(forms(FormPolicy(formats: ["H10302"]), read) == ["n:11850046624", "x:0584a2b940"])
        let p10004 = RawRead(technology: .proximity, bits: try ProximityCode.header("0EA63EAAA4".utf8))
        #expect(!forms(.standard, p10004).contains("w:7500:128341"), "nothing tells that the read is of this format")
        #expect(forms(FormPolicy(formats: ["P10004"]), p10004) == ["w:7500:128341", "x:0ea63eaaa4"])
    }

    /// Formats that share a frame would turn one badge into several people's.
    @Test func onlyTheFirstFormatOfAFrameCounts() {
        #expect(forms(.standard, proximity(Self.badge26)) == ["w:123:4567", "x:2f623ae"])
        #expect(forms(FormPolicy(formats: ["Indala26"]), proximity(Self.badge26)) == ["w:1969:471", "x:2f623ae"])
    }

    /// Hikvision camera manual p. 9.
    @Test func aReadOf34BitsIsAlsoItsNumber() {
        let read = proximity("1010010011001011000000010110100100")
        #expect(forms(.standard, read).starts(with: ["w:18838:722", "n:1234567890"]))
    }

    @Test func theKindsAreTheSites() throws {
        let uid = RawRead(technology: .iso14443a, bits: try #require(BitString(hex: "9BAD35B1".utf8)))
        #expect(forms(FormPolicy(kinds: [.raw]), uid) == ["x:9bad35b1"])
        #expect(forms(FormPolicy(kinds: [.raw, .reversed]), uid) == ["x:9bad35b1", "x:b135ad9b"])
        #expect(forms(FormPolicy(kinds: [.decimal]), uid) == ["n:2611819953"])
        #expect(forms(FormPolicy(kinds: [.w26]), uid) == ["w:53:44443", "w:155:44341"])
        #expect(forms(FormPolicy(kinds: [.number]), uid) == ["n:2973085083", "n:2611819953"])
        #expect(forms(FormPolicy(kinds: []), uid).isEmpty)
        #expect(forms(FormPolicy(kinds: FormPolicy.Kind.allCases), uid).count <= CredentialForm.formLimit)
    }

    @Test func convertedTextIsTheFirstForm() throws {
        let policy = FormPolicy(converters: ConverterTable(site: try Converter("bits(9..24)|hex2dec")))
        #expect(forms(policy, proximity(Self.badge26)) == ["n:4567", "w:123:4567", "x:2f623ae"])
        let failing = FormPolicy(converters: ConverterTable(site: try Converter("bits(90..99)")))
        #expect(forms(failing, proximity(Self.badge26)) == ["w:123:4567", "x:2f623ae"])
    }

    @Test func aPaymentCardCountsOnlyWhereAConverterSaysSo() throws {
        let swipe = RawRead(technology: .magstripe, text: Array(TrackTests.swipe.dropLast().utf8))
        #expect(forms(.standard, swipe).isEmpty)
        let policy = FormPolicy(converters: ConverterTable(site: try Converter(#"regex(;(\d+)=)"#)))
        #expect(forms(policy, swipe) == ["n:5452300551227189"])
        let campus = RawRead(technology: .magstripe, text: Array("%SMITH?;0601234=1?".utf8))
        #expect(forms(.standard, campus) == ["n:601234"])
    }

    @Test func typedHexadecimalIsARawForm() {
        #expect(
            forms(.standard, RawRead(technology: .wedge, text: Array("04CEFED9A12580".utf8))) == ["x:04cefed9a12580"])
        #expect(forms(.standard, RawRead(technology: .wedge, text: Array("BEEF".utf8))).isEmpty)
        let numbersOnly = FormPolicy(kinds: [.facility])
        #expect(forms(numbersOnly, RawRead(technology: .wedge, text: Array("0006547886".utf8))).isEmpty)
    }
}
