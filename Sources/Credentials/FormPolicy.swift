// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Which forms of a read a site lets count: under these its badge may have been enrolled. The more kinds and formats
/// are allowed, the more easily an administrator's number is found – and the more easily a stranger's badge looks like
/// somebody else's.
package struct FormPolicy: Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        /// As printed: an EM4100 number, a UID in either byte order, a format without facility code, a track's number.
        case number
        /// Facility code and card number.
        case facility
        /// All bits.
        case raw
        /// All bytes in the opposite order.
        case reversed
        /// All bits as a decimal number.
        case decimal
        /// What a 26-bit reader makes of three bytes of a UID.
        case w26
    }

    package static let standardKinds: [Kind] = [.number, .facility, .raw]

    package let kinds: [Kind]
    package let catalog: FormatCatalog
    package let converters: ConverterTable
    /// Formats whose numbers count.
    private let trusted: Set<String>

    /// - Parameter formats: names from ``WiegandFormat/table``, the site's own first; only they give numbers then. With
    ///   none given, all that can tell by parity that a read is theirs do; where several formats share one frame, the
    ///   first of the table.
    package init(
        kinds: [Kind] = standardKinds, formats: [String] = [], converters: ConverterTable = ConverterTable()
    ) {
        self.kinds = kinds
        self.converters = converters
        catalog = formats.isEmpty ? .standard : FormatCatalog(preferring: formats)
        trusted = formats.isEmpty ? Self.telling : Set(formats)
    }

    package static let standard = FormPolicy()

    private static let telling: Set<String> = {
        let formats = WiegandFormat.table
        let names = formats.enumerated().filter { index, format in
            let isShadowed = formats[..<index].contains {
                $0.bitCount == format.bitCount && $0.checks == format.checks
                    && $0.hasFacilityCode == format.hasFacilityCode
            }
            return format.hasParity && format.isProven && !isShadowed
        }
        return Set(names.map(\.element.name))
    }()

    /// Every form under which this badge may be stored, the most specific for people first; at most
    /// ``CredentialForm/formLimit``. Empty when nothing is known about the text, or when it is a random number.
    ///
    /// A candidate with bad parity gives no number: a disturbed read must not become somebody else's badge. A badge
    /// that breaks its parity by nature is enrolled under its raw bits.
    package func forms(of read: RawRead, from reader: ReaderName? = nil) -> [CredentialForm] {
        var forms = FormList(kinds: kinds)
        if let converter = converters.converter(for: reader), let text = try? converter.convert(read) {
            forms.add(typed: text)
        }
        switch read.content {
        case .text(let text): add(text.revealed, as: read.technology, to: &forms)
        case .bits(let bits): add(bits, as: read.technology, to: &forms)
        }
        return forms.list
    }

    private func add(_ bits: BitString, as technology: Technology, to forms: inout FormList) {
        if technology == .iso14443a, let uid = UID(bits) {
            guard !uid.isRandom else { return forms.list.removeAll() }
            add(uid, to: &forms)
        } else if technology == .em4100, bits.count == 40 {
            forms.add(.number, .number(String(bits.field(8..<40)).utf8))
            forms.add(
                .facility, .badge(facilityCode: bits.field(16..<24), cardNumber: bits.field(24..<40)))
        } else {
            addCandidates(of: bits, to: &forms)
        }
        forms.add(.raw, .raw(bits))
        forms.add(.reversed, bits.reversed(by: 8).map(CredentialForm.raw))
        forms.add(.decimal, .number(String(bits.value).utf8))
    }

    private func add(_ uid: UID, to forms: inout FormList) {
        forms.add(.number, .number(String(uid.reversed.value).utf8))
        forms.add(.number, .number(String(uid.bits.value).utf8))
        for candidate in uid.candidates {
            forms.add(.w26, candidate.facilityCode.map { .badge(facilityCode: $0, cardNumber: candidate.cardNumber) })
        }
    }

    private func addCandidates(of bits: BitString, to forms: inout FormList) {
        for candidate in catalog.candidates(for: bits) where candidate.parity != .bad {
            guard trusted.contains(candidate.format) else { continue }
            guard let code = candidate.facilityCode else {
                forms.add(.number, .number(String(candidate.cardNumber).utf8))
                continue
            }
            forms.add(.facility, .badge(facilityCode: code, cardNumber: candidate.cardNumber))
            // Readers for 32-bit numbers send them in this frame.
            if candidate.format == "H10306" {
                forms.add(.number, .number(String(code << 16 | candidate.cardNumber).utf8))
            }
        }
    }

    private func add(_ text: [UInt8], as technology: Technology, to forms: inout FormList) {
        if let form = try? CredentialForm(typed: String(decoding: text, as: UTF8.self)) {
            forms.add(form.kind, form)
        } else if let tracks = try? TrackText.parse(text) {
            // A payment card's number is taken only by a converter that says so.
            for track in tracks where !track.isPayment {
                forms.add(.number, track.identification.flatMap { .number($0) })
            }
        } else if text.count >= 8, text.count.isMultiple(of: 2) {
            forms.add(.raw, try? CredentialForm.hexadecimal(text))
        }
    }
}

/// Collects forms of the allowed kinds, each once.
private struct FormList {
    let kinds: [FormPolicy.Kind]
    var list: [CredentialForm] = []

    init(kinds: [FormPolicy.Kind]) { self.kinds = kinds }

    mutating func add(_ kind: FormPolicy.Kind, _ form: CredentialForm?) {
        guard kinds.contains(kind), let form else { return }
        append(form)
    }

    mutating func add(typed text: [UInt8]) {
        if let form = try? CredentialForm(typed: String(decoding: text, as: UTF8.self)) { append(form) }
    }

    private mutating func append(_ form: CredentialForm) {
        guard !list.contains(form), list.count < CredentialForm.formLimit else { return }
        list.append(form)
    }
}

extension CredentialForm {
    fileprivate var kind: FormPolicy.Kind {
        switch canonical.revealed.first {
        case UInt8(ascii: "n"): .number
        case UInt8(ascii: "w"): .facility
        default: .raw
        }
    }
}

extension RawRead {
    /// The forms that a site allows which has said nothing about it.
    package var forms: [CredentialForm] { FormPolicy.standard.forms(of: self) }
}
