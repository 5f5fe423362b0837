// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// What is known of people: whose badge is whose, who has a PIN, and how often a wrong one was typed.
struct KnownPeople {
    struct Person {
        var hasPIN: Bool
        var isLocked = false
        var failures = 0
        var barredUntil: WallTime?
        /// A wait at the place hides what counts for the person.
        var isClear = true
    }

    /// A badge that is on its way to become somebody's.
    struct Claim {
        var read: RawRead
        let user: String?
        let isProven: Bool
    }

    struct Question {
        let kind: Challenge.Kind
        let place: String
        var user: String?
        var session: SessionID?
    }

    var byName: [String: Person] = [:]
    var nameOfNumber: [String: String] = [:]
    var owners: [RawRead: String] = [:]
    /// By activation code, as typed.
    var codes: [[UInt8]: String] = [:]
    var claims: [String: Claim] = [:]
    /// Badges that nobody has and that could be registered where they were held last.
    var firstReads: [String: RawRead] = [:]
    var questions: [String: Question] = [:]
    var provenSessions: Set<SessionID> = []
    var wrongAt: [AgentID: Int] = [:]
}

extension SimOracle {
    private static let freeTries = 5
    /// From so many wrong secrets at an agent on one of its places may be shut.
    private static let placeTries = 10

    static func place(_ agent: AgentID, _ reader: String) -> String { "\(agent) \(reader)" }

    private func number(_ prompt: UInt32, _ seat: AgentSeat) -> String { "\(seat.agent) \(prompt)" }

    func isClaimed(_ place: String) -> Bool { people.claims[place] != nil }

    func followPeople(_ request: StoreRequest, _ reply: StoreReply) {
        let verdict: ReadVerdict
        switch reply {
        case .verdict(let told), .read(let told, _), .pinChosen(let told, _): verdict = told
        default: return
        }
        switch request {
        case .present(let seat, let presented, _): presented_(presented, seat, verdict)
        case .settleLogin(let seat, let login, let matched, let at): loggedIn(login, matched, seat, verdict, at)
        case .settlePrompt(let seat, let prompt, let answer, let at): answered(prompt, answer, seat, verdict, at)
        case .changePIN(let seat, let session, _): asksForPIN(session, seat, verdict)
        default: break
        }
    }

    // MARK: Badges

    private func presented_(_ presented: Presented, _ seat: AgentSeat, _ verdict: ReadVerdict) {
        let place = Self.place(seat.agent, presented.reader)
        let read = badge(presented.read)
        let owner = people.owners[read]
        switch verdict {
        case .refused(let refusal) where [.readExpired, .fenced, .revoked, .notPermitted].contains(refusal.code): return
        case .refused(let refusal) where refusal.code == .differentBadge: saw(.unequalReads)
        case .session(let grant) where sessions[grant.session] != nil: return saw(.repeatedRead)
        case .session(let grant):
            let claim = owner == nil ? people.claims[place] : nil
            let isProven = claim?.isProven == true
            opened(grant, owner ?? claim.flatMap { $0.user }, seat, isProven: isProven)
            if let claim { registered(read, claim, grant.user) }
            if !isProven, needsMore(grant.user, isTyped: presented.read.technology == .keypad) {
                violate("I3: \(grant.user)'s badge alone opens a session, and they need a second factor")
            }
        case .registered(let user):
            if let claim = people.claims[place] { registered(read, claim, user) }
        case .challenge(let challenge):
            ask(challenge, place, seat, user: owner ?? people.claims[place].flatMap { $0.user }, session: nil)
            if challenge.kind == .activation { people.firstReads[place] = read }
            if challenge.kind == .presentAgain {
                people.claims[place]?.read = read
                return
            }
            // A second factor after the second read: the badge is theirs already.
            if owner == nil, let claim = people.claims[place], let user = claim.user, challenge.kind != .activation {
                registered(read, claim, user)
            }
        case .refused(let refusal):
            if owner == nil, let claim = people.claims[place], let user = claim.user, refusal.comesAfterTheBadge {
                registered(read, claim, user)
            }
        case .ambiguous: break
        }
        people.claims[place] = nil
    }

    /// A number that is typed is the same badge as one that is read.
    private func badge(_ read: RawRead) -> RawRead {
        guard case .text(let text) = read.content else { return read }
        return RawRead(technology: .wedge, text: text.revealed) ?? read
    }

