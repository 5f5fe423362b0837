// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseWire
import ServerCore
import Store

/// The store as the server's loop sees it: what is asked while a commit is under way waits for the next one.
final class SimStore {
    static let groupLimit = 512

    private struct Question {
        let request: StoreRequest
        let done: (StoreReply) -> Void
    }

    let core: StoreCore
    private let world: World
    private let oracle: SimOracle
    private let faults: () -> SimFaults
    private let bug: SimBug?
    private var waiting: [Question] = []
    private var isCommitting = false
    private var life = 0

    init(_ core: StoreCore, _ world: World, oracle: SimOracle, faults: @escaping () -> SimFaults, bug: SimBug?) {
        self.core = core
        self.world = world
        self.oracle = oracle
        self.faults = faults
        self.bug = bug
    }

    var queued: Int { waiting.count }

    func submit(_ request: StoreRequest, then done: @escaping (StoreReply) -> Void) {
        let (request, done) = misunderstood(request, done)
        if world.chance(faults().busyStore) { return answer(.failed(.busy), to: done) }
        if let early = plantedReply(to: request) {
            answer(early, to: done)
            let current = life
            return world.after(20...500) {
                guard self.life == current else { return }
                self.enqueue(Question(request: request) { _ in })
            }
        }
        enqueue(Question(request: request, done: done))
    }

    /// What is not committed never happened; what is committed may stay unsaid.
    func crash() {
        life += 1
        waiting = []
        isCommitting = false
    }

    private func answer(_ reply: StoreReply, to done: @escaping (StoreReply) -> Void) {
        let current = life
        world.after(0...1) { if self.life == current { done(reply) } }
    }

    private func enqueue(_ question: Question) {
        waiting.append(question)
        commit()
    }

    private func commit() {
        guard !isCommitting, !waiting.isEmpty else { return }
        isCommitting = true
        let group = Array(waiting.prefix(Self.groupLimit))
        waiting.removeFirst(group.count)
        let current = life
        let isSlow = bug == .fencingForgotten || world.chance(faults().slowDisk)
        world.after(isSlow ? 100...2500 : 1...10) {
            guard self.life == current else { return }
            if self.bug == .fencingForgotten {
                for question in group { self.settle([question], self.core.perform([self.unfenced(question.request)])) }
            } else {
                self.settle(group, self.perform(group.map(\.request)))
            }
            self.isCommitting = false
            self.commit()
        }
    }

    private func settle(_ group: [Question], _ replies: [StoreReply]) {
        for (question, reply) in zip(group, replies) {
            oracle.committed(question.request, reply)
            answer(reply, to: question.done)
        }
    }

    /// SQLITE_FULL at some statement: the request, or the whole group when it hits the commit, has no effect.
    private func perform(_ requests: [StoreRequest]) -> [StoreReply] {
        guard world.chance(faults().fullDisk) else { return core.perform(requests) }
        var left = world.number(2...20)
        core.faultHook = { _ in
            left -= 1
            return left == 0 ? 13 : nil
        }
        defer { core.faultHook = nil }
        return core.perform(requests)
    }

    // MARK: Planted bugs

    private func plantedReply(to request: StoreRequest) -> StoreReply? {
        switch (bug, request) {
        case (.acknowledgedBeforeCommit, .recordEvents(_, _, let events, _)):
            events.last.map { .recorded(through: $0.sequence) }
        case (.acceptedBeforeCommit, .acceptJob): .jobAccepted(JobID(0), isNew: true)
        case (.sendingCommittedLate, .openDocument(_, let release, _, _)):
            oracle.document(of: release).map { .document($0) }
        default: nil
        }
    }

    private func misunderstood(
        _ request: StoreRequest, _ done: @escaping (StoreReply) -> Void
    ) -> (StoreRequest, (StoreReply) -> Void) {
        guard case .askCustody(let seat, var ask, let at) = request else { return (request, done) }
        if bug == .usedNotListed { ask.items.removeAll { $0.listing == .used } }
        let bug = bug
        return (
            .askCustody(seat, ask, at: at),
            { reply in
                guard case .custody(var answer) = reply else { return done(reply) }
                if bug == .leaseForgotten { answer.lease = answer.lease * 1000 }
                if bug == .pagesForgotten { for index in answer.offers.indices { answer.offers[index].pages = 0 } }
                done(.custody(answer))
            }
        )
    }

    private func unfenced(_ request: StoreRequest) -> StoreRequest {
        func now(_ seat: AgentSeat) -> AgentSeat { oracle.newestSeat(of: seat.agent) ?? seat }
        return switch request {
        case .agentLeft(let seat, let at): .agentLeft(now(seat), at: at)
        case .present(let seat, let presented, let at): .present(now(seat), presented, at: at)
        case .release(let seat, let order, let at): .release(now(seat), order, at: at)
        case .recordEvents(let seat, let stream, let events, let at):
            .recordEvents(now(seat), stream: stream, events, at: at)
        default: request
        }
    }
}
