// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import SimDevices

/// Watches everything that is promised at the seams of the site and knows what may never be. It tells nobody, so that
/// nothing in the run depends on it.
final class SimOracle {
    struct KnownJob {
        let title: String
        let owner: String
        let document: StoredDocument
        let receivedAt: WallTime
        /// The release of which a byte has reached a printer.
        var onPaper: ReleaseID?
    }

    struct KnownRelease {
        let job: JobID
        let agent: String
        var isSending = false
        var connection: Int?
    }

    /// A read whose outcome is still to come, in this life of its agent.
    struct OpenRead {
        let reader: String
        let since: UInt64
        var isAskedForPIN = false
    }

    /// A little more than the core allows itself.
    struct Rules {
        var secondFactor: SecondFactor
        var billingCode: BillingCode
    }

    /// How long a job that is sent again is the same one.
    private static let sameJob = Duration.seconds(600)
    private static let patience: UInt64 = 5_100_000_000
    private static let patienceWithPIN: UInt64 = 75_000_000_000
    private static let violationLimit = 20

    let world: World
    private(set) var violations: [String] = []
    /// Called before the first violation is recorded.
    var onFirst: () -> Void = {}
    /// An agent has a line to its printer for this release.
    var isUnderWay: (ReleaseID) -> Bool = { _ in false }
    /// After a purge, with the time that it was given.
    var onPurge: (WallTime) -> Void = { _ in }
    var jobs: [JobID: KnownJob] = [:]
    var submitted: [String: SimSubmission] = [:]
    private(set) var acceptedTitles: Set<String> = []
    var releases: [ReleaseID: KnownRelease] = [:]
    var custodies = KnownCustodies()
    /// By the release's number; a lent copy's is that of its custody, negated.
    var bills: [ReleaseID: KnownBill] = [:]
    /// That were ever in force.
    var tariffs: Set<Tariff> = []
    /// What the site allows while the server is away.
    var policy = OfflinePolicy.deny { didSet { if policy.mode == .chargeLater { hasOnlyCached = false } } }
    /// Nothing was ever lent without being set aside.
    private(set) var hasOnlyCached = true
    private(set) var welcomedAt: [AgentID: UInt64] = [:]
    var sessions: [SessionID: (user: String, agent: AgentID, epoch: UInt64)] = [:]
    var endedSessions: Set<SessionID> = []
    var people = KnownPeople()
    /// As the server has begun with.
    var rules = Rules(secondFactor: .ifSet, billingCode: .none)
    /// Since when.
    var revoked: [String: UInt64] = [:]
    var rightless: Set<String> = []
    /// The key that came after it.
    var retiredKeys: [KeyHash: KeyHash] = [:]
    var orders: [SessionID: [ReleaseOrder]] = [:]
    /// The billing codes as people see them, and those of releases.
    var accountCodes: [AccountID: String] = [:]
    var accounts: [ReleaseID: AccountID] = [:]
    /// Titles of which there are two jobs.
    var twins: Set<String> = []
    /// When bytes of it last reached a printer.
    var reachedAt: [JobID: UInt64] = [:]
    /// Who came to which agent, and when last. One keypad serves all of its readers.
    private var visits: [String: [String: UInt64]] = [:]
    /// When somebody last asked to keep it, by the server's clock.
    var keptAt: [JobID: WallTime] = [:]
    /// Deleted by its owner, and whether it was lent then.
    var deletedJobs: [JobID: Bool] = [:]
    var coverage = SimCoverage()
    /// Typed or held to readers; never to be seen anywhere.
    var secrets: [String] = []
    var agentNames: [AgentID: String] = [:]
    private var seats: [AgentID: AgentSeat] = [:]
    private var committed: [[UInt8]: UInt64] = [:]
    private var written: [[UInt8]: UInt64] = [:]
    private var acknowledged: [[UInt8]: UInt64] = [:]
    /// The events that charge lent jobs, by stream and number.
    private var charges: [[UInt8]: [UInt64: Fence]] = [:]
    private var recordedReads: Set<[UInt8]> = []
    private var journaledReads: [[UInt8]: String] = [:]
    private(set) var openReads: [String: [[UInt8]: OpenRead]] = [:]
    /// Of which an agent has only just heard.
    private var heldReads: [String: Set<[UInt8]>] = [:]
    private var shownCount: [String: Int] = [:]
    private var outcomeCount: [String: Int] = [:]
    /// `isTold`: what the printer said of the pages is true.
    var printed: [(agent: String, job: String, release: ReleaseID, pages: Int, isTold: Bool)] = []
    /// How often each outcome of a read came up, so that a run that tests nothing is noticed.
    private(set) var outcomes: [ReadResult: Int] = [:]
    var agentOfKey: [KeyHash: String] = [:]

