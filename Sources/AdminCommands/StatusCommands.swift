// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops
import PrintModel
import Primitives

enum StatusCommands {
    static let all: [Command] = [status]

    private static let status = Command(
        "status", "Shows how the server is: jobs, users, agents, readers in trouble, and who listens on its ports."
    ) { use throws(OperatorError) in
        try use.output(try use.server.get("/status")) { answer throws(OperatorError) in
            describe(try answer.read())
        }
    }

    private static func describe(_ status: StatusAnswer) -> String {
        let version = status.version.displaySafe(limit: 64)
        let head = "lanyard-server \(version), running since \(Shown.minute(status.startedAt)) UTC\n"
        let warnings = status.warnings.map { "Warning: \($0.displaySafe(limit: 512))\n" }.joined()
        let agents = status.agents.isEmpty ? "There are no agents.\n" : AgentCommands.table(status.agents)
        let parts = [head + warnings, counts(status), agents, ReaderCommands.trouble(status.readers), ports(status)]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func counts(_ status: StatusAnswer) -> String {
        var table = Table([.left("JOBS"), .right("")])
        let known = JobState.allCases.map(\.rawValue).filter { status.jobs[$0] != nil }
        let others = status.jobs.keys.filter { !known.contains($0) }.sorted()
        for state in known + others { table.add([Shown.state(state), "\(status.jobs[state] ?? 0)"]) }
        table.add(["", ""])
        table.add(["USERS", "\(status.users)"])
        table.add(["LEDGER ENTRIES", "\(status.ledgerEntries)"])
        return table.text
    }

    private static func ports(_ status: StatusAnswer) -> String {
        var table = Table([
            .left("SERVICE"), .left("ADDRESS"), .right("PORT"), .left("LISTENER"), .right("PID"), .left("USER"),
        ])
        for port in status.ports {
            let listener = port.listener
            table.add([
                port.service, port.address, "\(port.port)", listener?.process ?? "nobody",
                listener.map { "\($0.pid)" } ?? "", listener?.user ?? "",
            ])
        }
        return table.text
    }
}
