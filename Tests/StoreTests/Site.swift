// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import SimRandom
import Store
import Synchronization
import Testing

/// A store with what a small site has: two agents with a printer each, users with badges. Its clock stands still until
/// a test moves it.
final class Site {
    static let badge = "31415926535"
    static let serverKey = KeyHash(Array(repeating: 0x5E, count: 32))!

    let store: StoreCore
    var now = WallTime(milliseconds: 1_700_000_000_000)
    private var submissions = 0
    /// Keys of reads count up; after a restart they must go on elsewhere.
    var reads: UInt64 = 0

    init(path: String = ":memory:", settings: StoreSettings = Site.settings) throws {
        store = try StoreCore(path: path, keys: Site.keys, settings: settings)
    }

    static var settings: StoreSettings { StoreSettings { read, _ in read.forms } }

    /// Random bytes that are the same in each run.
    static var keys: StoreKeys {
        let seed = Seed()
        return StoreKeys(site: SiteKey(Array(repeating: 0x17, count: 32))!, server: serverKey) { seed.bytes($0) }
    }

    static func form(_ number: String) throws -> CredentialForm { try CredentialForm(typed: number) }

    static func key(_ number: UInt8) -> KeyHash { KeyHash(Array(repeating: number, count: 32))! }

    func pass(_ wait: Duration) { now = now.advanced(by: wait) }

    /// The usual cast: agents copier-1 and copier-2 with a printer each, ada with the badge, ben without one.
    static func furnished(path: String = ":memory:", settings: StoreSettings = Site.settings) throws -> Site {
        let site = try Site(path: path, settings: settings)
        for number: UInt8 in [1, 2] {
            try site.enrol(number)
            _ = site.admin(
                .addPrinter(name: "printer-\(number)", agent: "copier-\(number)", uri: "socket://p\(number)"))
        }
        _ = site.admin(.addUser(name: "ada", fullName: "Ada L.", department: "Physics"))
        _ = site.admin(.addUser(name: "ben", fullName: "", department: "Chemistry"))
        _ = site.admin(.addBadge(user: "ada", try form(badge), label: "blue"))
        return site
    }

    func admin(_ request: AdminRequest) -> AdminReply { store.administer(request, at: now, by: "root") }

    func enrol(_ number: UInt8) throws {
        guard case .enrolmentCode(let code, _) = admin(.makeEnrolmentCode) else { throw Missing(what: "a code") }
        let reply = store.perform(.enrolAgent(key: Site.key(number), try proof(code, number), at: now))
        try #require(reply == .enrolled(name: "copier-\(number)"))
    }

    func proof(_ code: SecretBytes, _ number: UInt8) throws -> Enrolment {
        let typed = try EnrolmentCode(typed: String(decoding: code.revealed, as: UTF8.self))
        return Enrolment(
            name: "copier-\(number)", proof: typed.proof(agent: Site.key(number), server: Site.serverKey))
    }

    func stream(_ number: UInt8) -> [UInt8] { Array(repeating: number, count: 16) }

    func hello(
        _ number: UInt8, stream: [UInt8]? = nil, next: UInt64 = 1, unsettled: [ReleaseID] = [],
        capabilities: Set<Capability> = []
    ) -> StoreReply {
        let hello = Hello(
            software: "test", stream: stream ?? self.stream(number), nextSequence: next, unsettled: unsettled,
            capabilities: capabilities)
        return store.perform(.welcomeAgent(key: Site.key(number), hello, at: now))
    }

    func seat(
        _ number: UInt8, stream: [UInt8]? = nil, next: UInt64 = 1, unsettled: [ReleaseID] = [],
        capabilities: Set<Capability> = []
    ) throws -> AgentSeat {
        let reply = hello(number, stream: stream, next: next, unsettled: unsettled, capabilities: capabilities)
        guard case .welcomed(let agent, let welcome) = reply else { throw Missing(what: "a welcome") }
        return AgentSeat(agent: agent, epoch: welcome.epoch, capabilities: capabilities)
    }

    /// Each call is another job, unless it has a number.
    func incoming(_ owner: String = "ada", number: String? = nil, size: UInt64 = 10) -> IncomingJob {
        submissions += 1
        let document = StoredDocument(
            place: .row(sealed: [1, 2, 3]), wrappedKey: [4, 5], size: size, sha256: Array(repeating: 9, count: 32))
        return IncomingJob(
            owner: owner, title: "job \(number ?? "\(submissions)")", host: "192.168.1.7", queue: "hold",
            clientNumber: number ?? "auto-\(submissions)", copies: 1, document: document, receivedAt: now)
    }

