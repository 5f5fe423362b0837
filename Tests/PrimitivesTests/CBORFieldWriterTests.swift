// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct CBORFieldWriterTests {
    @Test func aLabelIsCutToItsField() {
        var fields = CBORFieldWriter(count: 1)
        fields.label(1, "a\u{6C34}\u{6C34}", limit: 6)
        #expect(fields.bytes == [0xA1, 0x01, 0x64, 0x61, 0xE6, 0xB0, 0xB4])
    }

    @Test func nullStandsForNothing() {
        var fields = CBORFieldWriter(count: 2)
        fields.optionalUnsigned(1, nil)
        fields.optionalUnsigned(2, 3)
        #expect(fields.bytes == [0xA2, 0x01, 0xF6, 0x02, 0x03])
    }
}