    init(_ world: World) { self.world = world }

    func violate(_ what: String) {
        if violations.isEmpty { onFirst() }
        if violations.count < Self.violationLimit { violations.append("\(world.seconds) \(what)") }
    }

    func saw(_ event: SimEvent, times: Int = 1) { coverage.saw(event, times: times) }

    // MARK: The store

    func newestSeat(of agent: AgentID) -> AgentSeat? { seats[agent] }

    func document(of release: ReleaseID) -> StoredDocument? {
        releases[release].flatMap { jobs[$0.job]?.document }
    }

    /// In the order of the commits.
    func committed(_ request: StoreRequest, _ reply: StoreReply) {
        checkFence(request, reply)
        followPeople(request, reply)
        followOrders(request, reply)
        switch (request, reply) {
        case (.acceptJob(let job), .jobAccepted(let id, let isNew)): stored(job, id, isNew)
        case (.welcomeAgent(let key, _, _), .welcomed(let agent, let welcome)):
            if retiredKeys[key] != nil { violate("a key that was changed is welcome") }
            agentNames[agent] = agentOfKey[key]
            seats[agent] = AgentSeat(agent: agent, epoch: welcome.epoch)
            welcomedAt[agent] = world.nanoseconds
        case (.listJobs(_, let query, _), .jobs(let page)): listed(page, in: query.session)
        case (.release(let seat, let order, _), .releases(let grants, _)):
            for grant in grants { released(grant, in: order.session, seat) }
        case (.openDocument(_, let release, _, _), .document): releases[release]?.isSending = true
        case (.recordEvents(let seat, let stream, let events, _), .recorded(let through, _, _)):
            committed[stream] = max(committed[stream] ?? 0, through)
            for case .readOutcome(let record) in events.map(\.message) {
                recordedReads.insert(record.key)
                let isKnown = record.result.capability.map(seat.capabilities.contains) ?? true
                if !isKnown { violate("a server that does not know \(record.result) is told so") }
            }
            for case .account(let charge) in events.map(\.message) { charged(charge) }
            for event in events where event.sequence <= through { billed(event.message) }
        case (.askCustody(let seat, let ask, _), .custody(let answer)): asked(ask, answer, seat)
        case (.purge(let at), .purged): onPurge(at)
        default: break
        }
    }

    private func checkFence(_ request: StoreRequest, _ reply: StoreReply) {
        let seat: AgentSeat? =
            switch request {
            case .askCustody(let seat, _, _), .recallJobs(let seat, _, _), .present(let seat, _, _),
                .settlePrompt(let seat, _, _, _), .settleLogin(let seat, _, _, _),
                .findSecret(let seat, _, _), .takePrompt(let seat, _, _), .changePIN(let seat, _, _),
                .listJobs(let seat, _, _), .listAccounts(let seat, _, _), .holdJobs(let seat, _, _),
                .deleteJobs(let seat, _, _), .release(let seat, _, _), .openDocument(let seat, _, _, _),
                .recordEvents(let seat, _, _, _):
                seat
            default: nil
            }
        guard let seat, !reply.isRefusal else { return }
        let name = agentNames[seat.agent] ?? ""
        if let newest = seats[seat.agent], seat.epoch < newest.epoch {
            violate("a request of epoch \(seat.epoch) took effect in \(newest.epoch)")
        }
        if revoked[name] != nil { violate("\(name) is revoked, and a request of it took effect") }
        if case .recordEvents = request { return }
        if rightless.contains(name) { violate("\(name) may not release, and a request of it took effect") }
    }

