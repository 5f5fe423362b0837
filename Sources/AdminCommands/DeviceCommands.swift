// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Crypto
import Ops
import Primitives

enum AgentCommands {
    static let all: [Command] = [enrolCode, list, approve, grant, revokeRight, unlock, revoke]

    private static let enrolCode = Command(
        "agent enrol-code",
        "Makes a code with which one agent, or a program that reads reports, enrols within "
            + "\(EnrolmentCode.life.words).",
        options: [
            .value(
                "--right", "release|reports",
                "What the key may do: release jobs as an agent does (release), or read reports and nothing else.")
        ]
    ) { use throws(OperatorError) in
        let right = use.arguments.value("--right")
        let answer = try use.server.ask("POST", "/agents/enrolment-codes", ["right": right.map { .text($0) }])
        return try use.output(answer) { answer throws(OperatorError) in
            let code: EnrolmentCodeAnswer = try answer.read()
            let whom = right == "reports" ? "program that reads reports" : "agent"
            return "\(code.code)\nGood for one \(whom) until \(Shown.minute(code.expiresAt)) UTC.\n"
        }
    }

    private static let list = Command("agent list", "Lists all agents, and the programs that read reports.") {
        use throws(OperatorError) in
        try use.output(try use.server.get("/agents")) { answer throws(OperatorError) in
            let agents: [AgentAnswer] = try answer.read("agents")
            return agents.isEmpty ? "There are no agents. Enrol one with agent enrol-code.\n" : table(agents)
        }
    }

    static func table(_ agents: [AgentAnswer]) -> String {
        // Most sites lend nothing, and need no column for it.
        let lends = agents.contains { ($0.lentJobs ?? 0) > 0 }
        var table = Table(
            [.left("AGENT"), .left("KEY"), .left("STATE"), .left("RIGHTS"), .left("LAST SEEN (UTC)")]
                + (lends ? [.right("LENT JOBS")] : []))
        for agent in agents {
            // Enough of the key to tell agents apart; all of it is in the JSON.
            let facts = [
                agent.name, String(agent.key.prefix(12)), agent.state, (agent.rights ?? []).joined(separator: ", "),
                agent.lastHelloAt.map(Shown.minute) ?? "never",
            ]
            table.add(facts + (lends ? [Shown.number(agent.lentJobs)] : []))
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

    private static let approve = Command(
        "agent approve", "Lets an enrolled agent connect, where the server's agent-approval is required.",
        operands: ["NAME"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("POST", "/agents/\(try use.path(0))/approve")) {
            answer throws(OperatorError) in
            "\(use.shown(0)) is approved: an agent connects by itself within a minute, a program may ask for reports.\n"
                + waiting(try answer.read(), move: "\(use.shown(0))")
        }
    }

    private static let grant = Command(
        "agent grant", "Gives an agent or a program the right to release jobs, or to read reports.",
        operands: ["NAME", "release|reports"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("PUT", "/agents/\(try use.path(0))/rights/\(try use.path(1))")) { _ in
            "\(use.shown(0)) has the right to \(use.shown(1)).\n"
        }
    }

    private static let revokeRight = Command(
        "agent revoke-right", "Takes the right to release jobs, or to read reports, away.",
        operands: ["NAME", "release|reports"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("DELETE", "/agents/\(try use.path(0))/rights/\(try use.path(1))")) { _ in
            "\(use.shown(0)) has no right to \(use.shown(1)) any more.\n"
        }
    }

    private static let revoke = Command(
        "agent revoke", "Shuts an agent out for good.", operands: ["NAME"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("POST", "/agents/\(try use.path(0))/revoke")) {
            answer throws(OperatorError) in
            "Agent \(use.shown(0)) revoked.\n" + waiting(try answer.read(), move: "NAME")
        }
    }

    /// - Parameter agent: to which it is moved.
    private static func waiting(_ answer: DoneAnswer, move agent: String) -> String {
        guard let printer = answer.printerWithoutAgent?.name.displaySafe(limit: 128) else { return "" }
        return "Printer \(printer) has no agent now. Give it to another one: "
            + "lanyard printer move \(printer) --agent \(agent)\n"
    }
}

extension AgentAnswer {
    fileprivate var state: String {
        if revoked { return "revoked" }
        if approved == false { return "not approved" }
        let state = connected ? "connected" : "away"
        return lockedUntil.map { "\(state), locked until \(Shown.clock($0))" } ?? state
    }
}

enum PrinterCommands {
    static let all: [Command] = [add, list, move, remove]

    private static let add = Command(
        "printer add", "Adds the printer that an agent drives; each agent drives one.", operands: ["NAME"],
        needs: "--agent AGENT --uri URI",
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
            for printer in printers {
                let agent = printer.agentRevoked == true ? "\(printer.agent) (revoked)" : printer.agent
                table.add([printer.name, agent, printer.uri])
            }
            return table.text
        }
    }

    private static let move = Command(
        "printer move", "Lets another agent drive a printer, such as the box that replaces the one before.",
        operands: ["NAME"], needs: "--agent AGENT",
        options: [.value("--agent", "AGENT", "The agent at the printer from now on (needed).")]
    ) { use throws(OperatorError) in
        let agent = try use.required("--agent", "AGENT")
        let answer = try use.server.ask("PATCH", "/printers/\(try use.path(0))", ["agent": .text(agent)])
        return try use.output(answer) { _ in
            "Printer \(use.shown(0)) is driven by \(agent.displaySafe(limit: 128)) now.\n"
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
