// SPDX-License-Identifier: Apache-2.0

import AgentCore
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

/// A whole site in one thread and one seed: a server, agents with their printers, people, print clients, and trouble.
final class SimSite {
    static let readers = ["left", "right"]

    let world: World
    let trace: SimTrace
    let oracle: SimOracle
    let server: SimServer
    let store: StoreCore
    /// As drawn, and as administrators have changed it since.
    var plan: SimPlan
    var agents: [SimAgent] = []
    private(set) var clients: [SimClient] = []
    var users: [SimUser] = []
    let desk: SimDesk
    var faults: SimFaults
    /// What led to the first violation.
    private(set) var lastLines: [String] = []
    let bug: SimBug?
    private var submissions = 0
    var isCalm = false
    /// Who stands where.
    var standing: [String: SimVisit] = [:]
    /// Jobs of which it is known that they were purged.
    var purgedJobs: Set<JobID> = []
    /// Lent ones that were in doubt.
    var lapsedJobs: Set<JobID> = []
    /// Users that there ever were.
    var userCount = 0

    init(seed: UInt64, faults: SimFaults, isSwarm: Bool, bug: SimBug?, traceLength: Int) throws {
        let world = World(seed: seed)
        self.world = world
        self.bug = bug
        self.faults = isSwarm ? faults.swarm(&world.random) : faults
        trace = SimTrace(world, length: traceLength)
        oracle = SimOracle(world)
        plan = SimPlan(&world.random, self.faults)
        store = try Self.makeStore(plan)
        var current: () -> SimFaults = { .none }
        server = SimServer(store, world, trace: trace, oracle: oracle, faults: { current() }, bug: bug)
        desk = SimDesk(server: server, world, trace: trace) { current() }
        let now = { [unowned self] in self.faults }
        current = now
        server.isOld = plan.isServerOld
        server.onStart = { [unowned self] in adoptPolicy() }
        server.onDrained = { [unowned self] in
            self.world.after(500...8000) { [unowned self] in server.start() }
        }
        oracle.onFirst = { [unowned self] in lastLines = trace.last }
        oracle.isUnderWay = { [unowned self] release in agents.contains { $0.isPrinting(release) } }
        oracle.onPurge = { [unowned self] in purged(at: $0) }
        trace.onText = { [oracle] in oracle.scan($0, in: "the trace") }
        for event in plan.events { oracle.saw(event) }
        adoptPolicy()
        for (index, box) in plan.boxes.enumerated() { try addAgent(index + 1, box, now) }
        for _ in 1...world.number(2...5) { try addUser() }
        for (index, code) in SimPlan.codes.enumerated() {
            _ = administer(.addAccount(code: code, name: "project \(code)"))
            oracle.accountCodes[AccountID(Int64(index + 1))] = code
        }
        try enrol(desk.key, name: "desk")
        _ = administer(.approveAgent("desk"))
        for number in 1...2 {
            clients.append(SimClient(host: "host-\(number)", server: server, world, oracle: oracle, faults: now))
        }
    }

    /// Rough times of this length, then calm, then everybody fetches what is left.
    func run(milliseconds: Int) throws {
        server.start()
        for agent in agents { agent.start() }
        let pace = faults.pace
        every(2000 * pace, while: { !self.isCalm }) { $0.submit() }
        every(6000 * pace / max(1, users.count), while: { !self.isCalm }) { $0.comes($0.world.one(of: $0.users)) }
        every(1500 * pace, while: { !self.isCalm }) { $0.desk.act($0.users) }
        startTrouble()
        every(500, while: { true }) { $0.oracle.checkPatience() }
        every(20_000, while: { true }) { $0.checkStore() }
        pass(milliseconds)
        calmDown()
        pass(60_000)
        judgeCalm()
        fetchTheRest()
        judgeEnd()
        world.end()
    }

    func pass(_ milliseconds: Int) {
        let end = world.nanoseconds + UInt64(milliseconds) * 1_000_000
        while world.step(until: end) {}
    }

    func every(_ mean: Int, while goesOn: @escaping () -> Bool, _ body: @escaping (SimSite) -> Void) {
        guard mean > 0 else { return }
        world.after((mean / 2)...(mean * 3 / 2)) { [unowned self] in
            guard goesOn() else { return }
            body(self)
            every(mean, while: goesOn, body)
        }
    }

    private func submit() {
        submissions += 1
        let owner = world.one(of: users)
        guard !owner.isGone else { return }
        let title = "job-\(submissions)"
        // Each line names its owner and its job, so that nothing can be mistaken for something else.
        let line = Array("\(owner.name) \(title)\n".utf8)
        let size = world.chance(0.2) ? world.number(4000...20_000) : world.number(20...1500)
        var bytes = (0..<(size / line.count + 1)).flatMap { _ in line }
        for _ in 1..<world.number(1...4) { bytes.append(0x0C) }
        let job = SimSubmission(title: title, owner: owner.name, number: submissions, bytes: bytes)
        oracle.submitted[title] = job
        clients[submissions % clients.count].submit(job)
    }

    func jobs(_ state: JobState) -> [JobFacts] {
        guard case .jobs(let jobs) = administer(.listJobs(state: state, owner: nil, limit: 10_000)) else { return [] }
        return jobs
    }
}

/// Setting up.
extension SimSite {
    private static let serverKey = KeyHash(checked: [UInt8](repeating: 0xEE, count: KeyHash.length))

