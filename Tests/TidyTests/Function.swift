// SPDX-License-Identifier: Apache-2.0

/// A function or initialiser of a source file, as far as its layout tells: `swift format` sees to that.
struct Function {
    let place: Int
    let isInitializer: Bool
    let parameters: Int
    /// From its first line to the closing brace; 1 where it has none.
    let lines: Int

    static func all(in file: SourceFile) -> [Function] {
        let functions = SourceFile.places(of: "func ", in: file.code).map { ($0, false) }
        let initializers = SourceFile.places(of: "init", in: file.code).filter {
            "(?<".utf8.contains(file.code[$0 + 4])
        }.map { ($0, true) }
        return (functions + initializers).compactMap { place, isInitializer in
            let line = file.line(at: place)
            guard file.code[file.starts[line]..<place].allSatisfy(SourceFile.isModifier) else { return nil }
            return Function(
                place: place, isInitializer: isInitializer, parameters: parameters(file.code[place...]),
                lines: lines(of: file, from: line))
        }
    }

    /// The commas of the first parentheses, those in further brackets and in quotes not counted.
    private static func parameters(_ code: ArraySlice<UInt8>) -> Int {
        var (depth, commas) = (0, 0)
        var (isQuoted, isEmpty) = (false, true)
        var last: UInt8 = 0
        for byte in code.drop(while: { $0 != UInt8(ascii: "(") }) {
            defer { last = byte }
            if byte == UInt8(ascii: "\""), last != UInt8(ascii: "\\") { isQuoted.toggle() }
            guard !isQuoted else { continue }
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "<"): depth += 1
            case UInt8(ascii: ">") where last == UInt8(ascii: "-"): break
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ">"):
                depth -= 1
                if depth == 0 { return isEmpty ? 0 : commas + 1 }
            case UInt8(ascii: ","): commas += depth == 1 ? 1 : 0
            case UInt8(ascii: " "), UInt8(ascii: "\n"): break
            default: isEmpty = false
            }
        }
        return 0
    }

    /// It ends at the closing brace that stands under its first letter. Between them nothing else stands there but the
    /// end of its parameters.
    private static func lines(of file: SourceFile, from first: Int) -> Int {
        guard file.line(first).last != UInt8(ascii: "}") else { return 1 }
        let indent = file.line(first).prefix { $0 == UInt8(ascii: " ") }.count
        for number in (first + 1)..<file.lineCount {
            let line = file.line(number)
            let rest = line.drop { $0 == UInt8(ascii: " ") }
            guard let start = rest.first, line.count - rest.count <= indent else { continue }
            if line.count - rest.count == indent, start == UInt8(ascii: "}") { return number - first + 1 }
            if start != UInt8(ascii: ")"), !rest.starts(with: "where ".utf8), start != UInt8(ascii: "{") { return 1 }
        }
        return 1
    }
}
