// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops
import Primitives

enum ReaderCommands {
    static let all: [Command] = [list]

    private static let list = Command(
        "readers", "Lists the readers and keypads of the agents, and what is in the way of those in trouble.",
        options: [.value("--agent", "NAME", "Only this agent's.")]
    ) { use throws(OperatorError) in
        let answer = try use.server.get("/readers", query: [("agent", use.arguments.value("--agent"))])
        return try use.output(answer) { answer throws(OperatorError) in
            let readers: [ReaderAnswer] = try answer.read("readers")
            return readers.isEmpty ? "No agent has told of a reader.\n" : table(readers) + obstacles(readers)
        }
    }

    private static func table(_ readers: [ReaderAnswer]) -> String {
        var table = Table([
            .left("AGENT"), .left("READER"), .left("DRIVER"), .left("STATE"), .left("SECURE"), .left("TAMPER"),
            .left("LAST READ"), .right("READS"), .left("DROPPED", limit: 64),
        ])
        for reader in readers {
            table.add([
                reader.agent, reader.name, reader.driver, state(reader), reader.secure.map { $0 ? "yes" : "no" } ?? "-",
                reader.tampered ? "yes" : "no", lastRead(reader), "\(reader.reads)", drops(reader),
            ])
        }
        return table.text
    }

    /// The readers of an agent that is away may be in any state by now.
    private static func state(_ reader: ReaderAnswer) -> String {
        reader.connected ? reader.state : "away (\(reader.state))"
    }

    private static func lastRead(_ reader: ReaderAnswer) -> String {
        reader.lastRead.map { "\(Shown.age($0.secondsAgo)) ago, \($0.what)" } ?? "-"
    }

    private static func drops(_ reader: ReaderAnswer) -> String {
        let drops = reader.drops.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return drops.isEmpty ? "-" : drops.joined(separator: ", ")
    }

    private static func obstacles(_ readers: [ReaderAnswer]) -> String {
        let lines = readers.compactMap { reader in
            reader.obstacle.map { "\(reader.name) of \(reader.agent): \($0)".displaySafe(limit: 512) + "\n" }
        }
        return lines.isEmpty ? "" : "\n" + lines.joined()
    }

    /// Of the agents that are connected, the readers that somebody should look at; empty for none.
    static func trouble(_ readers: [ReaderAnswer]) -> String {
        let troubled = readers.filter { reader in
            reader.connected
                && (["lost", "blocked"].contains(reader.state) || reader.tampered || reader.obstacle != nil)
        }
        guard !troubled.isEmpty else { return "" }
        var table = Table([
            .left("READER IN TROUBLE"), .left("AGENT"), .left("STATE"), .left("WHAT TO DO", limit: 280),
        ])
        for reader in troubled {
            table.add([
                reader.name, reader.agent, reader.tampered ? "\(reader.state), tampered" : reader.state,
                reader.obstacle ?? "Is it plugged in?",
            ])
        }
        return table.text
    }
}
