// SPDX-License-Identifier: Apache-2.0

import Primitives

/// What a pattern says.
indirect enum PatternNode {
    case byte(ByteSet)
    case sequence([PatternNode])
    case choice([PatternNode])
    case repetition(PatternNode, minimum: Int, maximum: Int?, isLazy: Bool)
    case group(PatternNode)
    case start
    case end
}

/// Reads a pattern; faults count from its first character.
struct PatternParser {
    static let depthLimit = 8
    static let repetitionLimit = 128

    let text: [UInt8]
    private var place = 0
    private var depth = 0
    private var hasGroup = false

    init(text: [UInt8]) { self.text = text }

    mutating func parse() throws(ConverterFault) -> PatternNode {
        let node = try choice()
        guard place == text.count else { throw fault("a ) without (; write \\) for the character") }
        return node
    }

    private func fault(_ what: String) -> ConverterFault { ConverterFault(place + 1, what) }

    private mutating func take(_ character: Character) -> Bool {
        guard place < text.count, let ascii = character.asciiValue, text[place] == ascii else { return false }
        place += 1
        return true
    }

    private mutating func choice() throws(ConverterFault) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw fault("groups go \(Self.depthLimit) deep at most") }
        var ways = [try sequence()]
        while take("|") { ways.append(try sequence()) }
        return ways.count == 1 ? ways[0] : .choice(ways)
    }

    private mutating func sequence() throws(ConverterFault) -> PatternNode {
        var parts: [PatternNode] = []
        while place < text.count, text[place] != UInt8(ascii: "|"), text[place] != UInt8(ascii: ")") {
            parts.append(try repeated(try atom()))
        }
        return .sequence(parts)
    }

    private mutating func atom() throws(ConverterFault) -> PatternNode {
        let character = text[place]
        place += 1
        switch character {
        case UInt8(ascii: "("):
            let isCapturing = !(take("?") && take(":"))
            if isCapturing, text[place - 1] == UInt8(ascii: "?") { throw fault("only (?: may follow (") }
            let isFirst = isCapturing && !hasGroup
            hasGroup = hasGroup || isCapturing
            let inner = try choice()
            guard take(")") else { throw fault("a ) is missing") }
            return isFirst ? .group(inner) : inner
        case UInt8(ascii: "["): return .byte(try characterClass())
        case UInt8(ascii: "."): return .byte(ByteSet(0...127))
        case UInt8(ascii: "^"): return .start
        case UInt8(ascii: "$"): return .end
        case UInt8(ascii: "\\"): return .byte(try escape())
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
            place -= 1
            throw fault("nothing to repeat; write \\ before the character if it is meant itself")
        default:
            guard character < 128 else {
                place -= 1
                throw fault("only ASCII characters are read from badges")
            }
            return .byte(ByteSet(character...character))
        }
    }

    private mutating func escape() throws(ConverterFault) -> ByteSet {
        guard place < text.count else { throw fault("a character must follow \\") }
        let character = text[place]
        place += 1
        switch character {
        case UInt8(ascii: "d"): return ByteSet(0x30...0x39)
        case UInt8(ascii: "w"): return ByteSet(0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F...0x5F)
        case UInt8(ascii: "s"): return ByteSet(0x09...0x0D, 0x20...0x20)
        case UInt8(ascii: "x"):
            guard place + 2 <= text.count, let byte = Hexadecimal.bytes(of: text[place..<place + 2])?.first, byte < 128
            else { throw fault("\\x needs two hexadecimal digits up to 7F") }
            place += 2
            return ByteSet(byte...byte)
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF:
            place -= 1
            throw fault("there are \\d \\w \\s \\xHH and \\ before a punctuation mark")
        default: return ByteSet(character...character)
        }
    }

    private mutating func characterClass() throws(ConverterFault) -> ByteSet {
        let isInverted = take("^")
        var set = ByteSet()
        var isFirst = true
        while isFirst || !take("]") {
            isFirst = false
            guard place < text.count else { throw fault("a ] is missing") }
            let low = text[place]
            place += 1
            if low == UInt8(ascii: "\\") {
                set.formUnion(try escape())
                continue
            }
            var high = low
            let isRange = place + 1 < text.count && text[place] == UInt8(ascii: "-") && text[place + 1] != 0x5D
            if isRange {
                high = text[place + 1]
                place += 2
            }
            guard low <= high else { throw fault("a range goes from the lower to the higher character") }
            set.insert(low...high)
        }
        if isInverted { set.invert() }
        return set
    }

    private mutating func repeated(_ node: PatternNode) throws(ConverterFault) -> PatternNode {
        let (minimum, maximum): (Int, Int?)
        if take("*") {
            (minimum, maximum) = (0, nil)
        } else if take("+") {
            (minimum, maximum) = (1, nil)
        } else if take("?") {
            (minimum, maximum) = (0, 1)
        } else if take("{") {
            (minimum, maximum) = try counts()
        } else {
            return node
        }
        let isLazy = take("?")
        if place < text.count, [0x2A, 0x2B, 0x3F, 0x7B].contains(text[place]) {
            throw fault("one quantifier after the other")
        }
        return .repetition(node, minimum: minimum, maximum: maximum, isLazy: isLazy)
    }

    private mutating func counts() throws(ConverterFault) -> (Int, Int?) {
        let (minimum, isOpen) = (number(), take(","))
        let maximum = isOpen ? number() : minimum
        guard let minimum, take("}"), maximum ?? minimum >= minimum, maximum ?? minimum <= Self.repetitionLimit else {
            throw fault("a count is {m}, {m,} or {m,n} with n at most \(Self.repetitionLimit)")
        }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        let digits = text[place...].prefix { CredentialForm.isDigit($0) }.prefix(4)
        place += digits.count
        return Int(String(decoding: digits, as: UTF8.self))
    }
}

