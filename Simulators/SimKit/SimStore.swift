// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import ReleaseWire
import ServerCore
import Store

/// The store as the server's loop sees it: what is asked while a commit is under way waits for the next one.
final class SimStore {
    static let groupLimit = 512

    private struct Question {
        let request: StoreRequest
        /// As it was asked, where a planted bug changes it.
        var asked: StoreRequest?
        let done: (StoreReply) -> Void
    }

    let core: StoreCore
    let world: World
    let oracle: SimOracle
    private let faults: () -> SimFaults
    let bug: SimBug?
    /// Only to plant a bug: the first reads of badges that are being registered, by agent and reader.
    var firstReads: [String: RawRead] = [:]
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
        let asked = request
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
        let isSeen = bug == .secondReadIgnored || bug == .retiredKeyServed
        enqueue(Question(request: request, asked: isSeen ? asked : nil, done: done))
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
        if isSlow { oracle.saw(.slowDisk) }
        world.after(isSlow ? 100...2500 : 1...10) {
            guard self.life == current else { return }
            if self.plants.isEmpty {
                self.settle(group, self.perform(group.map(\.request)))
            } else {
                for question in group { self.settle([question], [self.performOne(question.request)]) }
            }
            self.isCommitting = false
            self.commit()
        }
    }

    private func settle(_ group: [Question], _ replies: [StoreReply]) {
        for (question, reply) in zip(group, replies) {
            oracle.committed(question.asked ?? question.request, reply)
            answer(reply, to: question.done)
        }
    }

    /// SQLITE_FULL at some statement: the request, or the whole group when it hits the commit, has no effect.
    private func perform(_ requests: [StoreRequest]) -> [StoreReply] {
        guard world.chance(faults().fullDisk) else { return core.perform(requests) }
        var left = world.number(2...20)
        var isMet = false
        core.faultHook = { _ in
            left -= 1
            isMet = isMet || left == 0
            return left == 0 ? 13 : nil
        }
        defer {
            core.faultHook = nil
            if isMet { oracle.saw(.fullStore) }
        }
        return core.perform(requests)
    }
}
