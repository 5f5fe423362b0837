// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Credentials
import Crypto
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store

/// Somebody who prints.
struct SimUser {
    let name: String
    let badge: RawRead
    let pin: [UInt8]?
    /// What they type at a desk.
    let number: String
    let password: [UInt8]
}

/// A whole site in one thread and one seed: a server, agents with their printers, people, print clients, and trouble.
final class SimSite {
    static let readers = ["left", "right"]

    let world: World
    let trace: SimTrace
    let oracle: SimOracle
    let server: SimServer
    let store: StoreCore
    private(set) var agents: [SimAgent] = []
    private(set) var clients: [SimClient] = []
    private(set) var users: [SimUser] = []
    let desk: SimDesk
    private(set) var faults: SimFaults
    /// What led to the first violation.
    private(set) var lastLines: [String] = []
    private let bug: SimBug?
    private var submissions = 0
    private var isCalm = false
    /// Who stands where.
    private var standing: [String: SimUser] = [:]

    init(seed: UInt64, faults: SimFaults, isSwarm: Bool, bug: SimBug?) throws {
        let world = World(seed: seed)
        self.world = world
        self.bug = bug
        self.faults = isSwarm ? faults.swarm(&world.random) : faults
        trace = SimTrace(world)
        oracle = SimOracle(world)
        let policy = Self.policy(&world.random, pace: faults.pace)
        oracle.policy = policy
        store = try Self.makeStore(policy)
        var current: () -> SimFaults = { .none }
        server = SimServer(store, world, trace: trace, oracle: oracle, faults: { current() }, bug: bug)
        desk = SimDesk(server: server, world, trace: trace) { current() }
        let now = { [unowned self] in self.faults }
        current = now
        oracle.onFirst = { [unowned self] in lastLines = trace.last }
        let agentCount = world.number(1...3)
        for number in 1...agentCount { try addAgent(number, now) }
        for number in 1...world.number(2...5) { try addUser(number) }
        try enrol(desk.key, name: "desk")
        for number in 1...2 {
            clients.append(SimClient(host: "host-\(number)", server: server, world, oracle: oracle, faults: now))
        }
    }

    /// Rough times of this length, then calm, then everybody fetches what is left.
    func run(milliseconds: Int) throws {
        server.start()
        for agent in agents { agent.start() }
        every(2000 * faults.pace, while: { !self.isCalm }) { $0.submit() }
        for user in users { every(6000 * faults.pace, while: { !self.isCalm }) { $0.comes(user) } }
        every(1500 * faults.pace, while: { !self.isCalm }) { $0.desk.act($0.users) }
        startTrouble()
        every(500, while: { true }) { $0.oracle.checkPatience() }
        every(20_000, while: { true }) { $0.checkStore() }
        pass(milliseconds)
        calmDown()
        pass(60_000)
        try judgeCalm()
        try fetchTheRest()
        try judgeEnd()
        world.end()
    }

    private func pass(_ milliseconds: Int) {
        let end = world.nanoseconds + UInt64(milliseconds) * 1_000_000
        while world.step(until: end) {}
    }

    private func every(_ mean: Int, while goesOn: @escaping () -> Bool, _ body: @escaping (SimSite) -> Void) {
        guard mean > 0 else { return }
        world.after((mean / 2)...(mean * 3 / 2)) { [unowned self] in
            guard goesOn() else { return }
            body(self)
            every(mean, while: goesOn, body)
        }
    }

    // MARK: People

    private func submit() {
        submissions += 1
        let owner = users[world.number(0...(users.count - 1))].name
        let title = "job-\(submissions)"
        // Each line names its owner and its job, so that nothing can be mistaken for something else.
        let line = Array("\(owner) \(title)\n".utf8)
        let size = world.chance(0.2) ? world.number(4000...20_000) : world.number(20...1500)
        var bytes = (0..<(size / line.count + 1)).flatMap { _ in line }
        for _ in 1..<world.number(1...4) { bytes.append(0x0C) }
        let job = SimSubmission(title: title, owner: owner, number: submissions, bytes: bytes)
        oracle.submitted[title] = job
        clients[submissions % clients.count].submit(job)
    }

    private func comes(_ user: SimUser) {
        let agent = agents[world.number(0...(agents.count - 1))]
        let reader = Self.readers[world.number(0...1)]
        if world.chance(faults.unknownBadge) {
            guard let stranger = RawRead(technology: .wedge, text: Array("99999".utf8)) else { return }
            standing[agent.name + reader] = nil
            return agent.read(stranger, at: reader)
        }
        present(user, agent, reader)
        guard world.chance(faults.twoReaders) else { return }
        let other = agents[world.number(0...(agents.count - 1))]
        world.after(0...50) { [unowned self] in present(user, other, Self.readers[world.number(0...1)]) }
    }

