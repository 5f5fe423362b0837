// SPDX-License-Identifier: Apache-2.0

/// What a kill test says at its end.
package struct KillTestReport: Hashable, Sendable {
    package internal(set) var seed: UInt64
    package internal(set) var rounds: Int
    package internal(set) var serverKills = 0
    package internal(set) var agentKills = 0
    /// How often the line between agent and server was cut.
    package internal(set) var cuts = 0
    package internal(set) var badges = 0
    package internal(set) var accepted = 0
    package internal(set) var refused = 0
    package internal(set) var printed = 0
    package internal(set) var chargedPages = 0
    package internal(set) var inDoubt = 0
    package internal(set) var lost = 0
    package internal(set) var printedTwice = 0
    package internal(set) var chargedTwice = 0
    package internal(set) var milliseconds = 0
    /// One sentence each; empty when all holds.
    package internal(set) var violations: [String] = []
    /// Kept when something was violated.
    package internal(set) var logs = ""

    package var holds: Bool { violations.isEmpty }

    init(_ settings: KillTestSettings) {
        seed = settings.seed
        rounds = settings.rounds
    }

    mutating func take(_ findings: KillTestFindings) {
        (accepted, refused, printed) = (findings.accepted, findings.refused, findings.printed)
        (chargedPages, inDoubt, lost) = (findings.chargedPages, findings.inDoubt, findings.lost)
        (printedTwice, chargedTwice) = (findings.printedTwice, findings.chargedTwice)
        violations += findings.violations
    }

    package var json: JSONValue {
        [
            "seed": .string(String(seed)), "rounds": .integer(rounds),
            "kills": ["server": .integer(serverKills), "agent": .integer(agentKills)], "cuts": .integer(cuts),
            "badges": .integer(badges),
            "accepted": .integer(accepted), "refused": .integer(refused), "printed": .integer(printed),
            "chargedPages": .integer(chargedPages), "inDoubt": .integer(inDoubt), "lost": .integer(lost),
            "printedTwice": .integer(printedTwice), "chargedTwice": .integer(chargedTwice),
            "milliseconds": .integer(milliseconds), "violations": .array(violations.map { .string($0) }),
            "logs": holds ? .null : .string(logs),
        ]
    }

    package var text: String {
        let tenths = milliseconds / 100
        let figures = """
            A site at work, disturbed at \(rounds) random moments (seed \(seed)).
              kills          \(serverKills) of the server, \(agentKills) of the agent, all with SIGKILL
              lines cut      \(cuts), for 0.2 to 7 seconds, in one direction or both
              jobs accepted  \(accepted), and \(refused) cut off or refused while the server was down
              printed        \(printed), each charged once: \(chargedPages) pages, as the printer counted
              in doubt       \(inDoubt), caught between first byte and report; never sent again, for a person to settle
              lost           \(lost)
              printed twice  \(printedTwice)
              charged twice  \(chargedTwice)
              seconds        \(tenths / 10).\(tenths % 10), with \(badges) badges presented
            """
        if holds { return figures + "\nThe store's invariants hold. No process, socket or file is left over." }
        let shown = violations.prefix(20).map { "\n  " + $0 }.joined()
        let rest = violations.count > 20 ? "\n  and \(violations.count - 20) more" : ""
        return figures + "\nNOT as it must be (repeat the plan with --seed \(seed)):" + shown + rest
            + "\nLogs and a copy of the database are in \(logs)."
    }
}
