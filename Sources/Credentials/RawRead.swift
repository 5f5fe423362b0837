// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What kind of medium was read, as far as the reader tells. The numbers go over the wire and are never reused.
package enum Technology: UInt8, CaseIterable, Sendable {
    case unknown = 0
    /// 125 kHz EM4100 and compatible.
    case em4100 = 1
    /// 125 kHz HID Prox and other Wiegand-coded proximity.
    case proximity = 2
    case iso14443a = 3
    case magstripe = 4
    /// Text that a reader typed as a keyboard, its origin unknown.
    case wedge = 5
    /// Digits that a person typed.
    case keypad = 6
}

/// One completed reading, before any interpretation. The raw bits or text are always kept, because which number is
/// "the" card number is a matter of the site's policy. It is a secret: printing one shows only its kind and length.
package struct RawRead: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case bits(BitString)
        /// Printable ASCII as the reader gave it, without terminators; at most ``RawRead/textLimit`` bytes.
        case text(SecretBytes)
    }

    package static let textLimit = 128

    package let technology: Technology
    package let content: Content

    package init(technology: Technology, bits: BitString) {
        self.technology = technology
        content = .bits(bits)
    }

    /// `nil` when the text is empty, too long or not printable ASCII.
    package init?(technology: Technology, text: [UInt8]) {
        guard (1...Self.textLimit).contains(text.count), text.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            return nil
        }
        self.technology = technology
        content = .text(SecretBytes(text))
    }
}

extension RawRead: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        switch content {
        case .bits(let bits): "\(technology), \(bits.count) bits"
        case .text(let text): "\(technology), \(text.revealed.count) characters"
        }
    }

    package var debugDescription: String { description }
}
