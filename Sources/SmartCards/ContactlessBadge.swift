// SPDX-License-Identifier: Apache-2.0

package import Credentials

/// What a contactless badge tells a PC/SC reader of itself: its ATR and the answer to GET DATA (PC/SC part 3, 3.1.3 and
/// 3.2.2.1.3).
package struct ContactlessBadge: Hashable, Sendable {
    package enum Unreadable: String, CaseIterable, Error, Sendable {
        /// A 125 kHz badge: the reader tells its bits in keyboard mode only, and every such badge has the same ATR.
        case noUID = "no-uid"
        /// A phone or a card with privacy on makes up another number each time (ISO/IEC 14443-3, 6.5.4: `08 …`).
        case randomUID = "random-uid"
        /// The badge went away, or it answered with an error.
        case notAnswered = "badge-left"
    }

    /// GET DATA: the UID, as long as it is.
    package static let command: [UInt8] = [0xFF, 0xCA, 0x00, 0x00, 0x00]
    /// UIDs have 4, 7, 8, 10 or, FeliCa on some readers, 12 bytes.
    package static let uidLengths = 4...12

    private static let storageCard: [UInt8] = [0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06]

    let standard: UInt8?

    /// - Parameter atr: from the reader's state.
    package init(atr: [UInt8]) {
        // 3B 8F 80 01, then the historical bytes that PC/SC gives to cards without any of their own.
        let history = atr.dropFirst(4).prefix(Self.storageCard.count)
        standard =
            atr.starts(with: [0x3B, 0x8F, 0x80, 0x01]) && history.elementsEqual(Self.storageCard) && atr.count > 14
            ? atr[12] : nil
    }

    /// A proximity badge behind an OMNIKEY reader.
    package var isProximity: Bool { standard == 0x40 }

    /// PC/SC part 3 supplement, table of standards. A card with a processor hides which of the 14443 it follows.
    package var technology: Technology {
        switch standard {
        case nil, 1, 2, 3: .iso14443a
        case 0x40: .proximity
        default: .unknown
        }
    }

    /// - Parameter answer: data and status word, as GET DATA was answered; `nil` when it was not.
    package func read(_ answer: [UInt8]?) -> Result<RawRead, Unreadable> {
        if isProximity { return .failure(.noUID) }
        guard let answer, answer.count >= 2 else { return .failure(.notAnswered) }
        let (data, status) = (answer.dropLast(2), answer.suffix(2))
        switch (status.first, status.last) {
        case (0x90, 0x00), (0x62, 0x82): break
        case (0x6A, 0x81), (0x6A, 0x88), (0x6D, 0x00): return .failure(.noUID)
        default: return .failure(.notAnswered)
        }
        guard Self.uidLengths.contains(data.count) else { return .failure(.noUID) }
        if technology == .iso14443a && data.count == 4 && data.first == 0x08 { return .failure(.randomUID) }
        let value = data.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        guard let bits = BitString(value: value, count: data.count * 8) else { return .failure(.noUID) }
        return .success(RawRead(technology: technology, bits: bits))
    }

    /// What to ask instead when the reader wants to be told the exact length: `6C xx`.
    package static func corrected(after answer: [UInt8]) -> [UInt8]? {
        guard answer.count == 2, answer[0] == 0x6C else { return nil }
        return command.dropLast() + [answer[1]]
    }
}
