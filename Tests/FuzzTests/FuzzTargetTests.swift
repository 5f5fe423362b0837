// SPDX-License-Identifier: Apache-2.0

import Foundation
import Fuzz
import Primitives
import Testing

/// The fuzzer's rules hold for what it starts from, and for what it once found.
@Suite struct FuzzTargetTests {
    static let recordings: [String] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Simulators/Recordings")
            .standardized
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".rec") }.sorted().compactMap {
            try? String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }
    }()

    @Test(arguments: FuzzTarget.allCases) func everyRuleHoldsForTheSeeds(target: FuzzTarget) throws {
        let seeds = FuzzSeeds(recordings: Self.recordings).seeds(for: target)
        #expect(!seeds.isEmpty)
        for seed in seeds { try target.check(seed) }
    }

    @Test(arguments: FuzzTarget.allCases) func everyRuleHoldsForDamagedSeeds(target: FuzzTarget) throws {
        var state: UInt64 = 0x2545_F491_4F6C_DD1D
        func draw(_ limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(limit))
        }
        for seed in FuzzSeeds(recordings: Self.recordings).seeds(for: target) {
            for _ in 0..<8 {
                var damaged = seed
                for _ in 0...draw(3) { damaged[draw(damaged.count)] ^= UInt8(1 << draw(8)) }
                try target.check(Array(damaged.prefix(1 + draw(damaged.count))))
            }
        }
    }

    /// Inputs that broke a rule or trapped before they were mended.
    static let finds: [(FuzzTarget, String)] = []

    @Test(arguments: finds) func whatWasFoundOnceHolds(target: FuzzTarget, hexadecimal: String) throws {
        try target.check(try #require(Hexadecimal.bytes(of: hexadecimal.utf8)))
    }
}
