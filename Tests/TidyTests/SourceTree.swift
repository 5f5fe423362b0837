// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// One Swift file of the package, as bytes: `String` would make the tree's hundred thousand lines slow to look through.
struct SourceFile: CustomStringConvertible, Sendable {
    let target: String
    let path: String
    /// With a zero behind the last, as the C library's search wants it.
    let bytes: [UInt8]
    /// The same with spaces in the place of comments.
    let code: [UInt8]
    /// Where each line begins, and behind them where the next one would.
    let starts: [Int]

    init(target: String, path: String, text: [UInt8]) {
        (self.target, self.path) = (target, path)
        bytes = text + [0]
        var starts = [0]
        for place in Self.places(of: "\n", in: bytes) { starts.append(place + 1) }
        if starts.last != text.count { starts.append(text.count + 1) }
        self.starts = starts
        code = Self.withoutComments(bytes, starts)
    }

    var description: String { path }

    var lineCount: Int { starts.count - 1 }

    /// From 0.
    func line(_ number: Int) -> ArraySlice<UInt8> { bytes[starts[number]..<(starts[number + 1] - 1)] }

    /// From 0.
    func line(at place: Int) -> Int {
        var (low, high) = (0, lineCount)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= place { low = middle } else { high = middle }
        }
        return low
    }

    /// As people and editors write it.
    func position(_ place: Int) -> String { "\(path):\(line(at: place) + 1)" }

    var imports: [String] {
        Self.places(of: "import ", in: code).compactMap { place in
            let start = starts[line(at: place)]
            guard code[start..<place].allSatisfy(Self.isModifier) else { return nil }
            let name = code[(place + 7)...].prefix { Self.isWord($0) }
            return String(decoding: name, as: UTF8.self)
        }
    }

    static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }

    /// What may stand before `func` and `import`: words, `@testable`, `private(set)`.
    static func isModifier(_ byte: UInt8) -> Bool { isWord(byte) || " @()".utf8.contains(byte) }

    /// Where `word` stands in `text`, which ends with a zero.
    static func places(of word: String, in text: [UInt8]) -> [Int] {
        precondition(!word.isEmpty && text.last == 0, "the C library would search beyond the end")
        return text.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return [] }
            var places: [Int] = []
            var next = base
            while let found = strstr(next, word) {
                places.append(UnsafePointer(found) - base)
                next = UnsafePointer(found) + 1
            }
            return places
        }
    }

    /// A comment begins at two slashes before which the line has no open quote.
    private static func withoutComments(_ bytes: [UInt8], _ starts: [Int]) -> [UInt8] {
        var code = bytes
        var (line, end) = (0, 0)
        for place in places(of: "//", in: bytes) where place >= end {
            while starts[line + 1] <= place { line += 1 }
            var isQuoted = false
            for index in starts[line]..<place where bytes[index] == UInt8(ascii: "\"") {
                if index == 0 || bytes[index - 1] != UInt8(ascii: "\\") { isQuoted.toggle() }
            }
            guard !isQuoted else { continue }
            end = starts[line + 1] - 1
            for index in place..<end { code[index] = UInt8(ascii: " ") }
        }
        return code
    }
}

enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    static let sources = ["Sources", "Simulators"].flatMap(read)
    static let tests = read("Tests")
    static let all = sources + tests

    private static func read(_ top: String) -> [SourceFile] {
        let folder = root.appending(path: top)
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            // One that cannot be read has no licence's line, which its test finds.
            let text = (try? Data(contentsOf: folder.appending(path: path))).map(Array.init) ?? []
            return SourceFile(target: String(path.prefix { $0 != "/" }), path: "\(top)/\(path)", text: text)
        }
    }
}