    private func registered(_ read: RawRead, _ claim: KnownPeople.Claim, _ user: String) {
        if read != claim.read { violate("I3: a badge is \(user)'s after two different reads") }
        if let owner = claim.user, owner != user { violate("I3: \(owner)'s new badge is \(user)'s") }
        people.owners[read] = user
        saw(claim.isProven ? .registeredByLogin : .registeredByCode)
    }

    private func needsMore(_ user: String, isTyped: Bool) -> Bool {
        switch rules.secondFactor {
        case .never: false
        case .whenTyped: isTyped
        case .ifSet: people.byName[user]?.hasPIN == true
        case .always: true
        }
    }

    private func opened(_ grant: SessionGrant, _ user: String?, _ seat: AgentSeat, isProven: Bool) {
        guard let user else { return violate("I3: nobody's badge opens a session of \(grant.user)") }
        if user != grant.user { violate("I3: \(user) is let in as \(grant.user)") }
        if people.byName[user]?.isLocked == true { violate("I3: \(user) is locked and let in") }
        if people.byName[user] == nil { violate("I3: \(user) was deleted and is let in") }
        sessions[grant.session] = (user, seat.agent, seat.epoch)
        if isProven { people.provenSessions.insert(grant.session) }
    }

    private func ask(
        _ challenge: Challenge, _ place: String, _ seat: AgentSeat, user: String?, session: SessionID?
    ) {
        people.questions[number(challenge.prompt, seat)] = KnownPeople.Question(
            kind: challenge.kind, place: place, user: user, session: session)
    }

    // MARK: Secrets

    private func loggedIn(
        _ login: Login, _ matched: Bool, _ seat: AgentSeat, _ verdict: ReadVerdict, _ at: WallTime
    ) {
        let place = Self.place(seat.agent, login.reader)
        if case .session(let grant) = verdict, sessions[grant.session] != nil { return saw(.repeatedRead) }
        let user = people.byName[login.user] != nil ? login.user : people.nameOfNumber[login.user]
        let isOld = if case .refused(let refusal) = verdict { refusal.code == .readExpired } else { false }
        if isOld { return }
        count(user, matched, seat, verdict, at)
        people.claims[place] = nil
        switch verdict {
        case .session(let grant):
            if !matched { violate("I3: a wrong secret opened a session") }
            opened(grant, user, seat, isProven: true)
        case .challenge(let challenge):
            if !matched { violate("I3: a wrong secret makes a badge somebody's") }
            ask(challenge, place, seat, user: user, session: nil)
            people.claims[place] = people.firstReads[place].map {
                KnownPeople.Claim(read: $0, user: user, isProven: true)
            }
        default: break
        }
    }

    private func answered(
        _ prompt: UInt32, _ answer: PromptAnswer, _ seat: AgentSeat, _ verdict: ReadVerdict, _ at: WallTime
    ) {
        guard let question = people.questions[number(prompt, seat)] else { return }
        if case .refused(let refusal) = verdict {
            if [.readExpired, .fenced, .revoked, .busy, .unknownAgent].contains(refusal.code) { return }
            if refusal.code == .notPermitted { return }
        }
        people.questions[number(prompt, seat)] = nil
        if question.kind == .pin, case .matched(let matched) = answer {
            count(question.user, matched, seat, verdict, at)
        }
        if question.kind == .repeatPIN, answer == .matched(true), let user = question.user {
            people.byName[user]?.hasPIN = true
            saw(question.session == nil ? .pinSet : .pinChanged)
        }
        switch verdict {
        case .session(let grant) where sessions[grant.session] != nil:
            people.provenSessions.insert(grant.session)
            if grant.session != question.session { violate("I3: an answer goes on with another session") }
        case .session(let grant):
            if answer != .matched(true) { violate("I3: \(answer) opened a session") }
            opened(grant, question.user, seat, isProven: true)
        case .challenge(let next):
            ask(next, question.place, seat, user: question.user, session: question.session)
            guard question.kind == .activation, case .code(let code) = answer else { break }
            let user = people.codes[code.revealed]
            if user == nil { violate("I3: a code that nobody has makes a badge somebody's") }
            people.claims[question.place] = people.firstReads[question.place].map {
                KnownPeople.Claim(read: $0, user: user, isProven: false)
            }
        default: break
        }
    }

