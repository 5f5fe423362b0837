// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import ReaderMachines

/// Keypads that are no keyboards.
package enum SimKeypads {
    /// ASCII, one byte a key.
    package static func serial(_ keys: String) -> [[UInt8]] { keys.utf8.map { [$0] } }

    /// A key of a Wiegand keypad, `*` and `#` among them, as the frame of its bits.
    package static func wiegand(_ key: UInt8, bitCount: Int, coding: WiegandKeys.Coding = .plain) -> BitString? {
        let code: UInt8 =
            switch key {
            case UInt8(ascii: "*"): 10
            case UInt8(ascii: "#"): 11
            default: key & 0xF
            }
        guard bitCount == 8 else { return BitString(value: UInt128(code), count: 4) }
        let complement = ~code & 0xF
        let byte = coding == .swapped ? code << 4 | complement : complement << 4 | code
        return BitString(value: UInt128(byte), count: 8)
    }
}
