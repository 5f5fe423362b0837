// SPDX-License-Identifier: Apache-2.0

import ReleaseRules
import Testing

@Suite struct NameRuleTests {
    @Test(arguments: ["a", "CORP\\adé", "a b", String(repeating: "x", count: 255)])
    func names(text: String) { #expect(NameRule.isName(text)) }

    @Test(arguments: ["", " a", "a\u{A0}", "a\nb", "a\u{202E}b", "\u{0}", String(repeating: "é", count: 128)])
    func otherTexts(text: String) { #expect(!NameRule.isName(text)) }

    @Test(arguments: [
        ("0", true), (String(repeating: "9", count: 32), true), ("", false), ("12a", false), ("１", false),
    ])
    func numbers(text: String, isNumber: Bool) {
        #expect(NameRule.isNumber(text) == isNumber)
        #expect(!NameRule.isNumber(String(repeating: "9", count: 33)))
    }
}
