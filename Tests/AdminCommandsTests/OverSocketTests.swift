// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import AdminCommands
import Glibc
import HTTPServer
import HostIO
import Ops
import Primitives
import ServerCore
import TestKit
import Testing

@Suite struct OverSocketTests {
    /// The program, libcurl, the kernel's peer credentials, libmicrohttpd, the API: all of it but the store.
    @Test func theProgramAsksTheServerOverItsSocket() throws {
        let loop = try Loop()
        let folder = try TemporaryDirectory()
        var asked: [AdminRequest] = []
        let services = AdminServices(
            administer: { request, _, reply in
                asked.append(request)
                _ = loop.schedule(after: .milliseconds(5)) { reply(.done) }
            }, hashPIN: { _, done in done(nil) },
            facts: { ServerFacts(version: "1", startedAt: WallTime(milliseconds: 0)) }, connectedAgents: { [] })
        let api = AdminAPI(access: AdminAccess(serverUser: getuid()), services: services)
        let server = try HTTPServer(on: loop) { api.handle($0, $1) }
        let path = folder.file("admin.sock")
        let listener = try Listener.unix(path: path, on: loop) { descriptor, _ in server.serve(descriptor) }
        defer {
            server.close()
            listener.close()
        }
        let worker = try Worker<[String], Said>(
            name: "command", on: loop, limits: .parallel(threads: 1, requests: 1), makeState: {},
            handle: { _, lines in lines.map(Self.run) })
        var said: Said?
        _ = worker.submit(["--socket", path, "user", "lock", "ädä/x"]) { result in
            said = result
            loop.stop()
        }
        let patience = loop.schedule(after: Patience.limit) { loop.stop() }
        try loop.run()
        loop.cancel(patience)
        worker.stop()
        #expect(said == Said(exit: .fine, output: "User ädä/x locked.\n", complaints: []))
        #expect(asked == [.lockUser("ädä/x", locked: true)])
    }

    private struct Said: Equatable {
        var exit: Exit?
        var output = ""
        var complaints: [String] = []
    }

    private static func run(_ words: [String]) -> Said {
        var said = Said()
        let console = Console(
            write: { text in
                said.output += text
                return true
            }, complain: { said.complaints.append($0) }, readLine: { nil }, readHidden: { _ in nil },
            pause: { _ in true },
            isInteractive: false)
        said.exit = AdminProgram(console: console, environment: [:]).run(words)
        return said
    }
}
