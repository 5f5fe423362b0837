// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

struct CRC32CTests {
    /// The check value of the catalogue of CRC algorithms, and the vectors of RFC 3720 appendix B.4.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xE306_9283 as UInt32),
            ([], 0),
            (Array(repeating: 0, count: 32), 0x8A91_36AA),
            (Array(repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E),
            (Array((0..<32).reversed()), 0x113F_DB5C),
        ] as [([UInt8], UInt32)])
    func publishedVectorsAgree(bytes: [UInt8], sum: UInt32) {
        #expect(CRC32C.checksum(bytes) == sum)
    }

    @Test func everySingleBitErrorChangesTheSum() {
        let bytes = Array("a record of the journal".utf8)
        let sum = CRC32C.checksum(bytes)
        for bit in 0..<(bytes.count * 8) {
            var broken = bytes
            broken[bit / 8] ^= 1 << (bit % 8)
            #expect(CRC32C.checksum(broken) != sum)
        }
    }
}
