// SPDX-License-Identifier: Apache-2.0

import SimKit
import Testing

@Suite struct SimulationTests {
    @Test func one() throws {
        var sums: [String: Int] = [:]
        for seed in 1...200 as ClosedRange<UInt64> {
            let run = try SimRun(seed: seed)
            sums["actions", default: 0] += run.actions
            sums["printed", default: 0] += run.printed
            sums["doubt", default: 0] += run.inDoubt
            for (k, v) in run.outcomes { sums[k, default: 0] += v }
            if !run.violations.isEmpty { print(seed, run.violations.prefix(2)) }
        }
        print(sums)
    }
}
