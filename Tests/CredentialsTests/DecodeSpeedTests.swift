// SPDX-License-Identifier: Apache-2.0

import Credentials
import Glibc
import Testing

/// A measurement, not a test: run in release with LANYARD_BENCH=1 in the environment, it prints reads a second.
@Suite struct DecodeSpeedTests {
    private static let isWanted = getenv("LANYARD_BENCH") != nil

    @Test(.enabled(if: isWanted)) func readsPerSecond() {
        let reads = FormatTableTests.vectors.map(\.bits)
        let rounds = 100_000
        var candidates = 0
        let time = ContinuousClock().measure {
            for _ in 0..<rounds { for bits in reads { candidates += bits.candidates.count } }
        }
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
        print("decode-reads-per-second \(Int(Double(rounds * reads.count) / seconds)) (\(candidates) candidates)")
        #expect(candidates > rounds)
    }
}
