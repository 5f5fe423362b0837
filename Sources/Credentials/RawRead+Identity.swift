// SPDX-License-Identifier: Apache-2.0

import Primitives

extension RawRead {
    /// The same for two reads of one badge, as far as anybody can tell who does not know the site's policy: they
    /// have the same forms under every ``FormPolicy``, at readers with the same converter. Readers of different kinds
    /// name different technologies for one card, so the technology counts only where it changes what the content means.
    ///
    /// One byte for that, the number of bits (0 for text), bits or text.
    package var identity: [UInt8] {
        switch content {
        case .bits(let bits):
            [meaning(of: bits)] + UInt16(bits.count).bigEndianBytes
                + (0..<16).reversed().map { UInt8(truncatingIfNeeded: bits.value >> UInt128(8 * $0)) }
        case .text(let text): [Technology.unknown.rawValue, 0, 0] + text.revealed
        }
    }

    private func meaning(of bits: BitString) -> UInt8 {
        switch technology {
        case .iso14443a where UID(bits) != nil, .em4100 where bits.count == 40: technology.rawValue
        default: Technology.unknown.rawValue
        }
    }
}