    @discardableResult
    func accept(_ owner: String = "ada", size: UInt64 = 10) throws -> JobID {
        guard case .jobAccepted(let job, isNew: true) = store.perform(.acceptJob(incoming(owner, size: size))) else {
            throw Missing(what: "a job")
        }
        return job
    }

    func presented(_ badge: String = Site.badge, key: [UInt8]? = nil, reader: String = "r1", age: Duration = .zero)
        -> Presented
    {
        reads += 1
        let read = RawRead(technology: .wedge, text: Array(badge.utf8))!
        return Presented(
            reader: reader, read: read, key: key ?? Array(repeating: 0, count: 8) + reads.bigEndianBytes, age: age)
    }

    func present(_ seat: AgentSeat, _ presented: Presented? = nil) throws -> ReadVerdict {
        try verdict(.present(seat, presented ?? self.presented(), at: now))
    }

    /// Whom the agent has met by it.
    func met(_ seat: AgentSeat, _ presented: Presented) -> AgentBudgetRule.Met? {
        guard case .read(_, let met) = store.perform(.present(seat, presented, at: now)) else { return nil }
        return met
    }

    func session(_ seat: AgentSeat, _ presented: Presented? = nil) throws -> SessionGrant {
        guard case .session(let grant) = try present(seat, presented) else { throw Missing(what: "a session") }
        return grant
    }

    func release(_ seat: AgentSeat) throws -> [ReleaseGrant] {
        let session = try session(seat)
        guard case .releases(let grants, _) = store.perform(.release(seat, session: session.session, at: now)) else {
            throw Missing(what: "releases")
        }
        return grants
    }

    func open(_ seat: AgentSeat, _ release: ReleaseID, offset: UInt64 = 0) -> StoreReply {
        store.perform(.openDocument(seat, release: release, offset: offset, at: now))
    }

    func progress(_ release: ReleaseID, _ outcome: Outcome, _ sequence: UInt64) -> SequencedEvent {
        let evidence: Evidence = if case .printed = outcome { .pjlJobEnd } else { .none }
        return SequencedEvent(
            sequence: sequence,
            message: .progress(Progress(release: release, outcome: outcome, evidence: evidence, at: now)))
    }

    /// Without the number of those that nothing called for.
    func record(_ seat: AgentSeat, _ number: UInt8, _ events: [SequencedEvent]) -> StoreReply {
        store.perform(.recordEvents(seat, stream: stream(number), events, at: now)).withoutUncalled
    }

    /// One job, released, sent and reported.
    func printOne(_ seat: AgentSeat, _ outcome: Outcome, sequence: UInt64 = 1) throws -> (
        job: JobID, release: ReleaseID
    ) {
        let job = try accept()
        let release = try #require(try self.release(seat).first).release
        _ = open(seat, release)
        let reply = record(seat, 1, [progress(release, outcome, sequence)])
        try #require(reply == .recorded(through: sequence))
        return (job, release)
    }

    func state(of job: JobID) -> JobState? {
        for state in JobState.allCases {
            if case .jobs(let jobs) = admin(.listJobs(state: state, owner: nil, limit: 10_000)),
                jobs.contains(where: { $0.job == job })
            {
                return state
            }
        }
        return nil
    }

    func ledgerCount() -> Int? {
        if case .state(let counts) = admin(.countState) { counts.ledgerEntries } else { nil }
    }
}

extension StoreReply {
    var withoutUncalled: StoreReply {
        guard case .recorded(let through, let unbooked, _) = self else { return self }
        return .recorded(through: through, unbooked: unbooked)
    }

    var uncalled: Int? { if case .recorded(_, _, let uncalled) = self { uncalled } else { nil } }
}

extension StoreRequest {
    static func release(_ seat: AgentSeat, session: SessionID, at now: WallTime) -> StoreRequest {
        .release(seat, ReleaseOrder(session: session), at: now)
    }
}

struct Missing: Error { let what: String }

/// Numbers that several threads may draw.
final class Seed: Sendable {
    private let random: Mutex<SplitMix>

    init(_ seed: UInt64 = 1) { random = Mutex(SplitMix(seed: seed)) }

    func next() -> UInt64 { random.withLock { $0.next() } }

    func below(_ bound: Int) -> Int { random.withLock { $0.below(bound) } }

    func bytes(_ count: Int) -> [UInt8] { random.withLock { $0.bytes(count) } }
}
