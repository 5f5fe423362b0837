// SPDX-License-Identifier: Apache-2.0

extension Converter {
    private static let plain: [(name: String, step: Step)] = [
        ("hex2dec", .hexToDecimal), ("dec2hex", .decimalToHex), ("ascii-unpack", .asciiUnpack),
        ("reverse-bytes", .reverseBytes), ("reverse-bits", .reverseBits), ("reverse-nibbles", .reverseNibbles),
        ("strip-parity", .stripParity),
    ]

    private static let known =
        "regex(PATTERN), bits(A..B), substring(A,LENGTH), pad(N), " + plain.map(\.name).joined(separator: ", ")

    /// Understands a chain as it is written in settings and on the command line.
    package init(_ text: String) throws(ConverterFault) {
        let characters = Array(text.utf8)
        guard characters.count <= Self.textLimit else {
            throw ConverterFault(Self.textLimit + 1, "a chain has at most \(Self.textLimit) characters")
        }
        var steps: [Step] = []
        var rest = characters[...]
        while true {
            let part = Self.takeStep(from: &rest)
            guard steps.count < Self.stepLimit else {
                throw ConverterFault(part.startIndex + 1, "a chain has at most \(Self.stepLimit) steps")
            }
            steps.append(try Self.step(part))
            guard !rest.isEmpty else { break }
            rest.removeFirst()
        }
        self.init(steps: steps)
    }

    /// Up to the next bar that is not inside parentheses or a class of a pattern.
    private static func takeStep(from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let start = rest.startIndex
        var (depth, isInClass, isEscaped) = (0, false, false)
        var place = start
        while place < rest.endIndex {
            let character = rest[place]
            if isEscaped {
                isEscaped = false
            } else if character == UInt8(ascii: "\\") {
                isEscaped = true
            } else if isInClass {
                isInClass = character != UInt8(ascii: "]")
            } else if character == UInt8(ascii: "[") {
                isInClass = true
            } else if character == UInt8(ascii: "(") {
                depth += 1
            } else if character == UInt8(ascii: ")") {
                depth -= 1
            } else if character == UInt8(ascii: "|"), depth <= 0 {
                break
            }
            place += 1
        }
        let step = rest[start..<place]
        rest = rest[place...]
        return step
    }

    private static func step(_ part: ArraySlice<UInt8>) throws(ConverterFault) -> Step {
        let trimmed = part.drop { $0 == 0x20 }.dropLast(part.reversed().prefix { $0 == 0x20 }.count)
        let place = trimmed.startIndex + 1
        guard !trimmed.isEmpty else { throw ConverterFault(place, "a step is missing; there are \(known)") }
        let name = String(decoding: trimmed.prefix { $0 != UInt8(ascii: "(") }, as: UTF8.self)
        if let step = plain.first(where: { $0.name == name })?.step {
            guard trimmed.count == name.utf8.count else { throw ConverterFault(place, "\(name) takes nothing in ()") }
            return step
        }
        guard ["regex", "bits", "substring", "pad"].contains(name) else {
            throw ConverterFault(place, "there is no step of this name; there are \(known)")
        }
        guard trimmed.count > name.utf8.count + 1, trimmed.last == UInt8(ascii: ")") else {
            throw ConverterFault(place, "write \(form(of: name))")
        }
        let inner = trimmed.dropFirst(name.utf8.count + 1).dropLast()
        if name == "regex" { return .regex(try pattern(inner)) }
        guard let step = step(name, inner) else {
            throw ConverterFault(inner.startIndex + 1, "write \(form(of: name))")
        }
        return step
    }

    private static func pattern(_ inner: ArraySlice<UInt8>) throws(ConverterFault) -> TextPattern {
        do throws(ConverterFault) {
            return try TextPattern(String(decoding: inner, as: UTF8.self))
        } catch {
            throw ConverterFault(inner.startIndex + error.place, error.what)
        }
    }

    private static func form(of name: String) -> String {
        switch name {
        case "bits": "bits(A..B) with 0 ≤ A ≤ B < \(BitString.limit), both included"
        case "substring": "substring(A,LENGTH), where a negative A counts from the end, or substring(A)"
        case "pad": "pad(N) with N from 1 to \(RawRead.textLimit)"
        default: "regex(PATTERN)"
        }
    }

    private static func step(_ name: String, _ inner: ArraySlice<UInt8>) -> Step? {
        let text = String(decoding: inner, as: UTF8.self)
        switch name {
        case "bits":
            let parts = text.split(separator: "..", omittingEmptySubsequences: false).map { number($0) }
            guard parts.count == 2, let first = parts[0], let last = parts[1] else { return nil }
            guard first >= 0, first <= last, last < BitString.limit else { return nil }
            return .bits(first, last)
        case "substring":
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { number($0) }
            guard let start = parts[0], parts.count <= 2, abs(start) <= RawRead.textLimit else { return nil }
            guard parts.count == 2 else { return .substring(start, nil) }
            guard let length = parts[1], (1...RawRead.textLimit).contains(length) else { return nil }
            return .substring(start, length)
        default:
            guard let width = number(text[...]), (1...RawRead.textLimit).contains(width) else { return nil }
            return .pad(width)
        }
    }

    private static func number(_ text: Substring) -> Int? {
        Int(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed().map(String.init).joined())
    }
}
