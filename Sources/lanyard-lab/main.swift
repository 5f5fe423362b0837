// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Ops

struct Command: Sendable {
    let syntax: CommandSyntax
    /// Started by the lab itself; not in the help.
    var isHidden = false
    let run: @Sendable (Arguments) throws(LabFault) -> Exit
}

func main() -> Exit {
    let words: ArraySlice<String>
    do throws(UsageFault) { words = try CommandWords.read()[...] } catch {
        StandardStream.error.write(line: "lanyard-lab: \(error)")
        return .usage
    }
    // Not parsed: what follows are another program's arguments.
    if words.first == "guarded" { return guarded(Array(words.dropFirst())) }
    let commands =
        [DemoCommand.command, UpCommand.command, KillTestCommand.command, SimulateCommand.command] + ClientCommands.all
        + RecordingCommands.all + SimCommands.all
    if words.first == "--version" {
        return run("lanyard-lab") { () throws(LabFault) in
            try answer("lanyard-lab \(Product.version)")
            return .fine
        }
    }
    guard let name = words.first, name != "--help", name != "-h" else {
        return run("lanyard-lab") { () throws(LabFault) in
            try answer(overview(commands))
            return words.isEmpty ? .usage : .fine
        }
    }
    guard let command = commands.first(where: { $0.syntax.name == "lanyard-lab \(name)" }) else {
        StandardStream.error.write(line: "lanyard-lab: unknown command \(name.debugDescription)")
        StandardStream.error.write(line: overview(commands))
        return .usage
    }
    do throws(UsageFault) {
        let arguments = try command.syntax.parse(words.dropFirst())
        return run(command.syntax.name) { () throws(LabFault) in
            if !arguments.wantsHelp { return try command.run(arguments) }
            guard StandardStream.output.write(Array(command.syntax.help.utf8)) else { throw .outputFailed }
            return .fine
        }
    } catch {
        StandardStream.error.write(line: "\(command.syntax.name): \(error). Try \(command.syntax.name) --help.")
        return .usage
    }
}

func run(_ name: String, _ body: () throws(LabFault) -> Exit) -> Exit {
    do throws(LabFault) {
        return try body()
    } catch {
        StandardStream.error.write(line: "\(name): \(error)")
        // Only a lab that was meant to run until then is fine with it.
        return error == .interrupted ? .unavailable : error.exit
    }
}

func overview(_ commands: [Command]) -> String {
    let shown = commands.filter { !$0.isHidden }.map(\.syntax)
    let width = shown.map(\.name.count).max() ?? 0
    let lines = shown.map { syntax in
        "  \(syntax.name)\(String(repeating: " ", count: width - syntax.name.count))  \(syntax.summary)"
    }
    return (["A simulated site: release server, agent, readers and printer on this machine.", ""] + lines)
        .joined(separator: "\n")
}

/// `guarded PARENT PROGRAM ARGUMENT…`: becomes the program, which the kernel kills when the lab is gone.
func guarded(_ words: [String]) -> Exit {
    guard words.count >= 2, let parent = Int32(words[0]) else { return .usage }
    try? ProcessHardening.dieWithParent()
    guard getppid() == parent else { return .unavailable }
    var arguments = words.dropFirst().map { strdup($0) } + [nil]
    execv(words[1], &arguments)
    StandardStream.error.write(line: "\(words[1]): \(String(cString: strerror(errno)))")
    return .unavailable
}

exit(main().rawValue)
