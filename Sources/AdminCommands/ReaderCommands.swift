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
        let state = reader.lockedUntil == nil ? reader.state : "\(reader.state), locked"
        return reader.connected ? state : "away (\(state))"
    }

    private static func lastRead(_ reader: ReaderAnswer) -> String {
        reader.lastRead.map { "\(Shown.age($0.secondsAgo)) ago, \($0.what)" } ?? "-"
    }

    private static func drops(_ reader: ReaderAnswer) -> String {
        let drops = reader.drops.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return drops.isEmpty ? "-" : drops.joined(separator: ", ")
    }

    private static func obstacles(_ readers: [ReaderAnswer]) -> String {
        let lines = readers.flatMap { reader in
            [reader.obstacle, lockOut(of: reader)].compactMap { $0 }.map { words in
                "\(reader.name) of \(reader.agent): \(words)".displaySafe(limit: 512) + "\n"
            }
        }
        return lines.isEmpty ? "" : "\n" + lines.joined()
    }

    private static func lockOut(of reader: ReaderAnswer) -> String? {
        reader.lockedUntil.map { until in
            "takes no PIN until \(Shown.clock(until)), after too many wrong ones; `lanyard agent unlock "
                + "\(reader.agent)` ends that"
        }
    }

    private static func states(of reader: ReaderAnswer) -> String {
        [reader.state, reader.tampered ? "tampered" : nil, reader.lockedUntil.map { _ in "locked" }]
            .compactMap { $0 }.joined(separator: ", ")
    }

    private static func remedy(_ reader: ReaderAnswer) -> String {
        // So an agent says it, and of a keyboard that is all there is to say.
        if reader.obstacle == "unplugged" { return "It was unplugged: plug it in again." }
        if let words = reader.obstacle ?? lockOut(of: reader) { return words }
        return reader.tampered ? "Has somebody opened or moved it?" : "Is it plugged in?"
    }

    /// Of the agents that are connected, the readers that somebody should look at; empty for none.
    static func trouble(_ readers: [ReaderAnswer]) -> String {
        let troubled = readers.filter { reader in
            reader.connected
                && (["lost", "blocked"].contains(reader.state) || reader.tampered || reader.obstacle != nil
                    || reader.lockedUntil != nil)
        }
        guard !troubled.isEmpty else { return "" }
        var table = Table([
            .left("READER IN TROUBLE"), .left("AGENT"), .left("STATE"), .left("WHAT TO DO", limit: 280),
        ])
        for reader in troubled {
            table.add([
                reader.name, reader.agent, states(of: reader), remedy(reader),
            ])
        }
        return table.text
    }
}