/// Turns a pattern into instructions.
enum PatternCompiler {
    static func compile(_ node: PatternNode) throws(ConverterFault) -> [PatternInstruction] {
        var program: [PatternInstruction] = []
        try emit(node, &program)
        program.append(.match)
        return program
    }

    private static func emit(
        _ node: PatternNode, _ program: inout [PatternInstruction]
    ) throws(ConverterFault) {
        guard program.count < TextPattern.instructionLimit else {
            throw ConverterFault(1, "the pattern is too large when its counts are written out")
        }
        switch node {
        case .byte(let set): program.append(.byte(set))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .sequence(let parts): for part in parts { try emit(part, &program) }
        case .group(let inner):
            program.append(.openGroup)
            try emit(inner, &program)
            program.append(.closeGroup)
        case .choice(let ways): try emit(choice: ways, &program)
        case .repetition(let inner, let minimum, let maximum, let isLazy):
            for _ in 0..<minimum { try emit(inner, &program) }
            if let maximum {
                for _ in minimum..<maximum { try emit(optional: inner, isLazy, isLoop: false, &program) }
            } else {
                try emit(optional: inner, isLazy, isLoop: true, &program)
            }
        }
    }

    private static func emit(
        choice ways: [PatternNode], _ program: inout [PatternInstruction]
    ) throws(ConverterFault) {
        var jumps: [Int] = []
        for (index, way) in ways.enumerated() {
            let split = program.count
            let isLast = index == ways.count - 1
            if !isLast { program.append(.jump(0)) }
            try emit(way, &program)
            guard !isLast else { continue }
            jumps.append(program.count)
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private static func emit(
        optional inner: PatternNode, _ isLazy: Bool, isLoop: Bool, _ program: inout [PatternInstruction]
    ) throws(ConverterFault) {
        let split = program.count
        program.append(.jump(0))
        try emit(inner, &program)
        if isLoop { program.append(.jump(split)) }
        program[split] = isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count)
    }
}
