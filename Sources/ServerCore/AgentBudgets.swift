// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules

/// Where a badge was read.
struct ReadPlace: Equatable, Sendable {
    let agent: AgentID
    let reader: String
}

/// What each agent has left of its budgets. It is kept by agent, so that a new connection begins nothing anew, and in
/// memory only: a restart fills all of it up, which an agent cannot bring about.
struct AgentBudgets: Sendable {
    /// Agents that are told apart. With more of them at once, all begin anew.
    static let agentLimit = 8192
    /// Of one agent. Further ones count at the agent only.
    static let readerLimit = ReaderStatus.countLimit
    /// Between two lines about the same agent.
    static let noticeInterval = Duration.seconds(60)

    /// An agent reads more badges that it should not know than a copier sees.
    struct Guessing: Equatable, Sendable {
        let agent: AgentID
        let name: String
        /// Of the latest read.
        let reader: String
        /// Reads that were refused since the last time.
        let count: Int
    }

    private struct Agent: Sendable {
        var readers: [String: TokenBucket] = [:]
        var unknown = TokenBucket()
        var newUsers = TokenBucket()
        var requests = TokenBucket()
        var uncalled = TokenBucket()
        var statements = TokenBucket()
        var rotations = TokenBucket()
        /// The latest last.
        var met: [UserID] = []
        var toldAt: MonotonicTime?
        var untold = 0
        var name = ""
        var reader = ""

        func isIdle(at now: MonotonicTime) -> Bool {
            untold == 0 && readers.values.allSatisfy { $0.isFull(at: now) }
                && [unknown, newUsers, requests, uncalled, statements, rotations].allSatisfy { $0.isFull(at: now) }
        }
    }

    private var agents: [AgentID: Agent] = [:]
    /// When somebody's reads that were refused are to be told of; never later.
    private(set) var deadline: MonotonicTime?

    var agentCount: Int { agents.count }

    private mutating func with<Result>(
        _ id: AgentID, at now: MonotonicTime, _ body: (inout Agent) -> Result
    ) -> Result {
        if agents[id] == nil, agents.count >= Self.agentLimit {
            agents = agents.filter { !$0.value.isIdle(at: now) }
            if agents.count >= Self.agentLimit { agents = [:] }
        }
        return body(&agents[id, default: Agent()])
    }

    // MARK: Reads

    /// What the read may cost is taken before anybody looks whose the badge is.
    /// - Returns: how long no read is answered, hit or miss; `nil` when this one is.
    mutating func beginRead(
        at reader: String, of id: AgentID, named name: String = "", at now: MonotonicTime
    ) -> Duration? {
        let wait = with(id, at: now) { agent in
            Self.makeRoom(for: reader, in: &agent, at: now)
            let waits = [
                agent.readers[reader]?.wait(AgentBudgetRule.unknownAtReader, at: now),
                agent.unknown.wait(AgentBudgetRule.unknownAtAgent, at: now),
                agent.newUsers.wait(AgentBudgetRule.newUsers, at: now),
            ].compactMap { $0 }
            if let wait = waits.max() {
                (agent.untold, agent.name, agent.reader) = (agent.untold + 1, name, reader)
                return wait as Duration?
            }
            agent.readers[reader]?.take(AgentBudgetRule.unknownAtReader, at: now)
            agent.unknown.take(AgentBudgetRule.unknownAtAgent, at: now)
            agent.newUsers.take(AgentBudgetRule.newUsers, at: now)
            return nil
        }
        if wait != nil {
            let due = noticeDue(id, at: now)
            deadline = min(deadline ?? due, due)
        }
        return wait
    }

    private static func makeRoom(for reader: String, in agent: inout Agent, at now: MonotonicTime) {
        guard agent.readers[reader] == nil else { return }
        if agent.readers.count >= readerLimit { agent.readers = agent.readers.filter { !$0.value.isFull(at: now) } }
        if agent.readers.count < readerLimit { agent.readers[reader] = TokenBucket() }
    }

    /// The read was answered: what it did not cost is given back.
    mutating func endRead(at reader: String, of id: AgentID, _ met: AgentBudgetRule.Met?, at now: MonotonicTime) {
        with(id, at: now) { agent in
            if met != .nobody {
                agent.readers[reader]?.giveBack(AgentBudgetRule.unknownAtReader)
                agent.unknown.giveBack(AgentBudgetRule.unknownAtAgent)
            }
            guard case .user(let user) = met else { return agent.newUsers.giveBack(AgentBudgetRule.newUsers) }
            if let place = agent.met.firstIndex(of: user) {
                agent.newUsers.giveBack(AgentBudgetRule.newUsers)
                agent.met.remove(at: place)
            }
            agent.met.append(user)
            if agent.met.count > AgentBudgetRule.usersKept { agent.met.removeFirst() }
        }
    }

    private func noticeDue(_ id: AgentID, at now: MonotonicTime) -> MonotonicTime {
        agents[id]?.toldAt.map { max($0 + Self.noticeInterval, now) } ?? now
    }

    /// What is to be told of by now, by agent.
    mutating func takeGuessing(at now: MonotonicTime) -> [Guessing] {
        guard let due = deadline, due <= now else { return [] }
        deadline = nil
        var told: [Guessing] = []
        for id in agents.keys.sorted() {
            guard let agent = agents[id], agent.untold > 0 else { continue }
            let due = noticeDue(id, at: now)
            guard due <= now else {
                deadline = min(deadline ?? due, due)
                continue
            }
            told.append(Guessing(agent: id, name: agent.name, reader: agent.reader, count: agent.untold))
            agents[id]?.untold = 0
            agents[id]?.toldAt = now
        }
        return told
    }

    // MARK: What is written down

    enum Kind: Sendable {
        case request
        case statement
        case rotation
    }

    /// - Returns: how long to wait; `nil` when it may be done, and counts.
    mutating func take(_ kind: Kind, of id: AgentID, at now: MonotonicTime) -> Duration? {
        with(id, at: now) { agent in
            switch kind {
            case .request: Self.take(from: &agent.requests, AgentBudgetRule.requests, at: now)
            case .statement: Self.take(from: &agent.statements, AgentBudgetRule.readerStatements, at: now)
            case .rotation: Self.take(from: &agent.rotations, AgentBudgetRule.rotations, at: now)
            }
        }
    }

    private static func take(
        from bucket: inout TokenBucket, _ rate: TokenBucket.Rate, at now: MonotonicTime
    ) -> Duration? {
        if let wait = bucket.wait(rate, at: now) { return wait }
        bucket.take(rate, at: now)
        return nil
    }

    /// How long this agent's events wait. What they cost shows after they are committed only.
    func eventWait(_ id: AgentID, at now: MonotonicTime) -> Duration? {
        agents[id]?.uncalled.wait(AgentBudgetRule.uncalledEvents, at: now)
    }

    mutating func spend(_ uncalled: Int, of id: AgentID, at now: MonotonicTime) {
        guard uncalled > 0 else { return }
        with(id, at: now) { $0.uncalled.take(AgentBudgetRule.uncalledEvents, uncalled, at: now) }
    }
}
