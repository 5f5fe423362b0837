// SPDX-License-Identifier: Apache-2.0

/// Where the fields sit in a fixed-length Wiegand read. A new card format is a row in ``table``, not new code.
///
/// Made from a row, it keeps shifts and masks, so that decoding is a handful of instructions and no allocation.
package struct WiegandFormat: Sendable {
    package enum Field: Hashable, Sendable {
        case facilityCode(BitPositions)
        case cardNumber(BitPositions)
        /// Four bits a decimal digit; a nibble above nine means that the read is not of this format.
        case cardDigits(BitPositions)
        /// A number whose highest bit is set is too high by this much.
        case cardNumberWithOffset(BitPositions, UInt64)
        case issueLevel(BitPositions)
        case oem(BitPositions)
    }

    /// What holds for each well-formed read.
    package enum Check: Hashable, Sendable {
        /// The bit at this position makes the count of ones over itself and the others even. Checks are listed in the
        /// order in which an encoder sets their bits.
        case even(Int, BitPositions)
        case odd(Int, BitPositions)
        /// The last eight bits are the exclusive or of the bytes before; the first four bits are a byte's low half.
        case exclusiveOr
        /// Not parity but a mark of the format: without it the read is of another one.
        case constant(BitPositions, UInt64)
    }

    package static let bitLimit = 64

    package let name: String
    package let bitCount: Int
    package let fields: [Field]
    package let checks: [Check]
    package let isProven: Bool

    fileprivate struct Parity: Sendable {
        let mask: UInt64
        let ones: UInt64
    }

    fileprivate enum Numbering: Sendable {
        case plain
        case digits
        case offset(UInt64, highest: UInt64)
    }

    private let facilityCode: BitExtractor?
    private let cardNumber: BitExtractor
    private let issueLevel: BitExtractor?
    private let oem: BitExtractor?
    private let numbering: Numbering
    private let parities: [Parity]
    private let hasExclusiveOr: Bool
    private let constantMask: UInt64
    private let constantBits: UInt64
    private let parityCount: Int
    private let checkCount: Int

    /// - Parameter isProven: `false` where the public sources contradict themselves.
    package init(_ name: String, _ bitCount: Int, _ fields: [Field], _ checks: [Check] = [], isProven: Bool = true) {
        precondition((1...Self.bitLimit).contains(bitCount), "a format fits 64 bits")
        self.name = name
        self.bitCount = bitCount
        self.fields = fields
        self.checks = checks
        self.isProven = isProven
        let layout = Layout(fields, of: bitCount)
        facilityCode = layout.facilityCode
        issueLevel = layout.issueLevel
        oem = layout.oem
        guard let number = layout.cardNumber else { preconditionFailure("a format has a card number") }
        cardNumber = number
        numbering = layout.numbering
        parities = checks.compactMap { $0.parity(of: bitCount) }
        hasExclusiveOr = checks.contains(.exclusiveOr)
        constantMask = checks.reduce(0) { $0 | $1.constant(of: bitCount).mask }
        constantBits = checks.reduce(0) { $0 | $1.constant(of: bitCount).bits }
        checkCount = checks.count
        parityCount = parities.count + (hasExclusiveOr ? 1 : 0)
    }

    package var hasFacilityCode: Bool { facilityCode != nil }
    /// Says something about reads that are not of this format.
    package var hasParity: Bool { parityCount > 0 }

    /// Its fields are wide enough for these numbers.
    package func holds(facilityCode code: UInt64, cardNumber number: UInt64) -> Bool {
        guard let facilityCode else { return false }
        return code.bitWidth - code.leadingZeroBitCount <= facilityCode.bitCount
            && number.bitWidth - number.leadingZeroBitCount <= cardNumber.bitCount
    }

    /// `nil` when length or marks are not this format's; otherwise always a candidate, with what the checks say.
    ///
    /// - Parameter isWired: two data lines were between badge and read, which may be swapped.
    package func candidate(for bits: BitString, isWired: Bool = true) -> Candidate? {
        guard bits.count == bitCount else { return nil }
        return candidate(for: UInt64(truncatingIfNeeded: bits.value), isWired: isWired)
    }

    @inline(__always)
    func candidate(for bits: UInt64, isWired: Bool) -> Candidate? {
        let hasMarks = bits & constantMask == constantBits
        let failures = failures(in: bits)
        if isWired, failures == parityCount, parityCount > 0, checkCount > 1 {
            let complement = ~bits & ~0 >> UInt64(Self.bitLimit - bitCount)
            if complement & constantMask == constantBits, self.failures(in: complement) == 0 {
                return candidate(from: complement, parity: .good, isSwapped: true)
            }
        }
        guard hasMarks else { return nil }
        let parity: Candidate.Parity = parityCount == 0 ? .none : failures == 0 ? .good : .bad
        return candidate(from: bits, parity: parity, isSwapped: false)
    }

    @inline(__always)
    private func failures(in bits: UInt64) -> Int {
        var failures = 0
        for parity in parities where UInt64((bits & parity.mask).nonzeroBitCount & 1) != parity.ones { failures += 1 }
        if hasExclusiveOr, exclusiveOr(of: bits) != 0 { failures += 1 }
        return failures
    }

    private func exclusiveOr(of bits: UInt64) -> UInt64 {
        var (rest, sum) = (bits, UInt64(0))
        while rest != 0 {
            sum ^= rest & 0xFF
            rest >>= 8
        }
        return sum
    }

    @inline(__always)
    private func candidate(from bits: UInt64, parity: Candidate.Parity, isSwapped: Bool) -> Candidate? {
        guard let number = number(cardNumber.value(in: bits)) else { return nil }
        return Candidate(
            format: name, facilityCode: facilityCode?.value(in: bits), cardNumber: number, parity: parity,
            details: Candidate.Details(
                issueLevel: issueLevel.map { UInt8(truncatingIfNeeded: $0.value(in: bits)) },
                oem: oem.map { UInt16(truncatingIfNeeded: $0.value(in: bits)) }, swappedLines: isSwapped,
                isProven: isProven))
    }

    private func number(_ field: UInt64) -> UInt64? {
        switch numbering {
        case .plain: return field
        case .offset(let offset, let highest): return field & highest == 0 ? field : field - offset
        case .digits:
            var (number, shift) = (UInt64(0), UInt64(32))
            while shift > 0 {
                shift -= 4
                let digit = field >> shift & 0xF
                if digit > 9 { return nil }
                number = number * 10 + digit
            }
            return number
        }
    }
}

