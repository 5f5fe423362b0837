// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import HTTPServer
import PrintModel
import Primitives
import ServerCore
import Testing

/// The API in front of a store that writes down what it is asked and answers what it was told to.
final class RecordedServer {
    struct Asked: Equatable {
        let request: AdminRequest
        let by: String
    }

    static let serverUser: UInt32 = 987
    static let group: UInt32 = 555
    static let root = PeerIdentity(user: 0, group: 0)
    static let stranger = PeerIdentity(user: 1000, group: 1000, groups: [1000, 27])
    static let hash = PINHash(logN: 15, salt: [1], hash: SecretBytes([2]))

    private(set) var asked: [Asked] = []
    private(set) var hashed: [SecretBytes] = []
    var canHash = true
    var connectedAgents: Set<String> = []
    var facts = ServerFacts(version: "1.0", startedAt: WallTime(milliseconds: 1_700_000_000_000))
    private let reply: (AdminRequest) -> AdminReply

    init(reply: @escaping (AdminRequest) -> AdminReply = { _ in .done }) { self.reply = reply }

    func answer(
        _ method: String, _ target: String, _ body: String = "", peer: PeerIdentity? = RecordedServer.root
    ) throws -> HTTPResponse {
        let services = AdminServices(
            administer: { request, by, reply in
                self.asked.append(Asked(request: request, by: by))
                reply(self.reply(request))
            },
            hashPIN: { digits, done in
                self.hashed.append(digits)
                done(self.canHash ? Self.hash : nil)
            },
            facts: { self.facts }, connectedAgents: { self.connectedAgents })
        let api = AdminAPI(
            access: AdminAccess(serverUser: Self.serverUser, group: (Self.group, "lanyard-admin")), services: services)
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        let items = parts.count < 2 ? [] : parts[1].split(separator: "&")
        let query = items.map { item -> QueryItem in
            let pair = item.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            return QueryItem(pair[0], pair[1])
        }
        var response: HTTPResponse?
        api.handle(HTTPRequest(method, "/api/v1" + parts[0], query: query, body: Array(body.utf8), peer: peer)) {
            #expect(response == nil, "answered twice")
            response = $0
        }
        return try #require(response)
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
