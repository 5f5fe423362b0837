// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
package import Ops
import Primitives
import ReaderMachines

/// The program around ``AgentRuntime``: arguments, settings, signals, exit code.
package enum AgentProgram {
    package static func run(_ syntax: CommandSyntax, _ words: () throws(UsageFault) -> [String]) -> Exit {
        ServiceProgram.run("lanyard-agent") { try start(syntax, words()) }
    }

    private static func start(_ syntax: CommandSyntax, _ words: [String]) throws -> Exit {
        let arguments = try syntax.parse(words)
        if try ServiceProgram.answers(arguments, syntax) { return .fine }
        let operands = arguments.operands
        if operands.count == 2, operands[0] != "install" {
            throw UsageFault("unexpected argument \(operands[1].debugDescription)")
        }
        if operands == ["install"] { throw UsageFault("install needs READER") }
        let (text, file) = try ServiceProgram.readSettings(arguments, default: "/etc/lanyard/agent.conf")
        let (settings, table) = try AgentSettings.parse(text, file: file, hostName: ServiceProgram.hostName)
        if arguments.has("--print-settings") {
            try ServiceProgram.answer(table.printed)
            return .fine
        }
        if arguments.has("--print-hwdb") { return try printHwdb(settings) }
        if arguments.has("--check") { return try check(settings) }
        let ready = try ServiceProgram.ready(arguments)
        try ProcessHardening.hideMemory()
        let loop = try Loop()
        switch operands.first {
        case nil: return try serve(settings, ready, on: loop)
        case "enrol": return try enrol(settings, on: loop)
        case "rotate-key": return try RotateKeyCommand.run(settings, on: loop)
        case "readers": return try ReadersCommand.list(settings, asJSON: arguments.has("--json"), on: loop)
        case "install": return try ReadersCommand.install(settings, operands[1], on: loop)
        case let other?: throw UsageFault("unknown command \(other.debugDescription)")
        }
    }

    /// The quirk files are checked, too.
    private static func check(_ settings: AgentSettings) throws -> Exit {
        var fault: OperatorError?
        _ = QuirkFolder.load(settings.quirks) { fault = fault ?? $0 }
        if let fault { throw fault }
        if let advice = settings.advice { try ServiceProgram.answer("\(advice)\n") }
        return .fine
    }

    private static func printHwdb(_ settings: AgentSettings) throws -> Exit {
        var fault: OperatorError?
        let quirks = QuirkFolder.load(settings.quirks) { fault = fault ?? $0 }
        if let fault { throw fault }
        try ServiceProgram.answer(quirks.hwdb)
        return .fine
    }

    private static func serve(
        _ settings: AgentSettings, _ ready: consuming ServiceProgram.Ready, on loop: Loop
    ) throws -> Exit {
        let enrolment = try EnrolledState.load(from: settings.state)
        let lock = try ServiceProgram.lockState(settings.state)
        let observer = Observer(threshold: settings.logLevel) { StandardStream.error.write(line: $0) }
        var runtime: AgentRuntime?
        try loop.onSignals([SIGTERM, SIGINT]) { _ in runtime?.stop() }
        runtime = try AgentRuntime(settings, enrolment: enrolment, on: loop, observer: observer) { loop.stop() }
        runtime?.start()
        observer.log(.info, "agent-started", ["name": settings.name, "key": enrolment.identity.keyHash.short])
        ready.announce("READY name=\(settings.name)")
        try loop.run()
        observer.log(.info, "agent-stopped")
        withExtendedLifetime(lock.raw) {}
        return .fine
    }

    private static func enrol(_ settings: AgentSettings, on loop: Loop) throws -> Exit {
        let typed = Terminal.isThere ? Terminal.hiddenLine("Enrolment code: ") : Terminal.line()
        guard let typed else {
            throw OperatorError(
                .inputInvalid, "no enrolment code was typed",
                remedy: "Pipe or type the code that `lanyard agent enrol-code` prints.")
        }
        let code: EnrolmentCode
        do throws(EnrolmentCodeFault) {
            code = try EnrolmentCode(typed: typed)
        } catch {
            throw OperatorError(
                .inputInvalid, "this is no enrolment code: \(error)",
                remedy: "Type it as `lanyard agent enrol-code` prints it.")
        }
        let lock = try ServiceProgram.lockState(settings.state)
        let identity = try EnrolledState.loadIdentity(settings.state)
        var outcome: Result<String, OperatorError>?
        let run = try EnrolmentRun(settings, code: code, identity: identity, on: loop) {
            outcome = $0
            loop.stop()
        }
        try loop.run()
        withExtendedLifetime(run) {}
        withExtendedLifetime(lock.raw) {}
        guard let name = try outcome?.get() else { return .bug }
        StandardStream.output.write(line: "Enrolled as \(name). Start the agent now: lanyard-agent --config FILE")
        return .fine
    }
}
