// SPDX-License-Identifier: Apache-2.0

import Credentials
import SimRandom

/// Writes reads of a format: fields first, then each check's bit in the order of the table.
enum FormatEncoder {
    struct Sample {
        var bits: BitString
        var facilityCode: UInt64?
        var cardNumber: UInt64 = 0
        var issueLevel: UInt64?
        var oem: UInt64?
    }

    static func sample(of format: WiegandFormat, _ seed: inout SplitMix) -> Sample {
        var sample = Sample(bits: BitString(value: 0, count: 1)!)
        var bits = Array(repeating: UInt8(0), count: format.bitCount)
        for field in format.fields {
            let width = field.positions.list.count
            let value = seed.next() >> UInt64(64 - width)
            switch field {
            case .facilityCode:
                let code = marked(format, field) ?? value
                sample.facilityCode = code
                write(code, field.positions, &bits)
            case .cardNumber:
                sample.cardNumber = value
                write(value, field.positions, &bits)
            case .cardNumberWithOffset(_, let offset):
                let highest = UInt64(1) << UInt64(width - 1)
                sample.cardNumber = value & highest == 0 ? value : value - offset
                write(value, field.positions, &bits)
            case .cardDigits:
                // The highest bit is a mark: the first digit is 8 or 9.
                var digits = (0..<8).map { _ in seed.next() % 10 }
                digits[0] = 8 + seed.next() % 2
                sample.cardNumber = digits.reduce(0) { $0 * 10 + $1 }
                write(digits.reduce(0) { $0 << 4 | $1 }, field.positions, &bits)
            case .issueLevel:
                sample.issueLevel = value
                write(value, field.positions, &bits)
            case .oem:
                sample.oem = value
                write(value, field.positions, &bits)
            }
        }
        for check in format.checks { set(check, &bits) }
        sample.bits = BitString(binary: bits.map { $0 + 0x30 })!
        return sample
    }

    private static func marked(_ format: WiegandFormat, _ field: WiegandFormat.Field) -> UInt64? {
        for case .constant(let positions, let value) in format.checks where positions == field.positions {
            return value
        }
        return nil
    }

    private static func write(_ value: UInt64, _ positions: BitPositions, _ bits: inout [UInt8]) {
        for (index, position) in positions.list.reversed().enumerated() {
            bits[position] = UInt8(value >> UInt64(index) & 1)
        }
    }

    private static func set(_ check: WiegandFormat.Check, _ bits: inout [UInt8]) {
        switch check {
        case .even(let bit, let others): bits[bit] = others.list.reduce(0) { $0 ^ bits[$1] }
        case .odd(let bit, let others): bits[bit] = others.list.reduce(1) { $0 ^ bits[$1] }
        case .constant(let positions, let value): write(value, positions, &bits)
        case .exclusiveOr:
            let end = bits.count - 8
            for index in 0..<8 {
                bits[end + index] = stride(from: index, to: end, by: 8).reduce(0) { $0 ^ bits[$1] }
            }
        }
    }
}
