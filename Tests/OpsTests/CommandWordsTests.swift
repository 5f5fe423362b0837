// SPDX-License-Identifier: Apache-2.0

import Ops
import Testing

struct CommandWordsTests {
    @Test func wordsAreTextAsTheyAre() throws {
        let words = ["user", "add", "Jos\u{E9}", "Jose\u{301}", ""]
        let read = try CommandWords.text(of: words.map { Array($0.utf8) })
        #expect(read.map { Array($0.utf8) } == words.map { Array($0.utf8) })
    }

    @Test func whatIsNoTextIsRefusedWithItsPlace() {
        for bad: [UInt8] in [[0xFF, 0xFE], [0x61, 0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xAF]] {
            let fault = #expect(throws: UsageFault.self) { try CommandWords.text(of: [[0x61], [0x62], bad]) }
            #expect(fault?.description.hasPrefix("argument 3 is not UTF-8 text") == true)
        }
    }

    @Test func theVersionIsOneLine() {
        #expect(Product.versionLine("lanyard") == "lanyard \(Product.version)\n")
    }
}