    private func stored(_ job: IncomingJob, _ id: JobID, _ isNew: Bool) {
        guard isNew else { return }
        if let first = jobs.values.first(where: { $0.title == job.title }) {
            // By a clock that was set on meanwhile, it was sent too long after the first to be the same.
            let isLate = job.receivedAt > first.receivedAt.advanced(by: Self.sameJob)
            // Whose sender was deleted meanwhile is no answer to somebody else of that name.
            let isNobodys = people.byName[job.owner] == nil
            if isLate || isNobodys { twins.insert(job.title) } else { violate("I5: \(job.title) is stored twice") }
        }
        if submitted[job.title]?.owner != job.owner { violate("I3: \(job.title) is stored as \(job.owner)'s") }
        jobs[id] = KnownJob(
            title: job.title, owner: job.owner, document: job.document, receivedAt: job.receivedAt)
    }

    private func released(_ grant: ReleaseGrant, in id: SessionID, _ seat: AgentSeat) {
        guard let job = jobs[grant.job], let session = sessions[id] else {
            return violate("I3: release \(grant.release) comes from nowhere")
        }
        if job.owner != session.user { violate("I3: \(session.user) releases \(job.owner)'s \(job.title)") }
        if session.agent != seat.agent { violate("I3: a session of another agent releases") }
        if session.epoch != seat.epoch || endedSessions.contains(id) {
            violate("I3: a session of \(session.user) that is over releases")
        }
        if let fence = custodies.latest[grant.job], let custody = custodies.byFence[fence],
            custody.agent != seat.agent, custody.isHeld(at: world.nanoseconds)
        {
            violate("I6: \(job.title) is released at \(agentNames[seat.agent] ?? ""), and lent to another agent")
        }
        // The holder of a job knows what it has used, and does not begin what it is granted of it.
        if let other = job.onPaper, other.value > 0 || releases[other]?.agent != agentNames[seat.agent] {
            violate("I6: \(job.title) is released again, and release \(other) may have printed it")
        }
        releases[grant.release] = KnownRelease(job: grant.job, agent: agentNames[seat.agent] ?? "")
        granted(grant.release, of: grant.job, at: agentNames[seat.agent] ?? "")
    }

    private func listed(_ page: JobPage, in session: SessionID) {
        if page.jobs.count > JobPage.countLimit { violate("I8: \(page.jobs.count) jobs on one page") }
        for line in page.jobs {
            if jobs[line.job]?.owner != sessions[session]?.user {
                violate("I3: \(sessions[session]?.user ?? "nobody") sees \(jobs[line.job]?.owner ?? "nobody")'s job")
            }
            if deletedJobs[line.job] != nil { violate("I3: \(line.title) is listed, and was deleted") }
        }
    }

    // MARK: Clients

    func accepted(title: String) {
        acceptedTitles.insert(title)
        guard !jobs.values.contains(where: { $0.title == title }) else { return }
        violate("I5: \(title) was accepted and is not stored")
    }

    // MARK: The agents' journals

    /// An entry is appended.
    func journals(_ entry: JournalEntry, stream: [UInt8], at agent: String) {
        if case .event(let sequence, let event) = entry {
            written[stream] = sequence
            if case .account(let charge) = event {
                charges[stream, default: [:]][sequence] = charge.fence
                custodies.chargedAt[charge.fence] = world.nanoseconds
            }
        }
        switch entry {
        case .presented(let key, let reader, _):
            heldReads[agent]?.remove(key)
            openReads[agent, default: [:]][key] = OpenRead(reader: reader, since: world.nanoseconds)
        case .event(_, .readOutcome(let record)): recorded(record, at: agent)
        case .acknowledged(let through):
            acknowledged[stream] = through
            for (sequence, fence) in charges[stream] ?? [:] where sequence <= through { settled(fence, at: agent) }
            guard through > committed[stream] ?? 0 else { return }
            violate("I5: \(agent) forgets event \(through), committed are \(committed[stream] ?? 0)")
        case .event(_, .account(let charge)):
            if case .neverStarted = charge.outcome { settled(charge.fence, at: agent) }
        case .offline(.used(let fence, _, let account)):
            accounts[ReleaseID(-fence.value)] = account
            uses(fence, at: agent)
        case .offline(.over(let fence)): settled(fence, at: agent)
        case .identity, .began, .event, .offline: break
        }
    }

