// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import LabRuntime
import Ops

/// `lanyard-lab kill-test`: SIGKILL at random moments, and what came of it.
enum KillTestCommand {
    static let command = Command(
        syntax: CommandSyntax(
            "lanyard-lab kill-test",
            "Kill server and agent at random moments of their work; exit code 0 only if nothing was lost or doubled.",
            options: siteOptions + [
                .value("--rounds", "N", "Default 100."),
                .value("--seed", "N", "Repeat the plan of another run; default is a random one."),
                .flag("--cut-lines", "Cut the line to the agent, too; as root under `unshare --net`."),
                .flag("--json", "Print one JSON line."),
            ])
    ) { arguments throws(LabFault) in
        let settings = try settings(arguments)
        _ = try Programs.printClient()
        let pump = try interruptiblePump()
        var site = try siteSettings(arguments)
        site.users = KillTestSettings.people
        let report = try KillTest(settings, at: try Site(site, on: pump)).run()
        try answer(arguments.has("--json") ? report.json.line : report.text)
        return report.holds ? .fine : .bug
    }

    private static func settings(_ arguments: Arguments) throws(LabFault) -> KillTestSettings {
        guard let rounds = Int(arguments.value("--rounds") ?? "100"),
            (1...KillTestSettings.roundLimit).contains(rounds)
        else { throw LabFault("--rounds must be 1 to \(KillTestSettings.roundLimit)", exit: .usage) }
        let cutsLines = arguments.has("--cut-lines")
        guard let text = arguments.value("--seed") else {
            let seed = randomBytes(4).reduce(0) { $0 << 8 | UInt64($1) }
            return KillTestSettings(rounds: rounds, seed: seed, cutsLines: cutsLines)
        }
        guard let seed = UInt64(text) else { throw LabFault("--seed must be a whole number", exit: .usage) }
        return KillTestSettings(rounds: rounds, seed: seed, cutsLines: cutsLines)
    }
}
