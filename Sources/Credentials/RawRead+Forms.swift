// SPDX-License-Identifier: Apache-2.0

import Primitives

extension RawRead {
    /// Every form under which this badge may be stored, the most specific kind for people first; at most
    /// ``CredentialForm/formLimit``. Empty when nothing is known about the text.
    ///
    /// A candidate with bad parity gives no facility form: a disturbed read must not become somebody else's badge. A
    /// badge that breaks its parity by nature is enrolled under its raw bits.
    package var forms: [CredentialForm] {
        var forms: [CredentialForm] = []
        func add(_ form: CredentialForm?) {
            guard let form, !forms.contains(form), forms.count < CredentialForm.formLimit else { return }
            forms.append(form)
        }
        switch content {
        case .text(let text):
            add(try? CredentialForm(typed: String(decoding: text.revealed, as: UTF8.self)))
        case .bits(let bits):
            if technology == .em4100, bits.count == 40 {
                add(.number(String(bits.field(8..<40)).utf8))
                add(.badge(facilityCode: bits.field(16..<24), cardNumber: bits.field(24..<40)))
            }
            for candidate in bits.candidates where candidate.parity != .bad {
                add(candidate.facilityCode.map { .badge(facilityCode: $0, cardNumber: candidate.cardNumber) })
            }
            add(.raw(bits))
        }
        return forms
    }

    /// For a display or a list: the last three digits of the printed number, `•••886`. Of a number so short that three
    /// digits would give most of it away nothing is shown.
    package var masked: String {
        let printed: [UInt8]
        switch content {
        case .text(let text): printed = text.revealed
        case .bits(let bits) where technology == .em4100 && bits.count == 40:
            printed = Self.padded(bits.field(8..<40), to: 10)
        case .bits(let bits): printed = bits.candidates.first.map { Self.padded($0.cardNumber, to: 5) } ?? []
        }
        guard printed.count >= 5, printed.allSatisfy(CredentialForm.isDigit) else { return "•••" }
        return "•••" + String(decoding: printed.suffix(3), as: UTF8.self)
    }

    private static func padded(_ number: UInt64, to width: Int) -> [UInt8] {
        let digits = Array(String(number).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
    }
}
