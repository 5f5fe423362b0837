// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Ops
import SimKit

/// `lanyard-lab simulate`: a whole site in virtual time, once for each seed; a thread for each processor.
enum SimulateCommand {
    private static let remoteLength = 4 * 3_600_000
    private static let length = 60_000
    /// Seeds begun and not judged yet, for each processor.
    private static let ahead = 4

    /// What all seeds have in common.
    private struct Plan: Sendable {
        let isRemote: Bool
        let bug: SimBug?
        let traceLength: Int?

        func run(_ seed: UInt64) throws(LabFault) -> SimRun {
            do {
                return try SimRun(
                    seed: seed, faults: isRemote ? .remote : bug?.faults ?? .rough, isSwarm: bug == nil, bug: bug,
                    milliseconds: isRemote ? SimulateCommand.remoteLength : SimulateCommand.length,
                    traceLength: traceLength)
            } catch {
                throw LabFault("seed \(seed) cannot begin: \(error)", exit: .bug)
            }
        }
    }

    static let command = Command(
        syntax: CommandSyntax(
            "lanyard-lab simulate",
            "Run many seeds of a simulated site with every kind of trouble; exit code 0 only if no promise was broken.",
            options: [
                .value("--seeds", "N", "Default 200."),
                .value("--first", "N", "The first seed; default 1."),
                .flag("--remote", "The server is away for up to two hours at a time; four hours a seed."),
                .value("--bug", "NAME", "Plant this bug, to see it found; `list` names them all."),
                .value("--trace", "N", "Print the last N actions of each seed, whatever came of it."),
            ])
    ) { arguments throws(LabFault) in
        if arguments.value("--bug") == "list" {
            for bug in SimBug.allCases { try answer("\(bug)") }
            return .fine
        }
        let seeds = try number(arguments, "--seeds") ?? 200
        let first = try number(arguments, "--first") ?? 1
        let bug = try arguments.value("--bug").map { name throws(LabFault) in
            guard let bug = SimBug.allCases.first(where: { "\($0)" == name }) else {
                throw LabFault("there is no planted bug \(name); --bug list names them", exit: .usage)
            }
            return bug
        }
        let plan = Plan(
            isRemote: arguments.has("--remote"), bug: bug, traceLength: try number(arguments, "--trace").map(Int.init))
        return try run(first..<(first + seeds), plan)
    }

    private static func run(_ seeds: Range<UInt64>, _ plan: Plan) throws(LabFault) -> Exit {
        let begin = ContinuousClock.now
        var coverage = SimCoverage()
        var (ran, broken, isUnwritten) = (0, 0, false)
        try judge(seeds, plan) { run in
            ran += 1
            coverage.merge(run.coverage)
            if !run.violations.isEmpty { broken += 1 }
            if !run.violations.isEmpty || plan.traceLength != nil, !StandardStream.output.write(line: run.report) {
                isUnwritten = true
            }
            return plan.bug == nil || run.violations.isEmpty
        }
        let seconds = ContinuousClock.now - begin
        let speed = Double(ran) / max(0.001, seconds / .seconds(1))
        if isUnwritten { throw .outputFailed }
        try answer(
            coverage.table, "\(ran) seeds, \(broken) with violations, \(Int(speed * 60)) seeds a minute")
        return broken == 0 ? .fine : .bug
    }

    /// Several at once, each in its thread. They are judged in their order: the same seeds print the same.
    /// - Parameter goesOn: whether the next one is to be looked at.
    private static func judge(
        _ seeds: Range<UInt64>, _ plan: Plan, _ goesOn: (SimRun) -> Bool
    ) throws(LabFault) {
        let threads = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        var done: [UInt64: Result<SimRun, LabFault>] = [:]
        do {
            let loop = try Loop()
            let worker = try Worker<UInt64, Result<SimRun, LabFault>>(
                name: "simulate", on: loop, limits: .parallel(threads: threads, requests: threads * ahead),
                makeState: {},
                handle: { _, seeds in seeds.map { seed in Result { () throws(LabFault) in try plan.run(seed) } } })
            var next = seeds.lowerBound
            for seed in seeds {
                while next < seeds.upperBound, worker.submit(next, then: { [next] in done[next] = $0 }) { next += 1 }
                while done[seed] == nil { try loop.turn() }
                guard let result = done.removeValue(forKey: seed) else { continue }
                guard goesOn(try result.get()) else { return }
            }
        } catch let fault as LabFault {
            throw fault
        } catch {
            throw LabFault("the seeds have no threads: \(error)", exit: .bug)
        }
    }

    private static func number(_ arguments: Arguments, _ name: String) throws(LabFault) -> UInt64? {
        guard let text = arguments.value(name) else { return nil }
        guard let number = UInt64(text), (1...1_000_000_000).contains(number) else {
            throw LabFault("\(name) must be a whole number from 1 to 1000000000", exit: .usage)
        }
        return number
    }
}