    private func asksForPIN(_ session: SessionID, _ seat: AgentSeat, _ verdict: ReadVerdict) {
        guard case .challenge(let challenge) = verdict, let user = sessions[session]?.user else { return }
        ask(challenge, "", seat, user: user, session: session)
        if challenge.kind != .pin, people.byName[user]?.hasPIN == true, !people.provenSessions.contains(session) {
            violate("I3: \(user)'s PIN may be changed by whoever has the badge")
        }
    }

    /// The schedule of waits, kept here a second time.
    private func count(
        _ name: String?, _ matched: Bool, _ seat: AgentSeat, _ verdict: ReadVerdict, _ at: WallTime
    ) {
        saw(matched ? .rightSecret : .wrongSecret)
        var code: Refusal.Code?
        if case .refused(let refusal) = verdict { code = refusal.code }
        if !matched, code == .wrongPIN || code == .locked { people.wrongAt[seat.agent, default: 0] += 1 }
        guard let name, var person = people.byName[name], person.isClear, !person.isLocked else { return }
        defer { people.byName[name] = person }
        if let until = person.barredUntil, at < until {
            if code != .locked { violate("I8: a secret of \(name) counts while they are locked out") }
            return saw(.lockedOut)
        }
        guard !matched else {
            if code != .locked { (person.failures, person.barredUntil) = (0, nil) }
            return
        }
        if code == .wrongPIN {
            person.failures += 1
            if person.failures >= Self.freeTries { violate("I8: \(name) is not locked out after \(person.failures)") }
        } else if code == .locked, person.failures + 1 >= Self.freeTries {
            if people.wrongAt[seat.agent, default: 0] > Self.placeTries { person.isClear = false }
            person.failures += 1
            let minutes = Int64(1) << Int64(min(person.failures - Self.freeTries, 16))
            person.barredUntil = at.advanced(by: .seconds(min(60 * minutes, 24 * 3600)))
            saw(.lockedOut)
        }
    }

    // MARK: Administrators

    func administered(_ request: AdminRequest, _ reply: AdminReply) {
        switch (request, reply) {
        case (.addUser(let name, _, _, let number), .user):
            people.byName[name] = KnownPeople.Person(hasPIN: false)
            if let number { people.nameOfNumber[number] = name }
        case (.setNumber(let name, let number), .done): if let number { people.nameOfNumber[number] = name }
        case (.lockUser(let name, let locked), .done):
            people.byName[name]?.isLocked = locked
            if locked { endSessions(of: name) } else { forgive(name) }
        case (.deleteUser(let name), .done):
            endSessions(of: name)
            people.byName[name] = nil
            people.owners = people.owners.filter { $0.value != name }
            people.codes = people.codes.filter { $0.value != name }
        case (.setPIN(let name, let hash), .done):
            people.byName[name]?.hasPIN = hash != nil
            forgive(name)
        case (.setPassword(let name, _), .done): forgive(name)
        case (.makeActivationCode(let name), .activationCode(let code, _)): people.codes[code.revealed] = name
        case (.revokeAgent(let name), .done), (.revokeAgent(let name), .doneButPrinterWaits):
            revoked[name] = world.nanoseconds
        case (.setRight(_, let name, let isGranted), .done):
            if isGranted { rightless.remove(name) } else { rightless.insert(name) }
        case (.unlockAgent(let name), .done):
            for (agent, known) in agentNames where known == name { people.wrongAt[agent] = 0 }
        case (.settleJob(let job, let pages, _, _), .done): said(pages, of: job)
        default: break
        }
    }

    private func forgive(_ name: String) {
        guard var person = people.byName[name] else { return }
        (person.failures, person.barredUntil, person.isClear) = (0, nil, true)
        people.byName[name] = person
    }

    private func endSessions(of name: String) {
        for (id, session) in sessions where session.user == name { endedSessions.insert(id) }
    }
}

extension Refusal {
    /// The second read has made the badge theirs already; what it was held for is refused.
    fileprivate var comesAfterTheBadge: Bool {
        switch code {
        case .noPrinter, .noJobs: true
        case .locked: retryAfter != nil
        default: false
        }
    }
}
