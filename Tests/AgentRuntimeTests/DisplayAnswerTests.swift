// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import TestKit
import Testing

@testable import AgentRuntime

/// What the running agent answers to a person's command, and how the program that asked ends.
@Suite struct DisplayAnswerTests {
    private let folder: TemporaryDirectory
    private let loop: Loop

    init() throws {
        folder = try TemporaryDirectory()
        loop = try Loop()
    }

    private var path: String { folder.path + "/display.sock" }

    private func settings() throws -> AgentSettings {
        try AgentSettings.parse("display-socket = \(path)\n", file: "a", hostName: "box").0
    }

    @Test(arguments: [
        (DisplayAnswer.done("made"), "made\n.\n", Exit.fine), (.refused("no"), "no\n. 77\n", .permission),
        (.notFound("none"), "none\n. 69\n", .unavailable),
        (
            .failed(OperatorError(.stateUnwritable, "full", remedy: "Make room.")),
            "state-unwritable: full. Make room.\n. 73\n", .cannotWrite
        ),
    ])
    func whatCameOfItIsTheExitCode(answer: DisplayAnswer, lines: String, exit: Exit) throws {
        #expect(answer.lines == lines && answer.exit == exit)
        let server = try DisplayServer(path: path, on: loop)
        server.onQuestion = { question, _ in question == "install door" ? answer.lines : nil }
        let said = try ReadersCommand.answer(try settings(), "install door", on: loop)
        #expect(said.exit == exit && said.text == answer.text + "\n")
        server.close()
    }

    @Test(arguments: [("", nil), ("..", nil), (". x", nil), (".77", nil), (".", 0), (". 69", 69), (". 5", 69)])
    func onlyTheLastLineEndsAnAnswer(line: String, code: Int32?) {
        #expect(DisplayAnswer.exit(endedBy: line)?.rawValue == code)
    }

    @Test func aListInTextEndsWell() throws {
        let server = try DisplayServer(path: path, on: loop)
        server.onQuestion = { ReaderReport(readers: [], ignored: []).answer(to: $0) ?? $1.user.description }
        let said = try ReadersCommand.answer(try settings(), "readers-text", on: loop)
        #expect(said.exit == .fine && said.text.hasPrefix("READER"))
        let json = try ReadersCommand.answer(try settings(), "readers", asJSON: true, on: loop)
        #expect(json.exit == .fine && json.text == "{\"readers\":[],\"ignored\":[]}\n")
        server.close()
    }

    @Test func anAgentThatDoesNotAnswerIsTold() throws {
        let server = try DisplayServer(path: path, on: loop)
        let fault = #expect(throws: SystemFault.self) {
            try ReadersCommand.answer(try settings(), "rotate-key", on: loop, within: .milliseconds(20))
        }
        #expect(fault?.errno == ETIMEDOUT)
        server.close()
    }

    @Test func onlyRootAndTheAgentsOwnUserMayChangeThings() {
        #expect(PeerCredentials.mayChangeThings(0) && PeerCredentials.mayChangeThings(getuid()))
        #expect(!PeerCredentials.mayChangeThings(getuid() + 4711))
    }
}
