// SPDX-License-Identifier: Apache-2.0

package import HTTPClient
package import Ops
import Primitives

/// The program `lanyard`: finds the command, runs it, prints what it says, answers with an exit code.
package struct AdminProgram {
    /// Sends one request to the server behind a socket.
    package typealias Send = (
        _ socket: String, _ method: String, _ target: String, _ json: [UInt8]?
    ) throws(HTTPClientFault) -> HTTPAnswer

    static let name = "lanyard"
    static let defaultSocket = "/run/lanyard/admin.sock"
    package static let socketVariable = "LANYARD_SOCKET"
    package static let homeVariable = "HOME"
    static let options: [Option] = [
        .value("--socket", "PATH", "The server's admin socket (\(defaultSocket), or \(socketVariable))."),
        .flag("--json", "Print one JSON document."),
    ]

    private let console: Console
    private let environment: [String: String]
    private let send: Send

    package init(console: Console, environment: [String: String], send: @escaping Send = Self.overUnixSocket) {
        self.console = console
        self.environment = environment
        self.send = send
    }

    package static func overUnixSocket(
        _ socket: String, _ method: String, _ target: String, _ json: [UInt8]?
    ) throws(HTTPClientFault) -> HTTPAnswer {
        try HTTPClient(unixSocket: socket).request(method, target, json: json)
    }

    package func run(_ words: [String]) -> Exit { run { words } }

    /// - Parameter words: the command line without the program's name.
    package func run(_ words: () throws(UsageFault) -> [String]) -> Exit {
        do throws(OperatorError) {
            let output = try output(try typed(words))
            guard console.write(output) else { throw OperatorError.outputFailed }
            return .fine
        } catch {
            let remedy = error.remedy.isEmpty ? "" : " \(error.remedy)"
            let what = error.what.hasSuffix(".") ? error.what : error.what + "."
            console.complain("\(Self.name): \(what)\(remedy)".displaySafe(limit: 2048))
            return error.exit
        }
    }

    private func typed(_ words: () throws(UsageFault) -> [String]) throws(OperatorError) -> [String] {
        do throws(UsageFault) { return try words() } catch { throw error.operatorError(program: Self.name) }
    }

    private func output(_ words: [String]) throws(OperatorError) -> String {
        var rest = words[...]
        var before: [String] = []
        while let word = rest.first, word.hasPrefix("-") {
            before.append(rest.removeFirst())
            if word == "--socket", let path = rest.popFirst() { before.append(path) }
        }
        let general = try parse(CommandSyntax(Self.name, "", options: Self.options + [Product.versionOption]), before)
        if general.has("--version") { return Product.versionLine(Self.name) }
        guard let command = Self.find(rest) else {
            if general.wantsHelp || rest.dropFirst().contains(where: { ["--help", "-h"].contains($0) }) {
                return try Self.help(for: rest)
            }
            throw Self.unknown(rest)
        }
        if general.wantsHelp { return command.syntax.help }
        let arguments = try parse(command.syntax, rest.dropFirst(command.words.count))
        if arguments.wantsHelp { return command.syntax.help }
        let named = arguments.value("--socket") ?? general.value("--socket")
        guard named != "" else {
            throw OperatorError(.usage, "--socket is empty", remedy: "Name the server's admin socket, or leave it out.")
        }
        // An empty variable is none, as for most programs.
        let variable = environment[Self.socketVariable].flatMap { $0.isEmpty ? nil : $0 }
        let socket = named ?? variable ?? Self.defaultSocket
        let server = AdminServer(send: send, socket: socket)
        return try command.run(
            Invocation(
                syntax: command.syntax, arguments: arguments, server: server, console: console,
                home: environment[Self.homeVariable], isJSONWanted: general.has("--json")))
    }

    private func parse(_ syntax: CommandSyntax, _ words: some Sequence<String>) throws(OperatorError) -> Arguments {
        do throws(UsageFault) {
            return try syntax.parse(words)
        } catch {
            throw error.operatorError(program: syntax.name)
        }
    }

    /// The command with the most words of its name at the beginning.
    private static func find(_ words: ArraySlice<String>) -> Command? {
        Command.all.filter { words.starts(with: $0.words) }.max { $0.words.count < $1.words.count }
    }

    private static func group(_ words: ArraySlice<String>) -> [Command] {
        Command.all.filter { $0.words.first == words.first }
    }

    private static func unknown(_ words: ArraySlice<String>) -> OperatorError {
        let group = group(words)
        let known = group.isEmpty ? Set(Command.all.compactMap(\.words.first)).sorted() : group.map { $0.words[1] }
        let list = known.joined(separator: ", ")
        let typed = words.prefix(group.isEmpty ? 1 : 2).joined(separator: " ").debugDescription
        let what =
            words.isEmpty
            ? "a command is missing"
            : group.isEmpty || words.count > 1
                ? "there is no command \(typed)" : "\(words.first ?? "") needs one word more"
        return OperatorError(.usage, what, remedy: "There are: \(list). Try \(name) --help.")
    }

    /// Of the whole program, or of a group like `user`.
    private static func help(for words: ArraySlice<String>) throws(OperatorError) -> String {
        let group = group(words)
        if group.isEmpty && !words.isEmpty { throw unknown(words) }
        let commands = words.isEmpty ? Command.all : group
        var table = Table([.left("COMMAND"), .left("WHAT IT DOES", limit: 120)])
        for command in commands { table.add(["\(command.name) \(command.syntax.operands)", command.syntax.summary]) }
        return """
            Usage: \(name) [--socket PATH] [--json] COMMAND

            Administers a lanyard-server over its admin socket: --socket, else \(socketVariable), else
            \(defaultSocket). Each command has --help; --version shows the version. Only
            report --via asks another machine, and decode needs no server.

            \(table.text)
            Exit codes: 0 done, 64 wrong usage, 65 the input was refused, 69 no server, or it is too busy, 70 a mistake
            of ours, 73 the folder of --identity cannot be used, 74 the server's store or the output failed, 77 no
            permission, 78 report --via before report enrol.

            """
    }
}