    private func present(_ user: SimUser, _ agent: SimAgent, _ reader: String) {
        standing[agent.name + reader] = user
        trace.note("\(user.name) at \(agent.name) \(reader)")
        agent.read(user.badge, at: reader)
    }

    private func asked(_ agent: SimAgent, _ reader: String) {
        guard let pin = standing[agent.name + reader]?.pin, !world.chance(faults.walksAway) else { return }
        let typed = world.chance(faults.wrongPIN) ? Array("0000".utf8) : pin
        let life = agent.life
        world.after(200...1500) { agent.press(typed, life: life) }
    }

    // MARK: Trouble

    private func startTrouble() {
        let goesOn = { !self.isCalm }
        every(faults.linkReset, while: goesOn) { site in
            site.server.resetLinks(isHalfOpen: site.world.chance(site.faults.halfOpen))
        }
        every(faults.serverCrash, while: goesOn) { $0.endServer { $0.crash() } }
        every(faults.serverStop, while: goesOn) { $0.endServer { $0.stop() } }
        for agent in agents {
            every(faults.agentCrash, while: goesOn) { $0.end(agent) { $0.crash() } }
            every(faults.agentStop, while: goesOn) { $0.end(agent) { $0.stop() } }
            every(faults.partition, while: goesOn) { agent.cutOff(for: 500...$0.faults.partitionLength) }
            every(faults.printerTrouble, while: goesOn) { site in
                agent.printer.trouble()
                site.world.after(500...12_000) { agent.printer.repair() }
            }
        }
    }

    private func endServer(_ how: (SimServer) -> Void) {
        how(server)
        world.after(500...8000) { [unowned self] in server.start() }
    }

    private func end(_ agent: SimAgent, _ how: (SimAgent) -> Void) {
        how(agent)
        restart(agent)
    }

    private func restart(_ agent: SimAgent) {
        world.after(100...6000) { [unowned self] in
            if agent.isUp { restartOnceStopped(agent) } else { agent.start() }
        }
    }

    /// It may still be finishing its document.
    private func restartOnceStopped(_ agent: SimAgent) {
        world.after(1000...1000) { [unowned self] in
            if !agent.isUp { agent.start() } else if !isCalm { restartOnceStopped(agent) }
        }
    }

    private func calmDown() {
        trace.note("calm")
        isCalm = true
        faults = .none
        server.start()
        // What a server that was away did not hear of, it learns from the next hello.
        desk.leave()
        world.after(1000...1000) { [unowned self] in desk.act(users) }
        world.after(30_000...30_000) { [unowned self] in desk.leave() }
        for agent in agents {
            agent.reconnect()
            agent.printer.repair()
            agent.crashIfStopping()
            agent.start()
        }
    }

    // MARK: Judgement

    private func checkStore() {
        do throws(StoreFault) {
            for broken in try store.brokenInvariants() { oracle.violate("store: not true that \(broken)") }
        } catch {
            oracle.violate("the store fails: \(error)")
        }
    }

    /// After a minute without faults nothing is under way any more.
    private func judgeCalm() throws {
        for state in [JobState.reserved, .sending] {
            for job in jobs(state) { oracle.violate("liveness: \(job.title) is still \(state.rawValue)") }
        }
        oracle.judgeReads()
        for agent in agents where agent.pendingEvents > 0 {
            oracle.violate("liveness: \(agent.name) has \(agent.pendingEvents) events left")
        }
    }

    private func fetchTheRest() throws {
        for user in users { _ = administer(.lockUser(user.name, locked: false)) }
        for agent in agents { _ = administer(.unlockAgent(agent.name)) }
        for (index, user) in users.enumerated() {
            present(user, agents[index % agents.count], Self.readers[0])
            pass(8000)
        }
        pass(60_000)
        for job in jobs(.held) { oracle.violate("liveness: \(job.owner) cannot release \(job.title)") }
        // Nothing went wrong any more, so nothing may be in doubt that was not before.
        try judgeCalm()
    }

    private func judgeEnd() throws {
        checkStore()
        var states: [String: JobState] = [:]
        for state in JobState.allCases { for job in jobs(state) { states[job.title] = state } }
        for title in oracle.acceptedTitles.sorted() where states[title] == nil {
            oracle.violate("I5: \(title) was accepted and is lost")
        }
        for id in oracle.jobs.keys.sorted() {
            guard let job = oracle.jobs[id], job.onPaper != nil, let state = states[job.title] else { continue }
            if state != .printed, state != .inDoubt { oracle.violate("I6: \(job.title) was sent and is \(state)") }
        }
        let interval = (from: WallTime(milliseconds: 0), until: WallTime(milliseconds: .max))
        guard case .report(let rows, _, _) = administer(.report(.history, from: interval.from, until: interval.until))
        else { return oracle.violate("there is no report") }
        judge(rows, states)
    }

