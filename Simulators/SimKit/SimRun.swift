// SPDX-License-Identifier: Apache-2.0

import PrintModel

/// What came of one seed.
package struct SimRun: Sendable {
    package let seed: UInt64
    /// Each with its second of virtual time; empty when all is well.
    package let violations: [String]
    /// Oldest first.
    package let trace: [String]
    package let digest: UInt64
    package let actions: Int
    package let virtualSeconds: Double
    package let printed: Int
    package let inDoubt: Int
    /// Jobs that agents released while their server was away.
    package let offline: Int
    /// How many reads had each outcome.
    package let outcomes: [String: Int]
    /// How often the desk said and heard each type of message.
    package let dialogue: [String: Int]

    package let coverage: SimCoverage

    /// - Parameters:
    ///   - isSwarm: the seed switches some of the faults off.
    ///   - tracesAll: every line of the trace is made and looked through.
    ///   - traceLength: how many lines of it are kept; `nil` for as many as a report of a failure needs.
    ///   - milliseconds: how long there are faults; two minutes and more without follow.
    package init(
        seed: UInt64, faults: SimFaults = .rough, isSwarm: Bool = true, bug: SimBug? = nil,
        milliseconds: Int = 60_000, tracesAll: Bool = false, traceLength: Int? = nil
    ) throws {
        let site = try SimSite(
            seed: seed, faults: faults, isSwarm: isSwarm, bug: bug, traceLength: traceLength ?? SimTrace.length)
        site.trace.isWhole = tracesAll
        try site.run(milliseconds: milliseconds)
        self.seed = seed
        violations = site.oracle.violations
        trace = violations.isEmpty ? site.trace.last : site.lastLines
        digest = site.trace.digest
        actions = site.trace.count
        virtualSeconds = site.world.seconds
        printed = site.jobs(.printed).count
        inDoubt = site.jobs(.inDoubt).count
        offline = site.oracle.custodies.usedCount
        dialogue = site.desk.counts
        var coverage = site.oracle.coverage
        for result in ReadResult.allCases where !Self.unseen.contains(result) {
            coverage.saw(outcome: "\(result)", times: site.oracle.outcomes[result] ?? 0)
        }
        self.coverage = coverage
        outcomes = Dictionary(uniqueKeysWithValues: site.oracle.outcomes.map { ("\($0.key)", $0.value) })
    }

    /// Outcomes that need what is not simulated.
    private static let unseen: Set<ReadResult> = [.quota]

    /// To be printed when a seed fails.
    package var report: String {
        let lines = ["SEED=\(seed)"] + violations.map { "  violated: \($0)" } + trace.map { "  \($0)" }
        return lines.joined(separator: "\n")
    }
}
