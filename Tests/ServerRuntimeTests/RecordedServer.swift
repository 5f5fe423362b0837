// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

/// A server whose store is furnished alike in each run: one agent with a printer, two people, three documents.
struct RecordedServer {
    private static let agentKey = KeyHash(checked: [UInt8](repeating: 1, count: KeyHash.length))
    private static let serverKey = KeyHash(checked: [UInt8](repeating: 2, count: KeyHash.length))
    private static let link = LinkID(1)
    private static let document = [UInt8]("%!PS-Adobe-3.0\nshowpage\n".utf8)

    private let store: StoreCore
    private var service = ReleaseService(wall: at)
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private(set) var isClosed = false

    private static let at = WallTime(milliseconds: 1_700_000_000_000)

    init() throws {
        let keys = StoreKeys(site: SiteKey([UInt8](repeating: 3, count: 32))!, server: Self.serverKey) {
            [UInt8](repeating: 4, count: $0)
        }
        store = try StoreCore(path: ":memory:", keys: keys, settings: StoreSettings { read, _ in read.forms })
        try furnish()
        _ = service.handle(.connected(Self.link, key: Self.agentKey), at: now)
    }

    private func furnish() throws {
        guard case .enrolmentCode(let secret, _) = admin(.makeEnrolmentCode) else { throw RecordedFault.noCode }
        let code = try EnrolmentCode(typed: String(decoding: secret.revealed, as: UTF8.self))
        let proof = code.proof(agent: Self.agentKey, server: Self.serverKey)
        let enrolled = store.perform(
            .enrolAgent(key: Self.agentKey, Enrolment(name: "copier", proof: proof), at: Self.at))
        try #require(enrolled == .enrolled(name: "copier"))
        _ = admin(.addPrinter(name: "first floor", agent: "copier", uri: "socket://10.0.0.9:9100"))
        for (name, badge) in [("ada", RecordedAgent.ada), ("ben", RecordedAgent.ben)] {
            _ = admin(.addUser(name: name, fullName: "", department: "Arts"))
            _ = admin(.addBadge(user: name, try CredentialForm(typed: badge), label: ""))
        }
        let hash = PINHash(logN: 15, salt: [1], hash: SecretBytes(Array("4711".utf8)))
        _ = admin(.setPIN(user: "ben", hash))
        for (number, owner) in ["ada", "ada", "ben"].enumerated() {
            let stored = StoredDocument(
                place: .row(sealed: [1]), wrappedKey: [2], size: UInt64(Self.document.count),
                sha256: [UInt8](repeating: 5, count: 32))
            _ = store.perform(
                .acceptJob(
                    IncomingJob(
                        owner: owner, title: "letter \(number)", host: "10.0.0.1", queue: "hold",
                        clientNumber: "\(number)", copies: 1, document: stored, receivedAt: Self.at)))
        }
    }

    private func admin(_ request: AdminRequest) -> AdminReply { store.administer(request, at: Self.at, by: "root") }

    /// What it answers.
    mutating func receive(_ bytes: [UInt8]) -> [[UInt8]] {
        perform(service.handle(.received(Self.link, bytes), at: now))
    }

    private mutating func perform(_ actions: [ReleaseService.Action]) -> [[UInt8]] {
        var sent: [[UInt8]] = []
        for action in actions {
            switch action {
            case .send(_, let bytes): sent.append(bytes)
            case .close: isClosed = true
            case .ask(let question, let request):
                sent += perform(service.handle(.answered(question, store.perform(request)), at: now))
            case .checkPIN(let question, let typed, let hash):
                sent += perform(service.handle(.pinChecked(question, matched: hash?.hash == typed), at: now))
            case .readDocument(let question, _, let offset, let limit):
                let rest = Self.document.dropFirst(Int(offset)).prefix(limit)
                let piece: DocumentPiece =
                    rest.isEmpty ? .end(sha256: [UInt8](repeating: 5, count: 32)) : .bytes(Array(rest))
                sent += perform(service.handle(.documentRead(question, piece), at: now))
            default: continue
            }
        }
        return sent
    }
}

enum RecordedFault: Error {
    case noCode
    case line(String)
}
