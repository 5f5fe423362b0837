// SPDX-License-Identifier: Apache-2.0

/// Finds out how a site's numbers come about: from some badges' raw reads and the numbers expected for them, the
/// simplest chain that explains all.
///
/// The search is bounded and its order fixed: chains with fewer steps first, then in the order in which the steps are
/// tried. Parameters such as positions are not guessed but read off the pairs.
package enum ConverterSearch {
    package static let pairsNeeded = 3
    package static let pairLimit = 1000
    /// Pairs from which parameters are read off; more would find no other chain, unless all these are wrong.
    private static let seeds = 8
    /// Places in one read where a number may be.
    private static let windowLimit = 128

    package struct Pair: Hashable, Sendable {
        package let read: Converter.Value
        package let expected: [UInt8]

        package init(read: Converter.Value, expected: [UInt8]) {
            self.read = read
            self.expected = expected
        }
    }

    package enum Finding: Hashable, Sendable {
        case needMorePairs(have: Int)
        case chain(Converter)
        /// Two pairs, by index, give the same read different numbers.
        case contradiction(Int, Int)
        /// The chain explains all but the pairs with these indexes.
        case disagreement(Converter, except: [Int])
        /// Nothing explains more than half of them.
        case nothing
    }

    package static func search(_ pairs: [Pair]) -> Finding {
        guard pairs.count >= pairsNeeded else { return .needMorePairs(have: pairs.count) }
        if let clash = contradiction(in: pairs) { return .contradiction(clash.0, clash.1) }
        var best: (chain: Converter, hits: Int)?
        for chain in chains(for: pairs) {
            let hits = hits(of: chain, in: pairs)
            if hits == pairs.count { return .chain(chain) }
            if hits > best?.hits ?? pairs.count / 2 { best = (chain, hits) }
        }
        guard let best else { return .nothing }
        return .disagreement(best.chain, except: pairs.indices.filter { !explains(best.chain, pairs[$0]) })
    }

    private static func contradiction(in pairs: [Pair]) -> (Int, Int)? {
        var seen: [Converter.Value: Int] = [:]
        for (index, pair) in pairs.enumerated() {
            if let first = seen[pair.read], pairs[first].expected != pair.expected { return (first, index) }
            seen[pair.read] = seen[pair.read] ?? index
        }
        return nil
    }

    /// Counts no further once more than half are missed.
    private static func hits(of chain: Converter, in pairs: [Pair]) -> Int {
        var (hits, misses) = (0, 0)
        for pair in pairs {
            if explains(chain, pair) { hits += 1 } else { misses += 1 }
            if misses * 2 >= pairs.count { return 0 }
        }
        return hits
    }

    private static func explains(_ chain: Converter, _ pair: Pair) -> Bool {
        (try? chain.convert(pair.read))?.text == pair.expected
    }

    /// What may come before the last steps.
    private static let preparations: [[Converter.Step]] = [
        [], [.stripParity], [.reverseBytes], [.reverseBits], [.reverseNibbles], [.asciiUnpack], [.decimalToHex],
        [.hexToDecimal], [.stripParity, .reverseBytes], [.stripParity, .reverseBits], [.stripParity, .reverseNibbles],
        [.decimalToHex, .reverseBytes], [.asciiUnpack, .decimalToHex], [.asciiUnpack, .reverseBytes],
        [.reverseNibbles, .reverseBytes], [.reverseBits, .reverseBytes], [.reverseBits, .reverseNibbles],
    ]

    /// The chains that turn at least one of the first pairs' reads into its number, shortest first.
    private static func chains(for pairs: [Pair]) -> [Converter] {
        var found: [Converter] = []
        var known: Set<Converter> = []
        for preparation in preparations {
            let start = Converter(steps: preparation)
            for pair in pairs.prefix(seeds) {
                guard let value = try? start.convert(pair.read) else { continue }
                for ending in endings(from: value, to: pair.expected) {
                    let chain = Converter(steps: preparation + ending)
                    if known.insert(chain).inserted { found.append(chain) }
                }
            }
        }
        let order = found.indices.sorted { (found[$0].steps.count, $0) < (found[$1].steps.count, $1) }
        return order.map { found[$0] }
    }

    private static func endings(from value: Converter.Value, to expected: [UInt8]) -> [[Converter.Step]] {
        var endings: [[Converter.Step]] = []
        let pad: [[Converter.Step]] = expected.first == UInt8(ascii: "0") ? [[], [.pad(expected.count)]] : [[]]
        let significant = expected.drop { $0 == UInt8(ascii: "0") }
        for padding in pad + [[.pad(expected.count)]] where !endings.contains(padding) {
            endings.append(padding)
            endings.append([.hexToDecimal] + padding)
        }
        endings += parts(of: value.text, equalTo: expected).map { [$0] }
        endings += patterns(in: value.text, around: expected).map { [$0] }
        if let zeros = try? TextPattern("^0*(.+)$") { endings.append([.regex(zeros)]) }
        guard let bits = value.bits, let number = UInt128(String(decoding: significant, as: UTF8.self)) else {
            return endings
        }
        for window in windows(of: bits, equalTo: number) {
            endings.append([window, .hexToDecimal])
            endings.append([window, .hexToDecimal, .pad(expected.count)])
        }
        return endings
    }

    /// From the start, then from the end.
    private static func parts(of text: [UInt8], equalTo expected: [UInt8]) -> [Converter.Step] {
        guard !expected.isEmpty, text.count >= expected.count else { return [] }
        let places = (0...text.count - expected.count).filter { text[$0..<$0 + expected.count] == expected[...] }
        return places.flatMap { place -> [Converter.Step] in
            [.substring(place, expected.count), .substring(place - text.count, expected.count)]
        }
    }

    /// Digits between two marks that are no digits.
    private static func patterns(in text: [UInt8], around expected: [UInt8]) -> [Converter.Step] {
        guard !expected.isEmpty, expected.allSatisfy(CredentialForm.isDigit), text.count > expected.count else {
            return []
        }
        let places = (0...text.count - expected.count).filter { text[$0..<$0 + expected.count] == expected[...] }
        return places.compactMap { place in
            let end = place + expected.count
            let before = place == 0 ? "^" : mark(text[place - 1])
            let after = end == text.count ? "$" : mark(text[end])
            guard let before, let after else { return nil }
            return (try? TextPattern("\(before)(\\d+)\(after)")).map { .regex($0) }
        }
    }

    private static func mark(_ character: UInt8) -> String? {
        if CredentialForm.isDigit(character) || character >= 0x7F { return nil }
        let text = String(decoding: [character], as: UTF8.self)
        return "^$.*+?()[]{}|\\".utf8.contains(character) ? "\\" + text : text
    }

    /// The fields of known formats first; then the longest, for a field is at least as long as its number, and leading
    /// zeros belong to it.
    private static func windows(of bits: BitString, equalTo number: UInt128) -> [Converter.Step] {
        let least = 128 - number.leadingZeroBitCount
        guard (1...bits.count).contains(least) else { return [] }
        let fields = WiegandFormat.table.filter { $0.bitCount == bits.count }.flatMap {
            $0.fields.map(\.positions.list)
        }
        var windows = fields.compactMap { list -> Range<Int>? in
            guard let first = list.first, list == Array(first..<first + list.count) else { return nil }
            return first..<first + list.count
        }
        for width in (least...bits.count).reversed() {
            windows += (0...bits.count - width).map { $0..<$0 + width }
        }
        let equal = windows.filter { bits.part($0)?.value == number }
        return equal.prefix(windowLimit).map { .bits($0.lowerBound, $0.upperBound - 1) }
    }
}