    private static func makeStore(_ plan: SimPlan) throws -> StoreCore {
        let site = SiteKey([UInt8](repeating: 7, count: SiteKey.byteCount))
        guard let site else { preconditionFailure("a site key has 32 bytes") }
        var random = SplitMix(seed: 0x5A)
        let drawn = (0..<4096).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let source = SimBytes(drawn)
        let keys = StoreKeys(site: site, server: serverKey) { source.take($0) }
        return try StoreCore(
            path: ":memory:", keys: keys, settings: plan.settings(StoreSettings { read, _ in read.forms }))
    }

    /// What the settings say is in effect from the server's start on.
    private func adoptPolicy() {
        store.settings = plan.settings(store.settings)
        oracle.tariffs.insert(plan.tariff)
        oracle.policy = plan.policy.offline
        oracle.rules = SimOracle.Rules(
            secondFactor: plan.policy.secondFactor, billingCode: plan.policy.billingCode)
        if bug == .lockForgotten {
            for user in users where oracle.people.byName[user.name]?.isLocked == false {
                _ = store.administer(.lockUser(user.name, locked: false), at: server.clock.wall, by: "a bug")
            }
        }
    }

    @discardableResult
    func administer(_ request: AdminRequest) -> AdminReply {
        let isForgotten =
            switch (bug, request) {
            case (.revokedKeyServed, .revokeAgent), (.rightKeptAfterRemoval, .setRight(_, _, isGranted: false)): true
            default: false
            }
        let reply =
            isForgotten ? .done : planted(store.administer(request, at: server.clock.wall, by: "the simulator"))
        oracle.administered(request, reply)
        return reply
    }

    /// Planted bugs: what is wrong in the ledger.
    private func planted(_ reply: AdminReply) -> AdminReply {
        guard case .report(var rows, let currency, let scale) = reply else { return reply }
        switch bug {
        case .lateChargedTwice: rows += rows.filter { $0.lateSince != nil && $0.releases > 0 }
        case .correctionTurned:
            for index in rows.indices where rows[index].releases == 0 {
                rows[index].monoPages *= -1
                rows[index].unknownPages *= -1
                rows[index].amount = Money(minor: -rows[index].amount.minor)
            }
        default: break
        }
        return .report(rows, currency: currency, scale: scale)
    }

    private func addAgent(_ number: Int, _ box: SimPlan.Box, _ faults: @escaping () -> SimFaults) throws {
        let agent = SimAgent(number: number, box, server: server, trace: trace, faults: faults, bug: bug)
        try enrol(agent.key, name: agent.name)
        oracle.agentOfKey[SimKeyRotations.next(ofAgent: number).key] = agent.name
        agent.onShow = { [unowned self, unowned agent] reader, feedback in shown(feedback, at: reader, of: agent) }
        agent.onView = { [unowned self, unowned agent] view in looks(at: view, of: agent) }
        agent.onDied = { [unowned self, unowned agent] in restart(agent) }
        agents.append(agent)
        guard plan.requiresApproval else { return }
        if number == 1 { _ = administer(.approveAgent(agent.name)) }
        world.after(3000...20_000) { [unowned self] in administer(.approveAgent(agent.name)) }
    }

    private func enrol(_ key: KeyHash, name: String) throws {
        guard case .enrolmentCode(let text, _) = administer(.makeEnrolmentCode) else { return }
        let code = try EnrolmentCode(typed: String(decoding: text.revealed, as: UTF8.self))
        let proof = code.proof(agent: key, server: Self.serverKey)
        _ = store.perform(.enrolAgent(key: key, Enrolment(name: name, proof: proof), at: server.clock.wall))
        _ = administer(.addPrinter(name: "printer of \(name)", agent: name, uri: "socket://printer"))
        oracle.agentOfKey[key] = name
    }

    func addUser() throws {
        userCount += 1
        let name = "user-\(userCount)"
        let digits = "1000\(userCount)58213"
        guard let badge = RawRead(technology: .wedge, text: Array(digits.utf8)) else { return }
        let user = SimUser(
            name: name, badge: badge, number: "70\(userCount)", password: Array("password \(userCount)".utf8))
        (user.isClumsy, user.nearest) = (faults.wrongPIN > 0 && world.chance(0.15), world.number(0...2))
        if world.chance(0.5) { user.newBadge = RawRead(technology: .wedge, text: Array("2000\(userCount)69137".utf8)) }
        _ = administer(.addUser(name: name, fullName: "", department: "all", number: user.number))
        _ = administer(.addBadge(user: name, try CredentialForm(typed: digits), label: ""))
        oracle.people.owners[badge] = name
        if world.chance(0.5) { set(Array("83\(userCount % 10)17264".utf8), of: user) }
        _ = administer(.setPassword(user: name, SimUser.hash(of: user.password)))
        oracle.secrets += [digits, "2000\(userCount)69137", "83\(userCount % 10)17264"]
        users.append(user)
        if user.newBadge != nil, world.chance(0.5) { handOutCode(to: user) }
    }

    func set(_ pin: [UInt8]?, of user: SimUser) {
        user.pin = pin
        user.pinBefore = nil
        let reply = administer(.setPIN(user: user.name, pin.map(SimUser.hash)))
        trace.note("administrator: the PIN of \(user.name) \(pin == nil ? "removed" : "set"): \(reply.isDone)")
    }
}

/// Random bytes of the store: the same in every run.
private final class SimBytes: Sendable {
    private let bytes: [UInt8]
    private let next = Mutex(0)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func take(_ count: Int) -> [UInt8] {
        next.withLock { next in
            defer { next = (next + count) % (bytes.count - 64) }
            return Array(bytes[next..<next + count])
        }
    }
}
