// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import Crypto
import PrintModel
import Primitives
import ReleaseWire
import ServerCore

@testable import Store

/// The agent's core and the server's with its store, joined by a line and two disks that take their time; the clock
/// jumps from event to event.
final class BacklogLink {
    static let line: UInt64 = 5_000_000
    static let sync: UInt64 = 5_000_000
    private static let key = KeyHash(checked: [UInt8](repeating: 1, count: KeyHash.length))
    private static let serverKey = KeyHash(checked: [UInt8](repeating: 2, count: KeyHash.length))
    private static let wall = WallTime(milliseconds: 1_700_000_000_000)
    private static let policy = OfflinePolicy(
        mode: .chargeLater, pages: 1000, lease: .seconds(3600), interval: .seconds(15))

    private enum Event {
        case toServer([UInt8])
        case toAgent([UInt8])
        case committed([(QuestionID, StoreReply)])
        case journaled(JournalToken)
    }

    let store: StoreCore
    /// The journal when the link came back.
    private let before: JournalState
    private var agent: AgentCore
    private var service = ReleaseService(offline: policy, wall: wall)
    private let link = LinkID(1)
    private var nanoseconds: UInt64 = 1_000_000_000
    private var events: [(at: UInt64, event: Event)] = []
    private var asked: [(QuestionID, StoreRequest)] = []
    private var isCommitting = false

    init(reads: Int, lent: Int) throws {
        store = try Self.makeStore()
        let jobs = try Self.lend(lent, store)
        var state = JournalState()
        state.apply(.identity(stream: [UInt8](repeating: 3, count: 16)))
        for facts in jobs {
            state.apply(.offline(.taken(facts)))
            state.apply(.offline(.used(facts.fence, key: Self.name(facts.fence.value, 4))))
            let charge = OfflineCharge(
                key: Self.name(facts.fence.value, 4), fence: facts.fence, job: facts.job, user: facts.user,
                outcome: .printed(pages: 2), evidence: .pjlJobEnd, at: Self.wall)
            state.apply(.event(sequence: state.nextSequence, .account(charge)))
        }
        for number in 1...reads {
            let record = ReadRecord(
                key: Self.name(Int64(number), 5), reader: "front", result: .offlineReleased, at: Self.wall)
            state.apply(.event(sequence: state.nextSequence, .readOutcome(record)))
        }
        before = state
        agent = Self.makeAgent(state)
    }

    /// The same journal once more, under another name, and the same server.
    init(after link: BacklogLink) {
        store = link.store
        before = link.before.continued(under: [UInt8](repeating: 9, count: 16))
        agent = Self.makeAgent(before)
    }

    private static func makeAgent(_ state: JournalState) -> AgentCore {
        let box = OfflineBox(
            cryptography: .openSSL, key: SecretBytes([1]), boot: [UInt8](repeating: 6, count: 16), space: 1 << 20)
        return AgentCore(software: "test", journal: state, offline: box, wall: wall)
    }

    var isFull: Bool { agent.journalState.isFull }
    var backlog: Int { agent.journalState.pending.count }
    func recordedReads() throws -> Int { try store.count("SELECT count(*) FROM reads WHERE result IS NOT NULL") }
    func ledgerLines() throws -> Int { try store.count("SELECT count(*) FROM ledger") }

    // MARK: Running

    private var now: MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

    /// From the link's return until the agent has nothing left to tell.
    func run(atMost limit: Duration) -> Duration {
        let begun = now
        perform(agent.handle(.start, at: now))
        perform(service.handle(.connected(link, key: Self.key), at: now))
        perform(agent.handle(.linkUp, at: now))
        while !agent.journalState.pending.isEmpty, now < begun + limit, !events.isEmpty {
            let (at, event) = events.removeFirst()
            nanoseconds = max(nanoseconds, at)
            take(event)
        }
        return now.elapsed(since: begun)
    }

    private func take(_ event: Event) {
        switch event {
        case .toServer(let bytes): perform(service.handle(.received(link, bytes), at: now))
        case .toAgent(let bytes): perform(agent.handle(.received(bytes), at: now))
        case .journaled(let token): perform(agent.handle(.journaled(token), at: now))
        case .committed(let answers):
            isCommitting = false
            for (question, reply) in answers { perform(service.handle(.answered(question, reply), at: now)) }
            commit()
        }
    }

