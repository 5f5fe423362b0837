// SPDX-License-Identifier: Apache-2.0

import Primitives

/// A chain of steps that turns what a reader gives into the number that a site knows the badge by:
/// `bits(1..24)|hex2dec|pad(10)`.
///
/// What flows through it is bits or text. A step that wants text gets bits as capital hexadecimal digits; a step that
/// wants bits takes text as hexadecimal digits.
package struct Converter: Hashable, Sendable {
    package static let textLimit = 512
    package static let stepLimit = 16

    package let steps: [Step]

    package init(steps: [Step]) { self.steps = steps }

    package enum Step: Hashable, Sendable {
        /// The first group of a match, or the whole match.
        case regex(TextPattern)
        /// From the first to the second position, both included, counted from 0.
        case bits(Int, Int)
        /// From a position, counted from 0 or, negative, from the end; so many characters or all that are left.
        case substring(Int, Int?)
        /// Zeros in front up to this length.
        case pad(Int)
        case hexToDecimal
        case decimalToHex
        /// Pairs of hexadecimal digits are ASCII characters.
        case asciiUnpack
        /// The pieces in the opposite order, all of them.
        case reverseBytes
        case reverseBits
        case reverseNibbles
        /// Drops the first and the last bit.
        case stripParity
    }

    package enum Value: Hashable, Sendable {
        case bits(BitString)
        case text([UInt8])

        package var text: [UInt8] {
            switch self {
            case .bits(let bits): Array(bits.revealedHex.utf8)
            case .text(let text): text
            }
        }

        var bits: BitString? {
            switch self {
            case .bits(let bits): bits
            case .text(let text): BitString(hex: text)
            }
        }
    }

    /// - Returns: ASCII text.
    package func convert(_ read: RawRead) throws(ConversionFault) -> [UInt8] {
        switch read.content {
        case .bits(let bits): try convert(.bits(bits)).text
        case .text(let text): try convert(.text(text.revealed)).text
        }
    }

    package func convert(_ value: Value) throws(ConversionFault) -> Value {
        var value = value
        for (index, step) in steps.enumerated() {
            guard let next = step.apply(to: value) else { throw ConversionFault(step: index + 1, name: "\(step)") }
            value = next
        }
        return value
    }
}

extension Converter.Step {
    /// `nil` when the value does not fit: no match, too short, no hexadecimal.
    func apply(to value: Converter.Value) -> Converter.Value? {
        switch self {
        case .regex(let pattern): return pattern.firstGroup(in: value.text).map { .text(Array($0)) }
        case .bits(let first, let last): return value.bits?.part(first..<last + 1).map { .bits($0) }
        case .substring(let start, let length): return Self.part(of: value.text, start, length)
        case .pad(let width):
            let text = value.text
            return .text(Array(repeating: UInt8(ascii: "0"), count: max(0, width - text.count)) + text)
        case .hexToDecimal: return value.bits.map { .text(Array(String($0.value).utf8)) }
        case .decimalToHex: return Self.number(value).map { .text(Array(String($0, radix: 16, uppercase: true).utf8)) }
        case .asciiUnpack:
            guard let bytes = Hexadecimal.bytes(of: value.text), !bytes.isEmpty else { return nil }
            return bytes.allSatisfy { (0x20..<0x7F).contains($0) } ? .text(bytes) : nil
        case .reverseBytes: return Self.reversed(value, by: 8)
        case .reverseBits: return Self.reversed(value, by: 1)
        case .reverseNibbles: return Self.reversed(value, by: 4)
        case .stripParity: return value.bits.flatMap { $0.part(1..<max(1, $0.count - 1)) }.map { .bits($0) }
        }
    }

    private static func part(of text: [UInt8], _ start: Int, _ length: Int?) -> Converter.Value? {
        let first = start < 0 ? text.count + start : start
        guard (0...text.count).contains(first), let end = length.map({ first + $0 }) ?? text.count as Int?,
            end <= text.count
        else { return nil }
        return .text(Array(text[first..<end]))
    }

    private static func number(_ value: Converter.Value) -> UInt128? {
        switch value {
        case .bits(let bits): bits.value
        case .text(let text):
            text.allSatisfy(CredentialForm.isDigit) ? UInt128(String(decoding: text, as: UTF8.self)) : nil
        }
    }

    /// An odd number of digits gets a zero in front before its bytes are turned.
    private static func reversed(_ value: Converter.Value, by size: Int) -> Converter.Value? {
        guard var bits = value.bits else { return nil }
        if case .text(let text) = value, size == 8, text.count % 2 == 1 {
            guard let padded = BitString(value: bits.value, count: bits.count + 4) else { return nil }
            bits = padded
        }
        return bits.reversed(by: size).map { .bits($0) }
    }
}

extension Converter.Step: CustomStringConvertible {
    package var description: String {
        switch self {
        case .regex(let pattern): "regex(\(pattern.source))"
        case .bits(let first, let last): "bits(\(first)..\(last))"
        case .substring(let start, let length): "substring(\(start)\(length.map { ",\($0)" } ?? ""))"
        case .pad(let width): "pad(\(width))"
        case .hexToDecimal: "hex2dec"
        case .decimalToHex: "dec2hex"
        case .asciiUnpack: "ascii-unpack"
        case .reverseBytes: "reverse-bytes"
        case .reverseBits: "reverse-bits"
        case .reverseNibbles: "reverse-nibbles"
        case .stripParity: "strip-parity"
        }
    }
}

extension Converter: CustomStringConvertible {
    /// As it is written in settings.
    package var description: String { steps.map(\.description).joined(separator: "|") }
}

/// A chain that cannot be understood; the place counts its characters from 1.
package struct ConverterFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let place: Int
    package let what: String

    init(_ place: Int, _ what: String) {
        self.place = place
        self.what = what
    }

    package var description: String { "at character \(place): \(what)" }
}

/// A step that the value did not fit. The value is not repeated.
package struct ConversionFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1.
    package let step: Int
    package let name: String

    package init(step: Int, name: String) {
        self.step = step
        self.name = name
    }

    package var description: String { "step \(step), \(name), does not fit what it was given" }
}
