// SPDX-License-Identifier: Apache-2.0

import Ops

enum AgentCommands {
    static let all: [Command] = [enrolCode, list, unlock, revoke]

    private static let enrolCode = Command(
        "agent enrol-code", "Makes a code with which one agent enrols."
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("POST", "/agents/enrolment-codes")) { answer throws(OperatorError) in
            let code: EnrolmentCodeAnswer = try answer.read()
            return "\(code.code)\nGood for one agent until \(Shown.minute(code.expiresAt)) UTC.\n"
        }
    }

    private static let list = Command("agent list", "Lists all agents.") { use throws(OperatorError) in
        try use.output(try use.server.get("/agents")) { answer throws(OperatorError) in
            let agents: [AgentAnswer] = try answer.read("agents")
            return agents.isEmpty ? "There are no agents. Enrol one with agent enrol-code.\n" : table(agents)
        }
    }

    static func table(_ agents: [AgentAnswer]) -> String {
        // Most sites lend nothing, and need no column for it.
        let lends = agents.contains { ($0.lentJobs ?? 0) > 0 }
        var table = Table(
            [.left("AGENT"), .left("KEY"), .left("STATE"), .left("LAST SEEN (UTC)")]
                + (lends ? [.right("LENT JOBS")] : []))
        for agent in agents {
            // Enough of the key to tell agents apart; all of it is in the JSON.
            table.add(
                [agent.name, String(agent.key.prefix(12)), agent.state, agent.lastHelloAt.map(Shown.minute) ?? "never"]
                    + (lends ? [Shown.number(agent.lentJobs)] : []))
        }
        return table.text
    }

    private static let unlock = Command(
        "agent unlock", "Lets an agent's readers take PINs again after too many wrong ones.", operands: ["NAME"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("POST", "/agents/\(try use.path(0))/unlock")) { _ in
            "Agent \(use.shown(0)) unlocked.\n"
        }
    }

    private static let revoke = Command(
        "agent revoke", "Shuts an agent out for good.", operands: ["NAME"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("POST", "/agents/\(try use.path(0))/revoke")) { _ in
            "Agent \(use.shown(0)) revoked.\n"
        }
    }
}

enum PrinterCommands {
    static let all: [Command] = [add, list, remove]

    private static let add = Command(
        "printer add", "Adds a printer that an agent drives.", operands: ["NAME"], needs: "--agent AGENT --uri URI",
        options: [
            .value("--agent", "AGENT", "The agent at the printer (needed)."),
            .value("--uri", "URI", "socket://HOST or socket://HOST:PORT (needed)."),
        ]
    ) { use throws(OperatorError) in
        let agent = try use.required("--agent", "AGENT")
        let uri = try use.required("--uri", "URI")
        let answer = try use.server.ask(
            "POST", "/printers",
            ["name": .text(use.arguments.operands[0]), "agent": .text(agent), "uri": .text(uri)])
        return try use.output(answer) { _ in "Printer \(use.shown(0)) added.\n" }
    }

    private static let list = Command("printer list", "Lists all printers.") { use throws(OperatorError) in
        try use.output(try use.server.get("/printers")) { answer throws(OperatorError) in
            let printers: [PrinterAnswer] = try answer.read("printers")
            if printers.isEmpty { return "There are no printers.\n" }
            var table = Table([.left("PRINTER"), .left("AGENT"), .left("URI", limit: 280)])
            for printer in printers { table.add([printer.name, printer.agent, printer.uri]) }
            return table.text
        }
    }

    private static let remove = Command(
        "printer remove", "Removes a printer.", operands: ["NAME"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("DELETE", "/printers/\(try use.path(0))")) { _ in
            "Printer \(use.shown(0)) removed.\n"
        }
    }
}
