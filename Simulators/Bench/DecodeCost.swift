// SPDX-License-Identifier: Apache-2.0

import Credentials

/// How many reads a core understands: all candidates of each, over published reads of every length that has one.
enum DecodeCost {
    static let how = "all candidates of each, 17 published reads of 9 lengths by turns, processor time of one thread"

    private static let rounds = 100_000

    /// Frame in hexadecimal, bits.
    private static let reads: [(hex: String, count: Int)] = [
        ("2F623AE", 26), ("2EC0C86", 26), ("2EC1258", 26), ("3C00A73", 26), ("001836113", 34), ("4A72010B3", 35),
        ("60EC00C87", 35), ("D8082DD01", 36), ("D80830820", 36), ("0584A2B940", 37), ("061EE3085D", 37),
        ("F0760643C3", 40), ("86400007D3", 40), ("12ED825C29", 40), ("400076000C86", 48), ("20FA201980F92", 50),
        ("00007B0000007B", 56),
    ]

    /// Reads a second.
    static func measure() -> Double {
        let bits = reads.compactMap { read in
            UInt128(read.hex, radix: 16).flatMap { BitString(value: $0, count: read.count) }
        }
        precondition(bits.count == reads.count, "the reads are well written")
        var candidates = 0
        let time = ThreadTime.measure {
            for _ in 0..<rounds { for read in bits { candidates += read.candidates.count } }
        }
        precondition(candidates >= rounds * bits.count, "each read was understood")
        return Double(rounds * bits.count) / (time / .seconds(1))
    }
}
