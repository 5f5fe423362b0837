// SPDX-License-Identifier: Apache-2.0

import Primitives

extension RawRead {
    /// What the read may say, best first. Which formats are tried is a matter of what was read: the bits of a chip's
    /// number are no Wiegand frame, whatever their count.
    ///
    /// - Parameter isWired: as of ``WiegandFormat/candidate(for:isWired:)``.
    package func candidates(among catalog: FormatCatalog = .standard, isWired: Bool = true) -> [Candidate] {
        switch content {
        case .text(let text):
            let tracks = (try? TrackText.parse(text.revealed)) ?? []
            return tracks.compactMap { track in
                guard !track.isPayment, let digits = track.identification else { return nil }
                guard let number = UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
                return Candidate(format: "track \(track.number.rawValue)", cardNumber: number)
            }
        case .bits(let bits):
            if technology == .iso14443a { return UID(bits)?.candidates ?? [] }
            guard technology == .em4100, bits.count == 40 else {
                return catalog.candidates(for: bits, isWired: isWired)
            }
            // What a 26-bit reader makes of the badge; then other systems that use the same medium.
            let body = Candidate(
                format: "EM4100", facilityCode: bits.field(16..<24), cardNumber: bits.field(24..<40))
            return [body] + catalog.candidates(for: bits, isWired: false).filter { $0.parity != .bad }
        }
    }
}