    private func after(_ wait: UInt64, _ event: Event) {
        let at = nanoseconds + wait
        let place = events.lastIndex { $0.at <= at }.map { $0 + 1 } ?? 0
        events.insert((at, event), at: place)
    }

    private func perform(_ actions: [AgentCore.Action]) {
        for action in actions {
            switch action {
            case .send(let bytes): after(Self.line, .toServer(bytes))
            case .journal(let token, _): after(Self.sync, .journaled(token))
            default: break
            }
        }
    }

    private func perform(_ actions: [ReleaseService.Action]) {
        for action in actions {
            switch action {
            case .send(_, let bytes): after(Self.line, .toAgent(bytes))
            case .ask(let question, let request): asked.append((question, request))
            default: break
            }
        }
        commit()
    }

    /// What was asked while the last group was on its way to the disk is the next one.
    private func commit() {
        guard !isCommitting, !asked.isEmpty else { return }
        let group = asked
        asked = []
        isCommitting = true
        let replies = store.perform(group.map(\.1))
        after(Self.sync, .committed(Array(zip(group.map(\.0), replies))))
    }

    // MARK: What was before

    private static func name(_ number: Int64, _ kind: UInt8) -> [UInt8] {
        [UInt8](repeating: kind, count: 8) + UInt64(number).bigEndianBytes
    }

    private static func makeStore() throws -> StoreCore {
        guard let site = SiteKey([UInt8](repeating: 7, count: SiteKey.byteCount)) else {
            preconditionFailure("a site key has 32 bytes")
        }
        let keys = StoreKeys(site: site, server: serverKey) { [UInt8](repeating: 0x5A, count: $0) }
        var settings = StoreSettings { read, _ in read.forms }
        settings.offline = policy
        let store = try StoreCore(path: ":memory:", keys: keys, settings: settings)
        guard case .enrolmentCode(let text, _) = administer(store, .makeEnrolmentCode) else { return store }
        let code = try EnrolmentCode(typed: String(decoding: text.revealed, as: UTF8.self))
        let proof = code.proof(agent: key, server: serverKey)
        _ = store.perform(.enrolAgent(key: key, Enrolment(name: "copier", proof: proof), at: wall))
        _ = administer(store, .addPrinter(name: "printer", agent: "copier", uri: "socket://printer"))
        _ = administer(store, .addUser(name: "ada", fullName: "", department: "all"))
        _ = administer(store, .addBadge(user: "ada", try CredentialForm(typed: "1234567"), label: ""))
        return store
    }

    private static func administer(_ store: StoreCore, _ request: AdminRequest) -> AdminReply {
        store.administer(request, at: wall, by: "root")
    }

    /// Ada is served here, prints, and her jobs are lent.
    private static func lend(_ count: Int, _ store: StoreCore) throws -> [CustodyFacts] {
        let hello = Hello(
            software: "", stream: [UInt8](repeating: 3, count: 16), nextSequence: 1, unsettled: [],
            capabilities: [.offline])
        guard case .welcomed(let id, let welcome) = store.perform(.welcomeAgent(key: key, hello, at: wall)),
            let read = RawRead(technology: .wedge, text: Array("1234567".utf8))
        else { return [] }
        let seat = AgentSeat(agent: id, epoch: welcome.epoch, capabilities: [.offline])
        for number in 0..<count {
            let document = StoredDocument(
                place: .row(sealed: [1]), wrappedKey: [2], size: 1, sha256: [UInt8](repeating: 9, count: 32))
            let job = IncomingJob(
                owner: "ada", title: "job \(number)", host: "10.0.0.7", queue: "hold", clientNumber: "\(number)",
                copies: 1, document: document, receivedAt: wall)
            guard case .jobAccepted(let id, _) = store.perform(.acceptJob(job)) else { continue }
            let pages = PageCount(pages: 2, colorPages: 0)
            _ = store.perform(.recordAnalysis(job: id, kind: "pdf", count: pages))
        }
        let presented = Presented(reader: "front", read: read, key: [UInt8](repeating: 8, count: 16), age: .zero)
        _ = store.perform(.present(seat, presented, at: wall))
        let first = CustodyAsk(items: [], room: 1 << 20, forgotten: 0)
        guard case .custody(let answer) = store.perform(.askCustody(seat, first, at: wall)) else { return [] }
        let all = CustodyAsk(items: answer.offers.map { .init($0.fence, .ready) }, room: 0, forgotten: 0)
        _ = store.perform(.askCustody(seat, all, at: wall))
        return answer.offers
    }
}
