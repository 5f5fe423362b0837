// SPDX-License-Identifier: Apache-2.0

/// The fuzzer's bytes as a supply of choices. When it is used up, every choice is the first one.
struct FuzzInput: Sendable {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func number(below limit: Int) -> Int { Int(byte()) % limit }

    mutating func word() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// Fewer when there are no more.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let taken = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return taken
    }

    /// With its length in one byte in front.
    mutating func piece() -> [UInt8] {
        let count = Int(byte())
        return bytes(count)
    }

    /// All that is left, in pieces whose lengths follow from `cut`.
    func pieces(_ cut: UInt8) -> [[UInt8]] {
        var left = rest
        var length = Int(cut)
        var pieces: [[UInt8]] = []
        while !left.isEmpty {
            length = (length * 31 + 7) % 61 + 1
            pieces.append(Array(left.prefix(length)))
            left = left.dropFirst(length)
        }
        return pieces
    }
}

extension Sequence<UInt8> {
    var isPrintable: Bool { allSatisfy { (0x20..<0x7F).contains($0) } }
}
