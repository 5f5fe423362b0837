// SPDX-License-Identifier: Apache-2.0

/// Positions in a read, 0 being the first bit on the wire, written as the tables of card formats are: `1-8` or, for
/// scattered fields, `9,4,6`. The first position is the highest bit of a field.
package struct BitPositions: Hashable, Sendable, ExpressibleByStringLiteral {
    package let list: [Int]

    package init(stringLiteral text: String) {
        list = text.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last, ends.count <= 2 else {
                preconditionFailure("a table of card formats says 1-8 or 9,4,6")
            }
            return Array(first...last)
        }
    }

    init(_ list: [Int]) { self.list = list }

    /// With the first bit on the wire as the highest of `bitCount` low bits.
    func mask(of bitCount: Int) -> UInt64 { list.reduce(0) { $0 | 1 << UInt64(bitCount - 1 - $1) } }
}

/// Takes the bits at some positions out of a read and puts them together, with one shift and mask for each run of
/// neighbours.
struct BitExtractor: Sendable {
    private struct Run: Sendable {
        var shift: UInt64
        var count: UInt64
        var mask: UInt64 { ~(~0 << count) }
    }

    private let first: Run
    private let rest: [Run]

    init?(_ positions: BitPositions, of bitCount: Int) {
        var runs: [Run] = []
        for position in positions.list {
            let shift = UInt64(bitCount - 1 - position)
            if let last = runs.last, last.shift == shift + 1 {
                runs[runs.count - 1] = Run(shift: shift, count: last.count + 1)
            } else {
                runs.append(Run(shift: shift, count: 1))
            }
        }
        guard let first = runs.first else { return nil }
        self.first = first
        rest = Array(runs.dropFirst())
    }

    var bitCount: Int { Int(rest.reduce(first.count) { $0 + $1.count }) }

    @inline(__always)
    func value(in bits: UInt64) -> UInt64 {
        var value = bits >> first.shift & first.mask
        if !rest.isEmpty {
            for run in rest { value = value << run.count | bits >> run.shift & run.mask }
        }
        return value
    }
}
