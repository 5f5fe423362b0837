// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives

/// What reads mean.
enum CredentialChecks {
    /// What holds for every read that a driver delivers.
    static func look(_ read: RawRead) throws(Finding) {
        switch read.content {
        case .bits(let bits):
            try demand((1...BitString.limit).contains(bits.count), "a read has 1 to \(BitString.limit) bits")
            try demand(BitString(hex: bits.revealedHex.utf8) != nil || bits.count % 4 != 0, "hexadecimal reads back")
            let ranks = bits.candidates.map(\.rank)
            try demand(ranks == ranks.sorted(), "the best candidate comes first")
            try demand(BitString(binary: bits.revealedBinary.utf8) == bits, "binary reads back")
        case .text(let text):
            try demand(
                text.revealed.isPrintable && (1...RawRead.textLimit).contains(text.revealed.count),
                "a read's text is printable and bounded")
        }
        try demand(read.forms.count <= CredentialForm.formLimit, "a read has few forms")
        try demand(read.masked.utf8.count <= 2 * RawRead.textLimit, "a masked read is no longer than a read")
        _ = read.candidates()
    }

    static func reads(_ input: inout FuzzInput) throws(Finding) {
        let technology = Technology.allCases[input.number(below: Technology.allCases.count)]
        let way = input.byte() % 9
        let rest = Array(input.rest)
        switch way {
        case 0: try see(BitString(bytes: rest), technology)
        case 1: try see(BitString(binary: rest), technology)
        case 2: try see(BitString(hex: rest), technology)
        case 3: try see((try? ProximityCode.header(rest)) ?? (try? ProximityCode.pacs(rest)), technology)
        case 4: try see(try? ProximityCode.awid(rest), technology)
        case 5:
            guard let uid = UID(rest) else { return }
            try see(uid.bits, uid.technology)
            try demand(uid.reversed.count == uid.bits.count, "turning a UID loses nothing")
            _ = (uid.candidates, uid.concatenatedDecimal, uid.isRandom)
        case 6: for track in (try? TrackText.parse(rest)) ?? [] { try look(track) }
        case 7: if let track = try? TrackBits.decode(rest.map { $0 & 1 }) { try look(track) }
        default:
            if let read = RawRead(technology: technology, text: rest) { try look(read) }
            if let read = try? ID12Frame.decode(rest) { try look(read) }
            if let form = try? CredentialForm(typed: String(decoding: rest, as: UTF8.self)) {
                try demand(form.canonical.revealed.count <= 64, "a typed form is bounded")
            }
            if let pin = try? PIN(rest) {
                try demand(PIN.lengths.contains(pin.digits.revealed.count), "a PIN is short")
            }
        }
    }

    private static func see(_ bits: BitString?, _ technology: Technology) throws(Finding) {
        guard let bits else { return }
        try look(RawRead(technology: technology, bits: bits))
        _ = ReadForms(bits, as: technology, swapped: true)
        for size in [1, 4, 8] {
            guard let turned = bits.reversed(by: size) else { continue }
            try demand(turned.reversed(by: size) == bits, "turning twice is turning not at all")
        }
    }

    private static func look(_ track: Track) throws(Finding) {
        let text = track.text.revealed
        try demand(text.isPrintable && text.count <= Track.limit(of: track.number), "a track is printable and bounded")
        _ = (track.masked, track.isPayment, track.identification, track.expiry, track.holderName, track.checkCharacter)
    }

    // MARK: Converters

    /// A chain, a zero, and what is converted.
    static func converters(_ input: inout FuzzInput) throws(Finding) {
        let parts = input.rest.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        guard let converter = try? Converter(String(decoding: parts[0], as: UTF8.self)) else { return }
        try demand(converter.steps.count <= Converter.stepLimit, "a chain has few steps")
        try demand(
            (try? Converter(converter.description)) == converter, "a chain that is written out reads back the same")
        guard parts.count == 2 else { return }
        let reads = [
            RawRead(technology: .wedge, text: parts[1]),
            BitString(bytes: parts[1]).map { RawRead(technology: .proximity, bits: $0) },
        ]
        for read in reads.compactMap({ $0 }) {
            guard let converted = try? converter.convert(read) else { continue }
            try demand(converted.count <= Converter.textLimit, "what a chain makes is bounded")
            let policy = FormPolicy(converters: ConverterTable(site: converter))
            try demand(policy.forms(of: read).count <= CredentialForm.formLimit, "a read has few forms")
        }
    }
}
