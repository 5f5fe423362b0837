// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives

/// What a read says, ready to be shown.
struct DecodeReport {
    var technology: String?
    var bits: BitString?
    var candidates: [Candidate] = []
    var forms = ReadForms()
    /// Of the read, or what the converter made of it; account numbers masked.
    var text: String?
    var keys: String?
    var frame: DecodeInput.Frame?
    var isEnrollable = true
    var steps: [String] = []
    /// Account numbers and names of holders are shown.
    private let reveals: Bool

    init(_ input: DecodeInput, converter: Converter?, reveals: Bool = false) throws(DecodeFault) {
        self.reveals = reveals
        keys = input.keys
        frame = input.frame
        steps = input.steps
        if let read = input.read {
            technology = "\(read.technology)"
            take(read, input)
            if let converter { try convert(read, converter) }
        } else if converter != nil {
            throw DecodeFault("no-read", "there is no read to convert in this")
        }
    }

    private mutating func take(_ read: RawRead, _ input: DecodeInput) {
        switch read.content {
        case .bits(let bits): take(bits, read, isWired: input.isWired)
        case .text(let secret): take(secret.revealed, read, input.meaning)
        }
        explainCandidates()
    }

    private mutating func take(_ bits: BitString, _ read: RawRead, isWired: Bool) {
        self.bits = bits
        candidates = read.candidates(isWired: isWired)
        forms = ReadForms(bits, as: read.technology, swapped: candidates.first?.swappedLines == true)
        isEnrollable = !(read.technology == .iso14443a && UID(bits)?.isRandom == true)
        steps.append("raw: \(bits.count) bits \(bits.revealedBinary), hexadecimal \(bits.revealedHex)")
    }

    private mutating func take(_ typed: [UInt8], _ read: RawRead, _ meaning: DecodeInput.Meaning?) {
        if let tracks = try? TrackText.parse(typed) {
            take(tracks, as: typed)
            candidates = read.candidates()
            if let id = candidates.first.map({ String($0.cardNumber) }) { forms = ReadForms(digits: Array(id.utf8)) }
            return
        }
        text = shown(typed)
        guard reveals || AccountNumberMask.masked(typed) == typed else {
            // As a number it would show in each of its forms.
            return steps.append("an account number is in the text: masked")
        }
        let areDigits = typed.allSatisfy { (0x30...0x39).contains($0) }
        switch meaning ?? (areDigits ? .decimal : .hex) {
        case .decimal:
            forms = ReadForms(digits: typed)
            steps.append("the text is a decimal number")
        case .hex:
            guard let bits = BitString(hex: typed) else { return steps.append("the text is no number") }
            self.bits = bits
            forms = ReadForms(bits, as: .wedge)
            steps.append("the text is \(bits.count) bits in hexadecimal")
        }
    }

    private mutating func take(_ tracks: [Track], as typed: [UInt8]) {
        let isPayment = tracks.contains(where: \.isPayment)
        text = isPayment && !reveals ? tracks.map(\.masked).joined() : shown(typed)
        for track in tracks {
            let check = track.hasCheckCharacter ? "check character right" : "without check character"
            steps.append("track \(track.number.rawValue): \(track.text.revealed.count) characters, \(check)")
            if let expiry = track.expiry, let code = track.serviceCode {
                let masked = reveals ? "" : "account number masked, "
                steps.append("a payment card: \(masked)expiry \(expiry), service code \(code)")
            }
        }
        if isPayment { steps.append("a payment card's number counts only where a converter takes it") }
    }

    private mutating func explainCandidates() {
        guard bits != nil else { return }
        if candidates.isEmpty { steps.append("no known card format has this length") }
        for candidate in candidates {
            let code = candidate.facilityCode.map { "facility code \($0), " } ?? ""
            let parity =
                switch candidate.parity {
                case .good: "parity good"
                case .bad: "parity bad"
                case .none: "no parity to check"
                }
            let swapped = candidate.swappedLines ? "; all checks hold once D0 and D1 are swapped" : ""
            let proof = candidate.isProven ? "" : "; unproven: the sources of this format contradict themselves"
            steps.append("\(candidate.format): \(code)card number \(candidate.cardNumber), \(parity)\(swapped)\(proof)")
        }
    }

    private mutating func convert(_ read: RawRead, _ converter: Converter) throws(DecodeFault) {
        var value: Converter.Value
        switch read.content {
        case .bits(let bits): value = .bits(bits)
        case .text(let secret): value = .text(secret.revealed)
        }
        do throws(ConversionFault) {
            for (index, step) in converter.steps.enumerated() {
                do throws(ConversionFault) {
                    value = try Converter(steps: [step]).convert(value)
                } catch {
                    throw ConversionFault(step: index + 1, name: error.name)
                }
                steps.append("converter \(step): \(shown(value.text))")
            }
        } catch {
            throw DecodeFault("not-convertible", error.description)
        }
        text = shown(value.text)
    }

    private func shown(_ text: [UInt8]) -> String {
        String(decoding: reveals ? text : AccountNumberMask.masked(text), as: UTF8.self)
    }
}
