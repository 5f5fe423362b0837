// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseWire

/// A box that speaks the protocol's `dialogue` and has no printer at its end: people log in, look at their jobs,
/// choose, delete, hold and change their PINs, some with wrong secrets, and some with numbers of jobs and sessions that
/// are not theirs. What it releases it never begins, so that every job of it must come back.
final class SimDesk {
    static let reader = "desk"

    let key = KeyHash(checked: [UInt8](repeating: 0xDE, count: KeyHash.length))
    private let server: SimServer
    private let world: World
    private let trace: SimTrace
    private let faults: () -> SimFaults
    private var link: SimLink?
    private var session: AgentSession?
    private var correlation: UInt32 = 0
    private var person: SimUser?
    /// Who waits for which answer: the next one may have come meanwhile.
    private var people: [UInt32: SimUser] = [:]
    /// Who logged in with which session; some stay open when their person walks away.
    private var owners: [SessionID: SimUser] = [:]
    private var open: SessionID?
    private var jobs: [JobID] = []
    private var chosen: [UInt8] = []
    private var strangers = 0
    private var stranger: RawRead?
    /// What happened how often, so that a run that tests nothing is noticed.
    private(set) var counts: [String: Int] = [:]

    init(server: SimServer, _ world: World, trace: SimTrace, faults: @escaping () -> SimFaults) {
        self.server = server
        self.world = world
        self.trace = trace
        self.faults = faults
    }

    // MARK: The line

    private func connect() {
        guard link == nil, server.isUp else { return }
        let link = SimLink(world, faults: faults)
        let hello = Hello(
            software: "desk", stream: random(16), nextSequence: 1, unsettled: [], capabilities: [.dialogue])
        var session = AgentSession(opening: .hello(hello), openedAt: world.now)
        let actions = session.start(at: world.now)
        (self.link, self.session, correlation) = (link, session, 0)
        link.down.onBytes = { [unowned self] bytes in feed(.received(bytes)) }
        link.onAgentEnd = { [unowned self] in leave() }
        server.connect(link, key: key)
        perform(actions)
    }

    func leave() {
        link?.closeFromAgent()
        (link, session, person, open, jobs, stranger) = (nil, nil, nil, nil, [], nil)
        (people, owners) = ([:], [:])
    }

    private func feed(_ event: AgentSession.Event) {
        guard let actions = session?.handle(event, at: world.now) else { return }
        perform(actions)
    }

    private func perform(_ actions: [AgentSession.Action]) {
        for action in actions {
            trace.mark(6, "desk", action)
            switch action {
            case .send(let bytes): link?.up.write(bytes)
            case .reply(let correlation, let message): heard(message, by: people.removeValue(forKey: correlation))
            case .close: leave()
            case .opened, .enrolled, .acknowledged, .document, .told: break
            }
        }
    }

    private func ask(_ message: ReleaseMessage, by one: SimUser? = nil) {
        guard session?.canRequest == true else { return }
        correlation += 1
        people[correlation] = one ?? person
        counts["\(message.type)", default: 0] += 1
        feed(.request(correlation, message))
    }

    private func random(_ count: Int) -> [UInt8] { world.bytes(count) }

    // MARK: People

    /// Somebody comes to the desk, or goes on with what they do there.
    func act(_ users: [SimUser]) {
        guard session != nil else { return connect() }
        if world.chance(0.05) { return leave() }
        guard let open, world.chance(0.8) else { return come(users[world.number(0...(users.count - 1))]) }
        use(open)
    }

    private func come(_ user: SimUser) {
        (person, open, jobs, stranger) = (user, nil, [], nil)
        switch world.number(0...3) {
        case 0: present(user.badge)
        case 1: logIn(user, prompt: nil, isPassword: false)
        case 2: logIn(user, prompt: nil, isPassword: true)
        default:
            strangers += 1
            guard let badge = RawRead(technology: .wedge, text: Array("88\(strangers)".utf8)) else { return }
            stranger = badge
            present(badge)
        }
    }

    private func present(_ badge: RawRead) {
        let presented = Presented(reader: Self.reader, read: badge, key: random(16), age: .zero)
        ask(.credential(presented))
        // An answer that was lost is asked for again, with the same key.
        if world.chance(0.15) { world.after(50...2000) { [unowned self] in ask(.credential(presented)) } }
    }

    private func logIn(_ user: SimUser, prompt: UInt32?, isPassword: Bool) {
        let right = isPassword ? user.password : (user.pin ?? [0x30])
        let secret = world.chance(faults().wrongPIN) ? Array("wrong".utf8) : right
        let login = Login(
            reader: Self.reader, key: random(16), age: .zero,
            user: (isPassword ? user.name : user.number, isPassword ? .password : .pin, SecretBytes(secret)),
            prompt: prompt)
        ask(.login(login), by: user)
    }

    private func use(_ session: SessionID) {
        // Now and then with what is not theirs.
        let target = world.chance(0.1) ? SessionID(Int64(world.number(1...40))) : session
        var some = jobs.filter { _ in world.chance(0.5) }
        if world.chance(0.2) { some.append(JobID(Int64(world.number(1...40)))) }
        switch world.number(0...9) {
        case 0...3: ask(.jobList(JobListQuery(session: target, after: nil)))
        case 4: ask(.hold(JobSelection(session: target, jobs: some)))
        case 5: ask(.delete(JobSelection(session: target, jobs: Array(some.prefix(1)))))
        case 6:
            let override = PrintOverride(isMono: world.chance(0.5), sides: .longEdge)
            ask(.release(ReleaseOrder(session: target, wishes: ReleaseWishes(jobs: some, override: override))))
        case 7: ask(.changePIN(session: target), by: owners[target])
        case 8: ask(.accountQuery(AccountQuery(session: target, prefix: "")))
        default:
            open = nil
            ask(.sessionEnd(SessionEnd(session: session, reason: .done)))
        }
    }

    private func heard(_ message: ReleaseMessage, by one: SimUser?) {
        counts["\(message.type) heard", default: 0] += 1
        switch message {
        case .session(let grant):
            open = grant.session
            owners[grant.session] = one
        case .jobs(let page): jobs = page.jobs.map(\.job)
        case .challenge(let challenge): if let one { asked(challenge, of: one) }
        case .refused(let refusal) where refusal.code == .sessionExpired: open = nil
        default: break
        }
    }

    private func asked(_ challenge: Challenge, of one: SimUser) {
        guard !world.chance(faults().walksAway) else { return }
        switch challenge.kind {
        case .pin: reply(challenge, world.chance(faults().wrongPIN) ? Array("0000".utf8) : one.pin ?? [], by: one)
        case .newPIN:
            // Nobody's PIN changes, or nobody could print at the end.
            chosen = world.chance(0.3) ? Array("1111".utf8) : (one.pin ?? Array("7391".utf8))
            reply(challenge, chosen, by: one)
        case .repeatPIN: reply(challenge, one.pin == nil ? Array("0001".utf8) : chosen, by: one)
        case .activation: logIn(one, prompt: challenge.prompt, isPassword: true)
        case .presentAgain: if let stranger { present(stranger) }
        }
    }

    private func reply(_ challenge: Challenge, _ secret: [UInt8], by one: SimUser) {
        ask(.challengeReply(ChallengeReply(prompt: challenge.prompt, secret: SecretBytes(secret))), by: one)
    }
}