/// The fields of a row, each as what takes it out of a read.
private struct Layout {
    var facilityCode: BitExtractor?
    var cardNumber: BitExtractor?
    var issueLevel: BitExtractor?
    var oem: BitExtractor?
    var numbering = WiegandFormat.Numbering.plain

    init(_ fields: [WiegandFormat.Field], of bitCount: Int) {
        for field in fields {
            precondition(field.positions.list.allSatisfy((0..<bitCount).contains), "a field lies in its format")
            let extractor = BitExtractor(field.positions, of: bitCount)
            switch field {
            case .facilityCode: facilityCode = extractor
            case .cardNumber: cardNumber = extractor
            case .issueLevel: issueLevel = extractor
            case .oem: oem = extractor
            case .cardDigits:
                precondition(field.positions.list.count == 32, "eight digits")
                (cardNumber, numbering) = (extractor, .digits)
            case .cardNumberWithOffset(let positions, let offset):
                (cardNumber, numbering) = (extractor, .offset(offset, highest: 1 << UInt64(positions.list.count - 1)))
            }
        }
    }
}

extension WiegandFormat.Field {
    package var positions: BitPositions {
        switch self {
        case .facilityCode(let positions), .cardNumber(let positions), .cardDigits(let positions),
            .cardNumberWithOffset(let positions, _), .issueLevel(let positions), .oem(let positions):
            positions
        }
    }
}

extension WiegandFormat.Check {
    fileprivate func parity(of bitCount: Int) -> WiegandFormat.Parity? {
        switch self {
        case .even(let bit, let others):
            WiegandFormat.Parity(mask: BitPositions([bit] + others.list).mask(of: bitCount), ones: 0)
        case .odd(let bit, let others):
            WiegandFormat.Parity(mask: BitPositions([bit] + others.list).mask(of: bitCount), ones: 1)
        case .exclusiveOr, .constant: nil
        }
    }

    fileprivate func constant(of bitCount: Int) -> (mask: UInt64, bits: UInt64) {
        guard case .constant(let positions, let value) = self else { return (0, 0) }
        var bits: UInt64 = 0
        for (index, position) in positions.list.reversed().enumerated() where value >> UInt64(index) & 1 == 1 {
            bits |= BitPositions([position]).mask(of: bitCount)
        }
        return (positions.mask(of: bitCount), bits)
    }
}