    private func judge(_ ledger: [ReportRow], _ states: [String: JobState]) {
        var charged: Set<String> = []
        for row in ledger {
            let title = row.title ?? ""
            let papers = oracle.printed.filter { $0.job == title }
            let pages = row.monoPages + row.colorPages + row.unknownPages
            if !charged.insert(title).inserted { oracle.violate("I4: \(title) is charged twice") }
            if papers.count != 1 || papers[0].pages != pages {
                oracle.violate("I4: \(title) is charged with \(pages) pages, printed are \(papers)")
            }
            if row.user != oracle.submitted[title]?.owner { oracle.violate("I4: \(row.user) pays for \(title)") }
            if row.printer != papers.first.map({ "printer of \($0.agent)" }) {
                oracle.violate("I4: \(title) is charged at \(row.printer ?? "")")
            }
        }
        for (title, state) in states.sorted(by: { $0.key < $1.key }) where state == .printed {
            if !charged.contains(title) { oracle.violate("I4: \(title) is printed and not charged") }
        }
    }

    func jobs(_ state: JobState) -> [JobFacts] {
        guard case .jobs(let jobs) = administer(.listJobs(state: state, owner: nil, limit: 10_000)) else { return [] }
        return jobs
    }
}

/// Setting up.
extension SimSite {
    private static let serverKey = KeyHash(checked: [UInt8](repeating: 0xEE, count: KeyHash.length))

    /// Some sites forbid it; the leases are short, so that they run out.
    private static func policy(_ random: inout SeededRandom, pace: Int) -> OfflinePolicy {
        let mode = OfflineMode.allCases[Int(random.next() % 3)]
        return OfflinePolicy(
            mode: mode, pages: 6, lease: .seconds(Int64(8 + random.next() % 20) * Int64(pace)), interval: .seconds(2))
    }

    private static func makeStore(_ policy: OfflinePolicy) throws -> StoreCore {
        let site = SiteKey([UInt8](repeating: 7, count: SiteKey.byteCount))
        guard let site else { preconditionFailure("a site key has 32 bytes") }
        let keys = StoreKeys(site: site, server: serverKey) { [UInt8](repeating: 0x5A, count: $0) }
        var settings = StoreSettings { read, _ in read.forms }
        settings.offline = policy
        settings.custodyMargin = .seconds(5)
        settings.selfRegistration = .both
        return try StoreCore(path: ":memory:", keys: keys, settings: settings)
    }

    func administer(_ request: AdminRequest) -> AdminReply {
        store.administer(request, at: world.wall, by: "the simulator")
    }

    private func addAgent(_ number: Int, _ faults: @escaping () -> SimFaults) throws {
        let agent = SimAgent(
            number: number, server: server, world, trace: trace, oracle: oracle, faults: faults, bug: bug)
        try enrol(agent.key, name: agent.name)
        agent.onShow = { [unowned self, unowned agent] reader, feedback in
            if case .enterPIN(typed: 0) = feedback { asked(agent, reader) }
        }
        agents.append(agent)
    }

    private func enrol(_ key: KeyHash, name: String) throws {
        guard case .enrolmentCode(let text, _) = administer(.makeEnrolmentCode) else { return }
        let code = try EnrolmentCode(typed: String(decoding: text.revealed, as: UTF8.self))
        let proof = code.proof(agent: key, server: Self.serverKey)
        _ = store.perform(.enrolAgent(key: key, Enrolment(name: name, proof: proof), at: world.wall))
        _ = administer(.addPrinter(name: "printer of \(name)", agent: name, uri: "socket://printer"))
        oracle.agentOfKey[key] = name
    }

    private func addUser(_ number: Int) throws {
        let name = "user-\(number)"
        let digits = "1000\(number)"
        guard let badge = RawRead(technology: .wedge, text: Array(digits.utf8)) else { return }
        let pin: [UInt8]? = world.chance(0.5) ? Array("4\(number)77".utf8) : nil
        _ = administer(.addUser(name: name, fullName: "", department: "all"))
        _ = administer(.addBadge(user: name, try CredentialForm(typed: digits), label: ""))
        if let pin {
            // The simulated check compares the digits themselves.
            _ = administer(.setPIN(user: name, PINHash(logN: 1, salt: [1], hash: SecretBytes(pin))))
        }
        let password = Array("password \(number)".utf8)
        _ = administer(.setNumber(user: name, "70\(number)"))
        _ = administer(.setPassword(user: name, PINHash(logN: 1, salt: [1], hash: SecretBytes(password))))
        users.append(SimUser(name: name, badge: badge, pin: pin, number: "70\(number)", password: password))
    }
}
