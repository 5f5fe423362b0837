// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@Suite struct HexadecimalTests {
    @Test func bytesGoThereAndBack() {
        let bytes = [UInt8](0...255)
        let text = Hexadecimal.text(bytes)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
        #expect(Hexadecimal.bytes(of: text.utf8) == bytes && Hexadecimal.bytes(of: text.uppercased().utf8) == bytes)
        #expect(Hexadecimal.text([]) == "" && Hexadecimal.bytes(of: "".utf8) == [])
    }

    @Test(arguments: ["0", "0g", "000", " 0", "é"])
    func anythingElseIsNone(text: String) { #expect(Hexadecimal.bytes(of: text.utf8) == nil) }
}
