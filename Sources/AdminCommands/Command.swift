// SPDX-License-Identifier: Apache-2.0

import HTTPClient
import Ops
import Primitives

/// One command: what it is called, what it takes, what it does.
struct Command: Sendable {
    /// `user add`.
    let name: String
    let syntax: CommandSyntax
    /// Returns what is to be printed.
    let run: @Sendable (Invocation) throws(OperatorError) -> String

    /// - Parameter needs: the options that must be given, for the usage line.
    init(
        _ name: String, _ summary: String, operands: [String] = [], needs: String = "", options: [Option] = [],
        run: @escaping @Sendable (Invocation) throws(OperatorError) -> String
    ) {
        self.name = name
        self.syntax = CommandSyntax(
            "\(AdminProgram.name) \(name)", summary,
            operands: (operands + [needs]).filter { !$0.isEmpty }.joined(separator: " "),
            operandCount: operands.count...operands.count, options: options + AdminProgram.options)
        self.run = run
    }

    /// A command with any number of operands.
    init(_ syntax: CommandSyntax, run: @escaping @Sendable (Invocation) throws(OperatorError) -> String) {
        name = String(syntax.name.dropFirst(AdminProgram.name.count + 1))
        self.syntax = syntax
        self.run = run
    }

    var words: [String] { name.split(separator: " ").map(String.init) }

    static let all: [Command] =
        UserCommands.all + SecretCommands.all + BadgeCommands.all + EnrolmentCommands.all + PINCommands.all
        + AgentCommands.all + ReaderCommands.all + PrinterCommands.all + CodeCommands.all + JobCommands.all
        + ReportCommands.all + AuditCommands.all + StatusCommands.all + DecodeCommand.all
}

/// One use of a command.
struct Invocation {
    let syntax: CommandSyntax
    let arguments: Arguments
    let server: AdminServer
    let console: Console
    /// The person's home folder; `nil` when the environment names none.
    let home: String?

    var isJSON: Bool { arguments.has("--json") || isJSONWanted }
    /// `--json` came before the command.
    let isJSONWanted: Bool

    /// What the person typed, made fit to be shown again.
    func shown(_ index: Int) -> String { arguments.operands[index].displaySafe(limit: 128) }

    /// An operand as one part of a path.
    func path(_ index: Int) throws(OperatorError) -> String {
        let text = arguments.operands[index]
        guard !text.isEmpty, text != ".", text != ".." else { throw usage("\(text.debugDescription) is no name") }
        return text.percentEncoded
    }

    /// An operand that is the number of a record.
    func number(_ index: Int, _ what: String) throws(OperatorError) -> String {
        guard let number = Int64(arguments.operands[index]), number > 0 else {
            throw usage("\(what) must be a number above 0, not \(shown(index).debugDescription)")
        }
        return String(number)
    }

    func required(_ option: String, _ what: String) throws(OperatorError) -> String {
        guard let value = arguments.value(option) else { throw usage("\(option) \(what) is missing") }
        return value
    }

    func value<Value>(_ option: String, as format: SettingFormat<Value>) throws(OperatorError) -> Value? {
        do throws(UsageFault) {
            return try arguments.value(option, as: format)
        } catch {
            throw error.operatorError(program: syntax.name)
        }
    }

    func usage(_ what: String) -> OperatorError { UsageFault(what).operatorError(program: syntax.name) }

    /// The document itself when JSON was asked for, otherwise what `show` makes of it.
    func output(
        _ answer: ServerAnswer, _ show: (ServerAnswer) throws(OperatorError) -> String
    ) throws(OperatorError) -> String {
        isJSON ? answer.text : try show(answer)
    }
}
