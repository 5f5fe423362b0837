// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import Testing

@Suite struct ReadFormsTests {
    /// YetAnotherArduinoWiegandLibrary issue 8: the badge prints all of them.
    @Test func anEM4100BadgeInAllItsWritings() throws {
        let bits = try #require(BitString(value: 0x0A_004D_7603, count: 40))
        let forms = ReadForms(bits, as: .em4100)
        #expect(forms.hex == "0A004D7603" && forms.decimal == "42954749443" && forms.w26 == "077,30211")
        #expect(forms.printed == "0005076483" && forms.reversedHex == "03764D000A")
    }

    /// abzman2k.wordpress.com 2013/07: 26 bits with both parity slots in front.
    @Test func typedDigitsHaveTheWritingsOfTheirNumber() throws {
        let forms = ReadForms(digits: Array("0005280984".utf8))
        #expect(forms.hex == "005094D8" && forms.w26 == "080,38104" && forms.printed == "0005280984")
        #expect(forms.decimal == "5280984")
        #expect(read("00010100001001010011011000").part(2..<26)?.value == 0x5094D8)
    }

    /// Z9 community protobuf C#, TestBinaryFormatter: numbers of 24 bits · Hikvision camera manual p. 9: of 32 bits.
    @Test(
        arguments: [
            ("00100010010100010010011111", "0004497999"), ("10100010010111000010111101", "0004503646"),
            ("1010010011001011000000010110100100", "1234567890"),
        ])
    func theBodyOfAWiegandReadIsANumber(bits: String, printed: String) {
        #expect(ReadForms(read(bits), as: .proximity).printed == printed)
    }

    /// forum.arduino.cc 1221511: printed 0001217496, lines swapped.
    @Test func theBodyOfASwappedReadIsTheComplements() {
        let forms = ReadForms(read("11110110101101100001001110"), as: .proximity, swapped: true)
        #expect(forms.printed == "0001217496" && forms.w26 == "018,37848")
    }

    @Test func whatIsNotKnownIsLeftOut() {
        let forms = ReadForms(read("1011"), as: .proximity)
        #expect(forms.printed == nil && forms.w26 == nil && forms.reversedHex == "0B" && forms.hex == "B")
        #expect(ReadForms(digits: Array(repeating: 0x39, count: 60)) == ReadForms())
    }
}
