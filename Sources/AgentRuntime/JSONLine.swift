// SPDX-License-Identifier: Apache-2.0

/// One JSON object (RFC 8259) of plain fields: text, whole numbers, flags, and lists of whole numbers. What a program
/// on the box sends is that small, so nothing else is taken.
struct JSONLine {
    enum Value: Equatable {
        case text(String)
        case integer(Int64)
        case flag(Bool)
        case integers([Int64])
        case null
    }

    static let fieldLimit = 16
    static let listLimit = 256

    private(set) var fields: [String: Value] = [:]

    /// `nil` for everything else.
    init?(_ bytes: some Collection<UInt8>) {
        var rest = JSONScanner(bytes)
        guard rest.take(UInt8(ascii: "{")) else { return nil }
        if !rest.take(UInt8(ascii: "}")) {
            repeat {
                guard fields.count < Self.fieldLimit, let name = rest.text(), rest.take(UInt8(ascii: ":")),
                    let value = rest.value(), fields.updateValue(value, forKey: name) == nil
                else { return nil }
            } while rest.take(UInt8(ascii: ","))
            guard rest.take(UInt8(ascii: "}")) else { return nil }
        }
        guard rest.isAtEnd else { return nil }
    }
}

private struct JSONScanner {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) { rest = Array(bytes)[...] }

    private mutating func skipBlanks() {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
    }

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return rest.isEmpty
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func value() -> JSONLine.Value? {
        skipBlanks()
        switch rest.first {
        case UInt8(ascii: "\""): return text().map { .text($0) }
        case UInt8(ascii: "["): return integers().map { .integers($0) }
        case UInt8(ascii: "t"): return word("true", .flag(true))
        case UInt8(ascii: "f"): return word("false", .flag(false))
        case UInt8(ascii: "n"): return word("null", .null)
        default: return integer().map { .integer($0) }
        }
    }

    private mutating func word(_ word: String, _ value: JSONLine.Value) -> JSONLine.Value? {
        guard rest.starts(with: word.utf8) else { return nil }
        rest = rest.dropFirst(word.utf8.count)
        return value
    }

    /// Neither a fraction nor an exponent, nor a leading zero.
    private mutating func integer() -> Int64? {
        skipBlanks()
        let digits = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        rest = rest.dropFirst(digits.count)
        let text = String(decoding: digits, as: UTF8.self)
        guard let number = Int64(text), String(number) == text else { return nil }
        if let next = rest.first, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(next) {
            return nil
        }
        return number
    }

    private mutating func integers() -> [Int64]? {
        guard take(UInt8(ascii: "[")) else { return nil }
        if take(UInt8(ascii: "]")) { return [] }
        var numbers: [Int64] = []
        repeat {
            guard numbers.count < JSONLine.listLimit, let number = integer() else { return nil }
            numbers.append(number)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? numbers : nil
    }

    mutating func text() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                bytes += Array(String(Character(scalar)).utf8)
            case 0..<0x20: return nil
            default: bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): "\""
        case UInt8(ascii: "\\"): "\\"
        case UInt8(ascii: "/"): "/"
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        case UInt8(ascii: "u"): codePoint()
        default: nil
        }
    }

    /// Four hexadecimal digits, or two such escapes that are a surrogate pair.
    private mutating func codePoint() -> Unicode.Scalar? {
        guard let first = unit() else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"), let second = unit(),
            (0xDC00..<0xE000).contains(second)
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func unit() -> UInt32? {
        let digits = rest.prefix(4)
        rest = rest.dropFirst(digits.count)
        guard digits.count == 4, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else {
            return nil
        }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
