// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import HostIO
import Ops
import Testing
import TestKit

/// The built programs as an administrator meets them: exit codes, one line with a remedy, nothing left behind.
@Suite struct ProgramTests {
    private let loop: Loop
    private let folder: TemporaryDirectory
    private static let bin = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path

    init() throws {
        loop = try Loop()
        folder = try TemporaryDirectory()
    }

    private var path: String { folder.path }

    private func serverSettings(_ lines: [String: String] = [:]) throws -> String {
        try settings(
            [
                "state": path + "/state", "listen": "127.0.0.1", "release-port": "0", "lpd-port": "0",
                "admin-socket": path + "/admin.sock",
            ], lines)
    }

    private func agentSettings(_ lines: [String: String] = [:]) throws -> String {
        try settings(
            ["server": "127.0.0.1", "state": path + "/agent", "display-socket": path + "/display.sock"], lines)
    }

    private func settings(_ standard: [String: String], _ lines: [String: String]) throws -> String {
        let text = standard.merging(lines) { $1 }.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }
        try DurableFile.write(Array(text.joined().utf8), to: path + "/conf")
        return path + "/conf"
    }

    /// The one line that a failing program says, without the log's lines before it.
    private func fail(
        _ program: String, _ arguments: [String], with exit: Exit, _ code: OperatorError.Code
    ) throws -> String {
        let result = try run(Self.bin + "/" + program, arguments, on: loop)
        #expect(result.status == .exited(exit.rawValue), "\(result.errors)")
        let lines = result.errors.split(separator: "\n").filter { !$0.hasPrefix("<") }
        #expect(lines.count == 1, "\(result.errors)")
        #expect(result.output.isEmpty)
        let line = String(lines.first ?? "")
        #expect(line.hasPrefix("\(program): \(code.rawValue): "), "\(line)")
        #expect(line.hasSuffix(".") || line.hasSuffix("?"), "it ends with the remedy")
        return line
    }

    /// `lanyard-agent enrol` with a line on its standard input; empty: none.
    private func enrol(
        _ typed: String, _ conf: String
    ) throws -> ProgramRun {
        let ends = try Descriptor.pipe(nonBlocking: false).take()
        let reader = Descriptor(owning: ends.reader)
        let writer = Descriptor(owning: ends.writer)
        if !typed.isEmpty { try writer.writeAll(Array((typed + "\n").utf8)[...]) }
        _ = Glibc.close(writer.release())
        return try run(Self.bin + "/lanyard-agent", ["--config", conf, "enrol"], on: loop, [0: .use(reader.raw)])
    }

    // MARK: The server

    @Test(arguments: ["release-port", "lpd-port"])
    func aTakenPort(setting: String) throws {
        let taken = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        let conf = try serverSettings([setting: "\(taken.port)"])
        let line = try fail("lanyard-server", ["--config", conf], with: .unavailable, .portTaken)
        #expect(line.contains("127.0.0.1:\(taken.port)") && line.contains("set \(setting) to another port"))
        #expect(folder.names == ["conf", "state"])
        taken.close()
    }

    @Test(arguments: ["/proc/lanyard", "FOLDER/conf"])
    func aStateFolderThatCannotBeWritten(state: String) throws {
        let place = state.replacing("FOLDER", with: path)
        let conf = try serverSettings(["state": place])
        let line = try fail("lanyard-server", ["--config", conf], with: .cannotWrite, .stateUnwritable)
        #expect(line.contains(place) && line.contains("set state to another folder"))
        let result = try enrol("00000-00000-0000-0000-0000-0000", try agentSettings(["state": place]))
        #expect(result.status == .exited(Exit.cannotWrite.rawValue))
        #expect(result.errors.hasPrefix("lanyard-agent: state-unwritable: "), "\(result.errors)")
        #expect(folder.names == ["conf"])
    }

    @Test func anAdminSocketThatCannotBeMade() throws {
        let conf = try serverSettings(["admin-socket": path + "/missing/deeper/admin.sock"])
        let line = try fail("lanyard-server", ["--config", conf], with: .cannotWrite, .stateUnwritable)
        #expect(line.contains("missing/deeper/admin.sock") && line.contains("folder exist"))
        #expect(folder.names == ["conf", "state"])
    }

    @Test func anAdminGroupThatDoesNotExist() throws {
        let conf = try serverSettings(["admin-group": "no-such-group-here"])
        let line = try fail("lanyard-server", ["--config", conf], with: .settings, .settingsInvalid)
        #expect(line.contains("no-such-group-here"))
        #expect(folder.names == ["conf", "state"])
        let checked = try fail("lanyard-server", ["--config", conf, "--check"], with: .settings, .settingsInvalid)
        #expect(checked.contains("no-such-group-here"))
    }

    @Test func aPageCounterThatIsNotThere() throws {
        let conf = try serverSettings(["analyzer": "/nope"])
        let checked = try fail("lanyard-server", ["--config", conf, "--check"], with: .settings, .settingsInvalid)
        #expect(checked.contains("/nope cannot be run") && checked.contains("setting analyzer"))
        #expect(folder.names == ["conf"])
    }

    @Test(arguments: ["lanyard-server", "lanyard-agent"])
    func anAnswerThatCannotBeWrittenIsAFailure(program: String) throws {
        let conf = program == "lanyard-server" ? try serverSettings() : try agentSettings()
        let hwdb = program == "lanyard-agent" ? [["--config", conf, "--print-hwdb"]] : []
        for arguments in [["--help"], ["--config", conf, "--print-settings"]] + hwdb {
            let full = try Descriptor.open("/dev/full", flags: O_WRONLY)
            let result = try run(Self.bin + "/" + program, arguments, on: loop, [1: .use(full.raw)])
            #expect(result.status == .exited(Exit.inputOutput.rawValue), "\(arguments)")
            #expect(result.errors.contains("output-failed"), "\(result.errors)")
            _ = full.raw
        }
    }

    @Test func aReadyDescriptorThatIsNone() throws {
        for number in ["77", "2", "-1", "x", "5"] {
            let arguments = ["--config", try serverSettings(), "--ready-fd", number]
            let line = try fail("lanyard-server", arguments, with: .usage, .usage)
            #expect(line.contains("--ready-fd \(number)"))
            #expect(folder.names == ["conf"])
        }
    }

    @Test(arguments: ["lanyard-server", "lanyard-agent"])
    func aWrongSettingNamesFileAndLine(program: String) throws {
        let conf = path + "/conf"
        try DurableFile.write(Array("# mine\nlog-levle = info\n".utf8), to: conf)
        let line = try fail(program, ["--config", conf], with: .settings, .settingsInvalid)
        #expect(line.contains("\(conf):2: unknown key \"log-levle\"") && line.contains("Is log-level meant?"))
        #expect(try fail(program, ["--config", path + "/none"], with: .settings, .settingsUnreadable).contains("none"))
        try DurableFile.write([0xFF, 0xFE], to: conf)
        _ = try fail(program, ["--config", conf], with: .settings, .settingsInvalid)
        #expect(folder.names == ["conf"])
    }

    @Test(arguments: ["lanyard-server", "lanyard-agent"])
    func aWrongCommandLine(program: String) throws {
        for arguments in [["--colour"], ["--config"], ["--check=yes"], ["one", "two"]] {
            let line = try fail(program, arguments, with: .usage, .usage)
            #expect(line.contains("Try \(program) --help."))
        }
    }

    @Test(arguments: ["lanyard-server", "lanyard-agent"])
    func helpAndCheckAndTheSettingsAreFree(program: String) throws {
        let conf = program == "lanyard-server" ? try serverSettings() : try agentSettings()
        let help = try run(Self.bin + "/" + program, ["--help"], on: loop)
        #expect(help.status == .exited(0) && help.output.hasPrefix("Usage: \(program)") && help.errors.isEmpty)
        let check = try run(Self.bin + "/" + program, ["--config", conf, "--check"], on: loop)
        #expect(check.status == .exited(0) && check.output.isEmpty && check.errors.isEmpty)
        let printed = try run(Self.bin + "/" + program, ["--config", conf, "--print-settings"], on: loop)
        #expect(printed.status == .exited(0) && printed.output.contains("log-level = info\n"))
        try DurableFile.write(Array(printed.output.utf8), to: conf)
        let again = try run(Self.bin + "/" + program, ["--config", conf, "--print-settings"], on: loop)
        #expect(again.output == printed.output)
        #expect(folder.names == ["conf"])
    }

    // MARK: The agent

    @Test func anAgentThatIsNotEnrolledMakesNothing() throws {
        let line = try fail(
            "lanyard-agent", ["--config", try agentSettings()], with: .settings, .agentNotEnrolled)
        #expect(line.contains("lanyard agent enrol-code") && line.contains("enrol"))
        #expect(folder.names == ["conf"])
    }

    @Test(arguments: ["", "12345", "I am no code, sorry, not at all."])
    func whatIsNoEnrolmentCode(typed: String) throws {
        let result = try enrol(typed, try agentSettings())
        #expect(result.status == .exited(Exit.badData.rawValue), "\(result.errors)")
        #expect(result.errors.hasPrefix("lanyard-agent: input-invalid: "))
        #expect(folder.names == ["conf"])
    }

    @Test func aServerThatIsNotThere() throws {
        let free = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        let port = free.port
        free.close()
        let result = try enrol("00000-00000-0000-0000-0000-0000", try agentSettings(["port": "\(port)"]))
        #expect(result.status == .exited(Exit.unavailable.rawValue), "\(result.errors)")
        #expect(result.errors.contains("server-unreachable: 127.0.0.1 port \(port)"))
        #expect(!folder.names.contains("display.sock"))
    }

    // MARK: The whole life

    @Test func aServerSaysThatItIsReadyAndEndsCleanlyOnSIGTERM() throws {
        let ends = try Descriptor.pipe(nonBlocking: true).take()
        let reader = try Peer(Descriptor(owning: ends.reader), on: loop)
        let writer = Descriptor(owning: ends.writer)
        var result: ChildResult?
        let child = try Child(
            ChildSettings(
                path: Self.bin + "/lanyard-server", arguments: ["--config", try serverSettings(), "--ready-fd", "3"],
                environment: ["SWIFT_BACKTRACE": "enable=no"],
                descriptors: [2: .collect(limit: 65_536), 3: .use(writer.raw)]),
            on: loop
        ) { result = $0 }
        _ = Glibc.close(writer.release())
        #expect(try loop.turn { reader.isOver || result != nil })
        #expect(reader.text.hasPrefix("READY release=") && reader.text.hasSuffix("\n"))
        #expect(folder.names == ["admin.sock", "conf", "state"])
        let second = try fail(
            "lanyard-server", ["--config", path + "/conf"], with: .unavailable, .stateInUse)
        #expect(second.contains(path + "/state"))
        #expect(folder.names == ["admin.sock", "conf", "state"], "the second took nothing of the first")
        child.kill(SIGTERM)
        child.kill(SIGTERM)
        #expect(try loop.turn { result != nil })
        #expect(result?.status == .exited(0))
        let errors = String(decoding: result?.output[2] ?? [], as: UTF8.self)
        #expect(errors.hasSuffix("<6>server-stopped\n"), "\(errors)")
        #expect(folder.names == ["conf", "state"])
    }
}