    private func recorded(_ record: ReadRecord, at agent: String) {
        outcomes[record.result, default: 0] += 1
        if record.result == .interrupted { return }
        let isUnsent = record.result == .duplicate || record.result == .unreadable
        let wasOpen =
            isUnsent
            ? heldReads[agent]?.remove(record.key) != nil : openReads[agent]?.removeValue(forKey: record.key) != nil
        guard wasOpen else {
            return violate("I1: a read at \(agent) has a second outcome, \(record.result)")
        }
        // What is shown of the first of two equal reads stands.
        if record.result != .duplicate { outcomeCount["\(agent) \(record.reader)", default: 0] += 1 }
    }

    /// What was not on disk is forgotten.
    func recovered(_ state: JournalState) { written[state.stream] = state.nextSequence - 1 }

    /// The entry is said to be on disk.
    func journaled(_ entry: JournalEntry, at agent: String) {
        if case .presented(let key, _, _) = entry { journaledReads[key] = agent }
    }

    // MARK: People

    func comes(_ user: String, to agent: String) {
        visits[agent, default: [:]][user] = world.nanoseconds
    }

    /// Nobody is told of somebody who was not there.
    private func checkName(_ user: String, at reader: String, of agent: String) {
        guard let came = visits[agent]?[user], world.nanoseconds < came + 10 * Self.patienceWithPIN else {
            return violate("I3: \(agent) \(reader) tells of \(user), who is not there")
        }
    }

    /// The agent hears of it now.
    func holds(_ read: [UInt8], at agent: String) { heldReads[agent, default: []].insert(read) }

    /// One of very many, or a box that can record nothing more.
    func excused(_ agent: String) { heldReads[agent] = nil }

    func shown(_ feedback: Feedback, at reader: String, of agent: String) {
        if feedback == .outOfOrder { excused(agent) }
        switch feedback {
        case .releasing(let user, _, _), .choose(let user, _), .registered(let user):
            checkName(user, at: reader, of: agent)
        default: break
        }
        switch feedback {
        case .enterPIN, .choosePIN, .enterPINOfNewBadge, .repeatPIN, .enterCode, .enterNumber, .enterAccount,
            .holdAgain,
            .choose, .document,
            .busy:
            for (key, read) in openReads[agent] ?? [:] where read.reader == reader {
                openReads[agent]?[key]?.isAskedForPIN = true
            }
        default: break
        }
    }

    func showedOutcome(at reader: String, of agent: String) { shownCount["\(agent) \(reader)", default: 0] += 1 }

    func checkOutcomes(of agent: String) {
        if heldReads[agent]?.isEmpty == false { violate("I1: a read at \(agent) is neither asked about nor recorded") }
        excused(agent)
        for reader in SimSite.readers + [SimAgent.keypad, SimAgent.screen] {
            let place = "\(agent) \(reader)"
            let (shown, recorded) = (shownCount[place] ?? 0, outcomeCount[place] ?? 0)
            guard shown != recorded else { continue }
            violate("I1: \(place) showed \(shown) outcomes and recorded \(recorded)")
            outcomeCount[place] = shown
        }
    }

    func checkPatience() {
        for agent in openReads.keys.sorted() {
            for read in (openReads[agent] ?? [:]).values {
                let patience = read.isAskedForPIN ? Self.patienceWithPIN : Self.patience
                guard world.nanoseconds > read.since + patience else { continue }
                violate("I1: a read at \(agent) \(read.reader) was never answered")
                openReads[agent] = [:]
                break
            }
        }
    }

    func ended(_ agent: String) {
        openReads[agent] = [:]
        excused(agent)
    }

    // MARK: The end

    /// Events of this stream that are written and not acknowledged.
    func pending(_ stream: [UInt8]) -> Int { Int(written[stream] ?? 0) - Int(acknowledged[stream] ?? 0) }

    func judgeReads() {
        let lost = journaledReads.filter { !recordedReads.contains($0.key) && revoked[$0.value] == nil }
        if !lost.isEmpty { violate("I1: \(lost.count) journaled reads have no outcome at the server") }
    }
}

extension StoreReply {
    /// Nothing came of it.
    var isRefusal: Bool {
        switch self {
        case .refused, .failed, .verdict(.refused), .read(.refused, _), .pinChosen(.refused, _): true
        default: false
        }
    }
}
