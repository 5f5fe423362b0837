// SPDX-License-Identifier: Apache-2.0

import Credentials
import Ops

/// `lanyard decode --infer`: from pairs of raw read and expected number to a converter.
enum DecodeInference {
    private static let shortestBits = 16

    /// - Parameter first: a file of pairs, one a line, or the first of the pairs among the arguments.
    static func run(_ first: String, _ use: Invocation) throws -> String {
        let isPair = first.contains("=")
        if !isPair, let extra = use.arguments.operands.first {
            throw use.usage("unexpected argument \(extra.debugDescription); pairs are written READ=NUMBER")
        }
        let texts = isPair ? [first] + use.arguments.operands : try use.lines(of: first)
        guard texts.count <= ConverterSearch.pairLimit else {
            throw DecodeFault("too-many", "at most \(ConverterSearch.pairLimit) pairs are looked at")
        }
        let pairs = try texts.enumerated().map { try split($0.element, number: $0.offset + 1) }
        // Only a read in bits has no other digits for so long.
        let areBits = pairs.allSatisfy { read, _ in
            read.count >= shortestBits && read.allSatisfy { $0 == 0x30 || $0 == 0x31 }
        }
        let known = pairs.map { read, expected in
            let bits = areBits ? BitString(binary: read) : nil
            return ConverterSearch.Pair(read: bits.map { .bits($0) } ?? .text(read), expected: expected)
        }
        return try answer(ConverterSearch.search(known), count: known.count, use)
    }

    /// The number stands behind the last blank or, without blanks, behind the last `=`.
    private static func split(_ text: String, number: Int) throws(DecodeFault) -> (read: [UInt8], expected: [UInt8]) {
        let bytes = Array(text.utf8)
        let trimmed = bytes.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()
        let characters = Array(trimmed)
        let place = characters.lastIndex { $0 == 0x20 || $0 == 0x09 } ?? characters.lastIndex(of: UInt8(ascii: "="))
        guard let place else {
            throw DecodeFault("not-a-pair", "pair \(number) must be a read, a blank or =, and the expected number")
        }
        let read = Array(characters[..<place].reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed())
        let expected = Array(characters[(place + 1)...])
        guard (1...RawRead.textLimit).contains(read.count), (1...RawRead.textLimit).contains(expected.count) else {
            throw DecodeFault("not-a-pair", "pair \(number) lacks its read or its number, or is too long")
        }
        return (read, expected)
    }

    private struct Document: Encodable {
        let chain: String
        let pairs: Int
    }

    private static func answer(
        _ finding: ConverterSearch.Finding, count: Int, _ use: Invocation
    ) throws(DecodeFault) -> String {
        switch finding {
        case .needMorePairs(let have):
            throw DecodeFault(
                "too-few-pairs",
                "\(have) of the \(ConverterSearch.pairsNeeded) pairs that are needed: fewer prove nothing")
        case .contradiction(let one, let other):
            throw DecodeFault(
                "pairs-disagree", "pairs \(one + 1) and \(other + 1) give the same read different numbers")
        case .disagreement(let chain, let except):
            let list = except.map { String($0 + 1) }.joined(separator: ", ")
            throw DecodeFault(
                "pairs-disagree", "\(shown(chain)) explains all pairs but these: \(list)")
        case .nothing: throw DecodeFault("no-chain", "no chain of steps explains more than half of the pairs")
        case .chain(let chain):
            if use.isJSON { return JSONForm.text(of: Document(chain: chain.description, pairs: count)) }
            return chain.steps.isEmpty
                ? "The numbers are the reads as they are: no converter is needed (\(count) pairs).\n"
                : "converter = \(chain)\n# explains all \(count) pairs; try others with --convert\n"
        }
    }

    private static func shown(_ chain: Converter) -> String {
        chain.steps.isEmpty ? "no conversion" : chain.description
    }
}
