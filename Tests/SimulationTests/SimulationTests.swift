// SPDX-License-Identifier: Apache-2.0

import SimKit
import Testing

@Suite struct SimulationTests {
    @Test(arguments: SimBug.allCases)
    func theSimulatorBites(bug: SimBug) throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            let run = try SimRun(seed: seed, bug: bug)
            guard let violation = run.violations.first else { continue }
            print("\(bug): seed \(seed), \(violation)")
            return
        }
        Issue.record("\(bug) was not found")
    }
}
