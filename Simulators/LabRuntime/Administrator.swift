// SPDX-License-Identifier: Apache-2.0

/// The administrator of a lab: runs the real `lanyard` command.
package struct Administrator {
    package let program: String
    package let socket: String

    private let pump: Pump

    init(program: String, socket: String, on pump: Pump) {
        self.program = program
        self.socket = socket
        self.pump = pump
    }

    /// The command's JSON. Secrets go to its standard input, never into its arguments.
    package func ask(_ words: [String], input: String = "") throws(LabFault) -> JSONValue {
        let run = try CommandRun(program, ["--socket", socket, "--json"] + words, input: input, on: pump)
        guard run.exit == 0 else { throw Self.fault(words, run) }
        guard !run.output.isEmpty else { return .null }
        guard let value = JSONValue(run.output.utf8) else {
            throw LabFault("lanyard \(words.joined(separator: " ")) printed no JSON but: \(run.output.prefix(200))")
        }
        return value
    }

    /// What the command prints for people.
    package func read(_ words: [String]) throws(LabFault) -> String {
        let run = try CommandRun(program, ["--socket", socket] + words, on: pump)
        guard run.exit == 0 else { throw Self.fault(words, run) }
        return run.output
    }

    /// The rows of a list, whatever its JSON wraps them in.
    package func rows(_ words: [String]) throws(LabFault) -> [JSONValue] {
        let value = try ask(words)
        if let rows = value.array { return rows }
        if case .object(let fields) = value, let rows = fields.values.compactMap(\.array).first { return rows }
        throw LabFault("lanyard \(words.joined(separator: " ")) printed no list but: \(value.line.prefix(200))")
    }

    private static func fault(_ words: [String], _ run: CommandRun) -> LabFault {
        let said = (run.errors.isEmpty ? run.output : run.errors).split(separator: "\n").joined(separator: " ")
        return LabFault("lanyard \(words.joined(separator: " ")) ended with exit code \(run.exit): \(said)")
    }
}
