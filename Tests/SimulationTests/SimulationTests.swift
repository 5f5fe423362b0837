// SPDX-License-Identifier: Apache-2.0

import Foundation
import SimKit
import Testing

/// `LANYARD_SEEDS` says how many seeds, `LANYARD_SEED` names the only one and shows what happened last in it;
/// `LANYARD_BUG` names the only planted bug, and with `LANYARD_SEARCH` bugs are looked for from seed 1 on, as if none
/// were known.
@Suite struct SimulationTests {
    static let environment = ProcessInfo.processInfo.environment
    static let seedCount = environment["LANYARD_SEEDS"].flatMap { UInt64($0) } ?? 200
    static let onlySeed = environment["LANYARD_SEED"].flatMap { UInt64($0) }
    static let searches = environment["LANYARD_SEARCH"] != nil
    static let bugs = SimBug.allCases.filter { bug in environment["LANYARD_BUG"].map { $0 == "\(bug)" } ?? true }

    /// Seeds in groups, so that the groups run side by side.
    static let groups: [ClosedRange<UInt64>] =
        onlySeed.map { [$0...$0] }
        ?? stride(from: 1, through: seedCount, by: 25).map { $0...min($0 + 24, seedCount) }

    /// Leases of up to an hour, partitions of up to two: jobs come out without the server, leases run out, charges
    /// follow.
    static let remoteGroups: [ClosedRange<UInt64>] = onlySeed == nil ? [1...3, 4...6] : []

    @Test func nothingPromisedIsBroken() async throws {
        let runs = try await withThrowingTaskGroup(of: SimCoverage.self) { group in
            for seeds in Self.remoteGroups {
                group.addTask { try Self.run(seeds, .remote, milliseconds: 4 * 3_600_000) }
            }
            for seeds in Self.groups { group.addTask { try Self.run(seeds, .rough, milliseconds: 60_000) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let coverage = runs.reduce(into: SimCoverage()) { $0.merge($1) }
        guard Self.onlySeed == nil, Self.seedCount >= 200 else { return }
        // What never happens is not tested.
        #expect(coverage.missing.isEmpty, "\(coverage.table)")
    }

    private static func run(
        _ seeds: ClosedRange<UInt64>, _ faults: SimFaults, milliseconds: Int
    ) throws -> SimCoverage {
        var coverage = SimCoverage()
        var printed = 0
        for seed in seeds {
            let run = try SimRun(seed: seed, faults: faults, milliseconds: milliseconds)
            coverage.merge(run.coverage)
            printed += run.printed
            if seed == onlySeed || !run.violations.isEmpty { print(run.report) }
            #expect(run.violations.isEmpty, "SEED=\(seed)")
        }
        #expect(printed > 3 * seeds.count || seeds.count == 1)
        return coverage
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

    /// Each action of each machine as a log would have it at its most talkative.
    @Test(arguments: [3, 14] as [UInt64]) func noSecretIsInTheWholeTrace(seed: UInt64) throws {
        let run = try SimRun(seed: seed, isSwarm: false, milliseconds: 30_000, tracesAll: true)
        #expect(run.violations.isEmpty, "\(run.report)")
    }

    /// The simulator is worth what it finds: each of these is wrong in one place at the edge of the product. The seed
    /// that is known to find it comes first; when the simulation has changed so that it does not any more, others are
    /// tried.
    @Test(arguments: bugs) func aPlantedBugIsFound(bug: SimBug) throws {
        let known = Self.searches ? nil : KnownSeeds.all[bug]
        let seeds = (known.map { [$0] } ?? []) + Array(1...200)
        let find = try seeds.first {
            try !SimRun(seed: $0, faults: bug.faults, isSwarm: false, bug: bug).violations.isEmpty
        }
        let seed = try #require(find, "\(bug) is not found within 200 seeds")
        let without = try SimRun(seed: seed, faults: bug.faults, isSwarm: false)
        #expect(without.violations.isEmpty, "\(without.report)")
        if seed != known { print("KnownSeeds: .\(bug): \(seed),") }
    }
}
