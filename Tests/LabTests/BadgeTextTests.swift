// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Testing

@Suite struct BadgeTextTests {
    @Test func aPrintedNumberIsTypedAsItStandsAndSentWithTheCustomerCode() throws {
        let badge = try BadgeText("0006547886")
        #expect(badge.digits == Array("0006547886".utf8))
        #expect(badge.em4100 == 0x01_0063_E9AE)
    }

    @Test func allBitsAreTypedAsThePrintedNumber() throws {
        let badge = try BadgeText("0x010063E9AE")
        #expect(badge.digits == Array("0006547886".utf8))
        #expect(badge.em4100 == 0x01_0063_E9AE)
    }

    @Test func aNumberBeyond32BitsIsNoSerialBadge() throws {
        #expect(try BadgeText("4294967295").em4100 == 0x01_FFFF_FFFF)
        #expect(try BadgeText("4294967296").em4100 == nil)
        #expect(try BadgeText(String(repeating: "9", count: 32)).em4100 == nil)
    }

    @Test(arguments: ["", "12a4", "0x01", "0x010063E9AG", "-1", String(repeating: "9", count: 33)])
    func anythingElseIsNoBadge(text: String) { #expect(throws: LabFault.self) { try BadgeText(text) } }

    @Test(arguments: [("4711", "4711"), ("enter", "\n"), ("clear", "x"), ("back", "<"), ("f1", "a"), ("f4", "d")])
    func keysBecomeStrokes(text: String, strokes: String) throws { #expect(try Keys.strokes(text) == strokes) }

    @Test(arguments: ["", "Enter", "47 11", "x"])
    func otherKeysAreRefused(text: String) { #expect(throws: LabFault.self) { try Keys.strokes(text) } }
}
