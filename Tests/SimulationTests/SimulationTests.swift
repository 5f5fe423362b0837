// SPDX-License-Identifier: Apache-2.0

import Foundation
import SimKit
import Testing

/// `LANYARD_SEEDS` says how many seeds, `LANYARD_SEED` names the only one and shows what happened last in it;
/// `LANYARD_BUG` names the only planted bug.
@Suite struct SimulationTests {
    static let environment = ProcessInfo.processInfo.environment
    static let seedCount = environment["LANYARD_SEEDS"].flatMap { UInt64($0) } ?? 200
    static let onlySeed = environment["LANYARD_SEED"].flatMap { UInt64($0) }

    /// Seeds in groups, so that the groups run side by side and not every seed is a line of the test's output.
    static let groups: [ClosedRange<UInt64>] =
        onlySeed.map { [$0...$0] }
        ?? stride(from: 1, through: seedCount, by: 25).map { $0...min($0 + 24, seedCount) }

    static let bugs = SimBug.allCases.filter { bug in environment["LANYARD_BUG"].map { $0 == "\(bug)" } ?? true }

    @Test(arguments: groups) func nothingPromisedIsBroken(seeds: ClosedRange<UInt64>) throws {
        var printed = 0
        var released = 0
        var offline = 0
        var dialogue: [String: Int] = [:]
        for seed in seeds {
            let run = try SimRun(seed: seed)
            printed += run.printed
            released += run.outcomes["released"] ?? 0
            offline += run.offline
            dialogue.merge(run.dialogue, uniquingKeysWith: +)
            if seed == Self.onlySeed || !run.violations.isEmpty { print(run.report) }
            #expect(run.violations.isEmpty, "SEED=\(seed)")
        }
        // A run in which nothing happens breaks nothing.
        #expect(printed > 5 * seeds.count && released > seeds.count)
        #expect(seeds.count < 10 || offline > 0)
        // Every reply of the dialogue was heard.
        let heard = ["17", "19", "23", "24", "25", "26", "27"].filter { (dialogue["\($0) heard"] ?? 0) == 0 }
        #expect(heard.isEmpty || seeds.count < 10, "never heard: \(heard)")
    }

    /// Leases of up to an hour, partitions of up to two: jobs come out without the server, leases run out, charges
    /// follow.
    @Test(arguments: [1...3, 4...6] as [ClosedRange<UInt64>]) func aServerMayBeAwayForHours(seeds: ClosedRange<UInt64>)
        throws
    {
        var offline = 0
        for seed in seeds {
            let run = try SimRun(seed: seed, faults: .remote, milliseconds: 4 * 3_600_000)
            offline += run.offline
            #expect(run.violations.isEmpty, "\(run.report)")
        }
        #expect(offline > 0)
    }

    @Test func withoutFaultsEverythingIsPrinted() throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            let run = try SimRun(seed: seed, faults: .none)
            #expect(run.violations.isEmpty && run.inDoubt == 0 && run.printed > 0, "\(run.report)")
            // A badge may still expire: another one at the same reader ends its wait for a PIN.
            let troubled = ["serverAway", "interrupted", "printerUnavailable"]
            #expect(troubled.allSatisfy { run.outcomes[$0] == nil }, "SEED=\(seed) \(run.outcomes)")
        }
    }

    @Test(arguments: [1, 77, 4242] as [UInt64]) func aSeedNamesARun(seed: UInt64) throws {
        let (first, second) = (try SimRun(seed: seed), try SimRun(seed: seed))
        #expect(first.digest == second.digest && first.actions == second.actions)
        #expect(try SimRun(seed: seed + 1).digest != first.digest)
    }

    /// The simulator is worth what it finds: each of these is wrong in one place at the edge of the product.
    @Test(arguments: bugs) func aPlantedBugIsFound(bug: SimBug) throws {
        let find = try (1...200 as ClosedRange<UInt64>).first {
            try !SimRun(seed: $0, isSwarm: false, bug: bug).violations.isEmpty
        }
        let seed = try #require(find, "\(bug) is not found within 200 seeds")
        let without = try SimRun(seed: seed, isSwarm: false)
        #expect(without.violations.isEmpty, "\(without.report)")
        print("\(bug) is found by seed \(seed)")
    }
}
