// SPDX-License-Identifier: Apache-2.0

/// A regular expression for converters: literals, `.`, classes `[0-9a-f]` and `[^;]`, `\d` `\w` `\s` `\xHH`, groups,
/// `(?:…)`, `|`, the quantifiers `*` `+` `?` `{m,n}` (lazy with `?`), and `^` `$`. It gives the text of its first
/// group, or of the whole match when it has none.
///
/// Not the standard library's `Regex`: that one backtracks, so a pattern in a settings file could hold up every badge
/// at the door. This one walks all alternatives at once; its work is at most pattern length times text length.
package struct TextPattern: Hashable, Sendable {
    package static let limit = 256
    static let instructionLimit = 1024

    package let source: String
    private let program: [PatternInstruction]

    package init(_ source: String) throws(ConverterFault) {
        guard source.utf8.count <= Self.limit else {
            throw ConverterFault(Self.limit + 1, "a pattern has at most \(Self.limit) characters")
        }
        self.source = source
        var parser = PatternParser(text: Array(source.utf8))
        program = try PatternCompiler.compile(try parser.parse())
    }

    /// `nil` when it does not match anywhere.
    package func firstGroup(in text: [UInt8]) -> ArraySlice<UInt8>? {
        var run = PatternRun(program: program, text: text)
        guard let range = run.find() else { return nil }
        return text[range]
    }
}

enum PatternInstruction: Hashable, Sendable {
    case byte(ByteSet)
    /// Tries the first way before the second.
    case split(Int, Int)
    case jump(Int)
    case openGroup
    case closeGroup
    case start
    case end
    case match
}

/// A set of ASCII characters.
struct ByteSet: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ ranges: ClosedRange<UInt8>...) { for range in ranges { insert(range) } }

    mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range where byte < 128 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        low |= other.low
        high |= other.high
    }

    mutating func invert() { (low, high) = (~low, ~high) }

    func contains(_ byte: UInt8) -> Bool {
        byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }
}

/// All alternatives side by side, best first.
private struct PatternRun {
    private struct Walk {
        var place: Int
        var start: Int
        var groupStart: Int?
        var groupEnd: Int?
    }

    let program: [PatternInstruction]
    let text: [UInt8]
    private var marks: [Int]
    private var generation = 0

    init(program: [PatternInstruction], text: [UInt8]) {
        self.program = program
        self.text = text
        marks = Array(repeating: -1, count: program.count)
    }

    mutating func find() -> Range<Int>? {
        var walks: [Walk] = []
        var found: Walk?
        var end = 0
        for place in 0...text.count {
            generation = place
            var ready: [Walk] = []
            for walk in walks { follow(walk, at: place, into: &ready) }
            if found == nil {
                follow(Walk(place: 0, start: place, groupStart: nil, groupEnd: nil), at: place, into: &ready)
            }
            walks.removeAll(keepingCapacity: true)
            for walk in ready {
                switch program[walk.place] {
                case .byte(let set):
                    guard place < text.count, set.contains(text[place]) else { continue }
                    var next = walk
                    next.place += 1
                    walks.append(next)
                case .match: (found, end) = (walk, place)
                default: continue
                }
                // What follows is worth less than a match.
                if case .match = program[walk.place] { break }
            }
            if walks.isEmpty, found != nil { break }
        }
        guard let found else { return nil }
        if let start = found.groupStart, let end = found.groupEnd { return start..<end }
        return program.contains(.openGroup) ? end..<end : found.start..<end
    }

    /// Walks what takes no character. Each instruction is reached once a place, by the best alternative.
    private mutating func follow(_ walk: Walk, at place: Int, into ready: inout [Walk]) {
        var stack = [walk]
        while var next = stack.popLast() {
            guard marks[next.place] != generation else { continue }
            marks[next.place] = generation
            switch program[next.place] {
            case .byte, .match: ready.append(next)
            case .jump(let target):
                next.place = target
                stack.append(next)
            case .split(let first, let second):
                var other = next
                (next.place, other.place) = (first, second)
                stack.append(other)
                stack.append(next)
            case .openGroup:
                next.groupStart = place
                next.place += 1
                stack.append(next)
            case .closeGroup:
                next.groupEnd = place
                next.place += 1
                stack.append(next)
            case .start, .end:
                guard place == (program[next.place] == .start ? 0 : text.count) else { continue }
                next.place += 1
                stack.append(next)
            }
        }
    }
}
