// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Ops
import SimKit

/// `lanyard-lab simulate`: the whole site in one thread and virtual time, once for each seed.
enum SimulateCommand {
    private static let remoteLength = 4 * 3_600_000
    private static let length = 60_000

    static let command = Command(
        syntax: CommandSyntax(
            "lanyard-lab simulate",
            "Run many seeds of a simulated site with every kind of trouble; exit code 0 only if no promise was broken.",
            options: [
                .value("--seeds", "N", "Default 200."),
                .value("--first", "N", "The first seed; default 1."),
                .flag("--remote", "The server is away for up to two hours at a time; four hours a seed."),
                .value("--bug", "NAME", "Plant this bug, to see it found; `list` names them all."),
            ])
    ) { arguments throws(LabFault) in
        if arguments.value("--bug") == "list" {
            for bug in SimBug.allCases { StandardStream.output.write(line: "\(bug)") }
            return .fine
        }
        let seeds = try number(arguments, "--seeds", otherwise: 200)
        let first = try number(arguments, "--first", otherwise: 1)
        let bug = try arguments.value("--bug").map { name throws(LabFault) in
            guard let bug = SimBug.allCases.first(where: { "\($0)" == name }) else {
                throw LabFault("there is no planted bug \(name); --bug list names them", exit: .usage)
            }
            return bug
        }
        return try run(first..<(first + seeds), isRemote: arguments.has("--remote"), bug: bug)
    }

    private static func run(_ seeds: Range<UInt64>, isRemote: Bool, bug: SimBug?) throws(LabFault) -> Exit {
        let begin = ContinuousClock.now
        var coverage = SimCoverage()
        var (ran, broken) = (0, 0)
        for seed in seeds {
            let run: SimRun
            do {
                run = try SimRun(
                    seed: seed, faults: isRemote ? .remote : bug?.faults ?? .rough, isSwarm: bug == nil, bug: bug,
                    milliseconds: isRemote ? remoteLength : length)
            } catch {
                throw LabFault("seed \(seed) cannot begin: \(error)", exit: .bug)
            }
            ran += 1
            coverage.merge(run.coverage)
            guard !run.violations.isEmpty else { continue }
            broken += 1
            StandardStream.output.write(line: run.report)
            if bug != nil { break }
        }
        let seconds = ContinuousClock.now - begin
        let speed = Double(ran) / max(0.001, seconds / .seconds(1))
        StandardStream.output.write(line: coverage.table)
        StandardStream.output.write(
            line: "\(ran) seeds, \(broken) with violations, \(Int(speed * 60)) seeds a minute")
        return broken == 0 ? .fine : .bug
    }

    private static func number(
        _ arguments: Arguments, _ name: String, otherwise: UInt64
    ) throws(LabFault) -> UInt64 {
        guard let text = arguments.value(name) else { return otherwise }
        guard let number = UInt64(text), (1...1_000_000_000).contains(number) else {
            throw LabFault("\(name) must be a whole number from 1", exit: .usage)
        }
        return number
    }
}
