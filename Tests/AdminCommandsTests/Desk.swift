// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import AdminCommands
import HTTPClient
import HTTPServer
import HostIO
import Ops
import PrintModel
import Primitives
import ServerCore
import Testing

/// The program in front of the real API, whose store writes down what it is asked and answers what it was told to.
final class Desk {
    private(set) var asked: [AdminRequest] = []
    private(set) var output = ""
    private(set) var complaints: [String] = []
    private(set) var prompts: [String] = []
    private(set) var sockets: [String] = []
    /// Lines of standard input, or what is typed when it is a terminal.
    var input: [String] = []
    /// All of standard input, for what is no line.
    var file = ""
    var inputFault: SystemFault?
    var isInteractive = false
    /// How often the person has waited, and when Ctrl-C comes.
    private(set) var pauses = 0
    var patience = 100
    var environment: [String: String] = [:]
    var connectedAgents: Set<String> = []
    var facts = ServerFacts(version: "1.0", startedAt: WallTime(milliseconds: 1_700_000_000_000))
    var reply: (AdminRequest) -> AdminReply = { _ in .done }
    var peer = PeerIdentity(user: 0, group: 0)
    /// Instead of an answer of the API.
    var fault: HTTPClientFault?
    var canWrite = true

    static let hash = PINHash(logN: 15, salt: [1], hash: SecretBytes([2]))

    @discardableResult
    func run(_ words: String...) -> Exit { run(arguments: words) }

    @discardableResult
    func run(arguments words: [String]) -> Exit {
        output = ""
        let console = Console(
            write: { text in
                self.output += text
                return self.canWrite
            },
            complain: { self.complaints.append($0) }, readLine: { self.nextInput() },
            readAll: { limit in
                if let fault = self.inputFault { return .failure(fault) }
                return .success(Array(self.file.utf8.prefix(limit + 1)))
            },
            readHidden: { prompt in
                self.prompts.append(prompt)
                return self.nextInput()
            },
            pause: { _ in
                self.pauses += 1
                return self.pauses < self.patience
            }, isInteractive: isInteractive)
        let program = AdminProgram(console: console, environment: environment) {
            (socket, method, target, json) throws(HTTPClientFault) in
            self.sockets.append(socket)
            return try self.answer(method, target, json)
        }
        return program.run(words)
    }

    private func nextInput() -> String? { input.isEmpty ? nil : input.removeFirst() }

    private func answer(_ method: String, _ target: String, _ json: [UInt8]?) throws(HTTPClientFault) -> HTTPAnswer {
        if let fault { throw fault }
        let services = AdminServices(
            administer: { request, _, reply in
                self.asked.append(request)
                if case .noteReport = request { return reply(.done) }
                reply(self.reply(request))
            }, hashPIN: { _, done in done(Self.hash) }, facts: { self.facts }, connectedAgents: { self.connectedAgents }
        )
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        let items = parts.count < 2 ? [] : parts[1].split(separator: "&")
        let query = items.map { item -> QueryItem in
            let pair = item.split(separator: "=", omittingEmptySubsequences: false)
            return QueryItem(String(pair[0]), String(percentDecoding: pair[1]) ?? "")
        }
        var response = HTTPResponse(status: 599)
        AdminAPI(access: AdminAccess(serverUser: 987), services: services).handle(
            HTTPRequest(method, parts[0], query: query, body: json ?? [], peer: peer)
        ) { response = $0 }
        return HTTPAnswer(status: response.status, body: response.body)
    }
}
