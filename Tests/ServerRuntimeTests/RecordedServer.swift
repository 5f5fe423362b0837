// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

/// The present server, furnished as the one was whose words were recorded: one agent with a printer, two people, three
/// documents.
struct RecordedServer {
    private static let agentKey = KeyHash(checked: [UInt8](repeating: 1, count: KeyHash.length))
    private static let serverKey = KeyHash(checked: [UInt8](repeating: 2, count: KeyHash.length))
    private static let at = WallTime(milliseconds: 1_700_000_000_000)
    private static let printer = "socket://127.0.0.1:40869"
    private static let pin = Array("4711".utf8)

    private let store: StoreCore
    private let document: [UInt8]
    private let sha256: [UInt8]
    private var service = ReleaseService(wall: at)
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var link = LinkID(0)
    private(set) var isClosed = false

    init(_ document: (bytes: [UInt8], sha256: [UInt8])) throws {
        let keys = StoreKeys(site: SiteKey([UInt8](repeating: 3, count: 32))!, server: Self.serverKey) {
            [UInt8](repeating: 4, count: $0)
        }
        store = try StoreCore(path: ":memory:", keys: keys, settings: StoreSettings { read, _ in read.forms })
        (self.document, sha256) = document
        try furnish()
    }

    private func furnish() throws {
        guard case .enrolmentCode(let secret, _) = admin(.makeEnrolmentCode) else { throw RecordedFault.noCode }
        let code = try EnrolmentCode(typed: String(decoding: secret.revealed, as: UTF8.self))
        let proof = code.proof(agent: Self.agentKey, server: Self.serverKey)
        let enrolled = store.perform(
            .enrolAgent(key: Self.agentKey, Enrolment(name: "copier", proof: proof), at: Self.at))
        try #require(enrolled == .enrolled(name: "copier"))
        _ = admin(.addPrinter(name: "first floor", agent: "copier", uri: Self.printer))
        for (name, badge) in [("ana", "0006547886"), ("ben", "0011223344")] {
            _ = admin(.addUser(name: name, fullName: "", department: "Arts"))
            _ = admin(.addBadge(user: name, try CredentialForm(typed: badge), label: ""))
        }
        _ = admin(.setPIN(user: "ben", PINHash(logN: 15, salt: [1], hash: SecretBytes(Self.pin))))
        for (owner, title) in [("ana", "letter 1"), ("ana", "letter 2"), ("ben", "letter 1")] {
            accept(title, of: owner)
        }
    }

    private func accept(_ title: String, of owner: String) {
        let stored = StoredDocument(
            place: .row(sealed: [1]), wrappedKey: [2], size: UInt64(document.count), sha256: sha256)
        let reply = store.perform(
            .acceptJob(
                IncomingJob(
                    owner: owner, title: title, host: "10.0.0.1", queue: "hold", clientNumber: owner + title, copies: 1,
                    document: stored, receivedAt: Self.at)))
        guard case .jobAccepted(let job, _) = reply else { return }
        _ = store.perform(
            .recordAnalysis(job: job, kind: "postscript", count: PageCount(pages: 2, colorPages: nil)))
    }

    private func admin(_ request: AdminRequest) -> AdminReply { store.administer(request, at: Self.at, by: "root") }

    /// Jobs printed, and lines of the ledger.
    var results: (printed: Int, charges: Int) {
        guard case .state(let state) = admin(.countState) else { return (0, 0) }
        return (state.jobs[.printed] ?? 0, state.ledgerEntries)
    }

    /// The agent's next connection; `isStranger`: with a key that nobody knows.
    mutating func connect(isStranger: Bool = false) {
        link = LinkID(link.value + 1)
        let stranger = KeyHash(checked: [UInt8](repeating: 9, count: KeyHash.length))
        _ = service.handle(.connected(link, key: isStranger ? stranger : Self.agentKey), at: now)
    }

    mutating func disconnect() { _ = service.handle(.disconnected(link), at: now) }

    /// What it answers.
    mutating func receive(_ bytes: [UInt8]) throws -> [Frame] {
        try perform(service.handle(.received(link, bytes), at: now))
    }

    /// What it says when nothing came for so long.
    mutating func wait(_ silence: Duration) throws -> [Frame] {
        now = now + silence
        return try perform(service.tick(at: now))
    }

    private mutating func perform(_ actions: [ReleaseService.Action]) throws -> [Frame] {
        var sent: [Frame] = []
        for action in actions {
            switch action {
            case .send(_, let bytes): sent += try RecordedConversation.frames(bytes)
            case .close: isClosed = true
            case .ask(let question, let request):
                sent += try perform(service.handle(.answered(question, store.perform(request)), at: now))
            case .checkPIN(let question, let typed, let hash):
                sent += try perform(service.handle(.pinChecked(question, matched: hash?.hash == typed), at: now))
            case .readDocument(let question, _, let offset, let limit):
                let rest = document.dropFirst(Int(offset)).prefix(limit)
                let piece: DocumentPiece = rest.isEmpty ? .end(sha256: sha256) : .bytes(Array(rest))
                sent += try perform(service.handle(.documentRead(question, piece), at: now))
            default: continue
            }
        }
        return sent
    }
}
