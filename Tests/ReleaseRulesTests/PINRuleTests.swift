// SPDX-License-Identifier: Apache-2.0

import ReleaseRules
import Testing

struct PINRuleTests {
    @Test(arguments: [
        ("4711", true), ("1123", true), ("135790", true), ("1357", true), ("123412341234", true), ("1111", false),
        ("000000", false), ("1234", false), ("4321", false), ("7890", false), ("0987", false), ("901234", false),
        ("471", false), ("4711471147114", false), ("47a1", false), ("", false),
    ])
    func aChosenPINIsNotWhatIsGuessedFirst(digits: String, isAcceptable: Bool) {
        #expect(PINRule.isAcceptable(Array(digits.utf8)) == isAcceptable)
    }

    @Test func aPasswordIsLongEnoughAndPrintable() {
        let fine = ["correct horse", "pässwörd", String(repeating: "x", count: 128), "12345678"]
        for password in fine { #expect(PasswordRule.isAcceptable(Array(password.utf8)), "\(password)") }
        let bad = ["1234567", "", String(repeating: "x", count: 129), "tab\there!", "del\u{7F}here"]
        for password in bad { #expect(!PasswordRule.isAcceptable(Array(password.utf8)), "\(password)") }
        #expect(!PasswordRule.isAcceptable([0xFF, 0xFE, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46]))
    }
}
