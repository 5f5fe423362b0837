// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire

/// What the server lends to this box: asking, fetching, giving back. All of it is state that is told whole each time.
extension AgentCore {
    private var records: OfflineRecords { journal.state.offline }

    var agreesOffline: Bool { link.session?.agreed.contains(.offline) == true }

    /// After the welcome. A server that knows nothing of custody cannot know what it lent.
    mutating func offlineOpened() -> [Action] {
        guard !agreesOffline else { return publishDeferred() }
        return deferCharges() + (offline.box == nil ? [] : take(.deny))
    }

    mutating func told(_ message: OfflineMessage, at now: MonotonicTime) -> [Action] {
        guard offline.box != nil else { return [] }
        switch message {
        case .policy(let policy):
            offline.askAt = now
            return take(policy) + ask(at: now)
        case .askNow:
            offline.askAt = now
            return ask(at: now)
        case .ask, .answer, .learn, .learned, .open: return []
        }
    }

    private mutating func take(_ policy: OfflinePolicy) -> [Action] {
        let isKnown = policy == records.policy
        let change = isKnown ? [] : [journal.append([.offline(.policy(policy))], then: .custody)]
        return change + (policy.mode == .deny ? giveEverythingUp() : [])
    }

    /// All but what was used: that is over with its charge.
    mutating func giveEverythingUp() -> [Action] {
        let unused = records.custodies.filter { $0.releaseKey == nil }.map(\.facts.fence)
        let forget: [JournalEntry] = records.remembered.isEmpty ? [] : [.offline(.forgotAll)]
        guard !(unused.isEmpty && forget.isEmpty) else { return [] }
        return [journal.append(forget + unused.map { .offline(.over($0)) }, then: .custody)]
            + unused.map { .removeCustody($0) }
    }

    // MARK: Asking

    /// Only with everything on disk that the list says: what it leaves out must never come out here.
    mutating func ask(at now: MonotonicTime) -> [Action] {
        guard let askAt = offline.askAt, now >= askAt, let box = offline.box, link.isOpen, agreesOffline,
            offline.question == nil, !journal.hasUnsyncedCustody, link.session?.canRequest == true
        else { return [] }
        let coming = offline.offers + (offline.fetch.map { [$0.facts] } ?? []) + (offline.finishing.map { [$0] } ?? [])
        let held = records.custodies
        let items =
            held.map { CustodyAsk.Item($0.facts.fence, $0.releaseKey == nil ? .ready : .used) }
            + coming.map { CustodyAsk.Item($0.fence, .fetching) }
        let taken = (held.map(\.facts) + coming).reduce(0 as UInt64) { $0 + $1.size }
        let message = CustodyAsk(
            items: Array(items.prefix(CustodyAsk.limit)), room: box.space > taken ? box.space - taken : 0,
            forgotten: records.forgotten)
        let (correlation, sent) = request(.offline(.ask(message)), at: now)
        offline.question = OfflineState.Question(
            correlation: correlation, askedAt: now, listed: message.items.map(\.fence),
            ready: message.items.filter { $0.listing == .ready }.map(\.fence))
        // Where nothing is lent it is enough to have said once that nothing is held.
        offline.askAt = records.policy.mode == .deny && items.isEmpty ? nil : now + records.policy.interval
        return sent
    }

    /// True when the reply was to one of these questions.
    mutating func offlineReply(
        _ correlation: UInt32, _ message: ReleaseMessage, at now: MonotonicTime
    ) -> [Action]? {
        if let question = offline.question, question.correlation == correlation {
            offline.question = nil
            guard case .offline(.answer(let answer)) = message else { return [] }
            return answered(answer, to: question, at: now)
        }
        if let verifier = offline.learning.removeValue(forKey: correlation) {
            guard case .offline(.learned(let learned)) = message else { return [] }
            return remember(verifier, learned)
        }
        guard offline.fetch?.correlation == correlation else { return nil }
        if case .refused = message { return endFetch() + fetchNext(at: now) }
        return []
    }

    private mutating func answered(
        _ answer: CustodyAnswer, to question: OfflineState.Question, at now: MonotonicTime
    ) -> [Action] {
        let goesOn = Set(answer.lent)
        var entries: [OfflineEntry] = []
        if answer.printer != records.printer { entries.append(.printer(answer.printer)) }
        if !answer.forget.isEmpty || answer.forgotten > records.forgotten {
            entries.append(.forgot(answer.forget, through: answer.forgotten))
        }
        let listed = records.custodies.filter { $0.releaseKey == nil && question.listed.contains($0.facts.fence) }
        let over = listed.map(\.facts.fence).filter { !goesOn.contains($0) }
        entries += over.map { .over($0) }
        let lent = listed.filter { custody in
            goesOn.contains(custody.facts.fence) && question.ready.contains(custody.facts.fence) && !custody.isLent
        }
        entries += lend(lent.map(\.facts.fence), answer, question)
        let write = entries.isEmpty ? [] : [journal.append(entries.map { .offline($0) }, then: .custody)]
        if !over.isEmpty || answer.forget.count == CustodyAnswer.forgetLimit { offline.askAt = now }
        offline.offers.removeAll { question.listed.contains($0.fence) && !goesOn.contains($0.fence) }
        let isStopped = offline.fetch.map {
            question.listed.contains($0.facts.fence) && !goesOn.contains($0.facts.fence)
        }
        let stopped = isStopped == true ? abandonFetch(at: now) : []
        let known = Set(records.custodies.map(\.facts.fence))
        offline.offers += answer.offers.filter { !known.contains($0.fence) }
        return write + over.map { .removeCustody($0) } + stopped + fetchNext(at: now)
    }

    /// The lease counts from the question. It is written down when it matters: for what is lent anew, or when the one
    /// on record has lost a good part of its length.
    private mutating func lend(
        _ fences: [Fence], _ answer: CustodyAnswer, _ question: OfflineState.Question
    ) -> [OfflineEntry] {
        guard let boot = offline.box?.boot else { return [] }
        let life = CustodyRule.agentLife(answer.lease)
        let until = question.askedAt + life
        offline.leaseUntil = until
        let lease = Lease(boot: boot, until: until)
        let isStale =
            !records.custodies.isEmpty
            && (records.lease.map { $0.boot != boot || until.elapsed(since: $0.until) > life / 8 } ?? true)
        guard !fences.isEmpty || isStale else { return [] }
        return stride(from: 0, to: max(fences.count, 1), by: OfflineEntry.listLimit).map {
            .leased(lease, lent: Array(fences[$0..<min($0 + OfflineEntry.listLimit, fences.count)]))
        }
    }

    // MARK: Fetching

    mutating func fetchNext(at now: MonotonicTime) -> [Action] {
        guard offline.fetch == nil, offline.finishing == nil, let facts = offline.offers.first, link.isOpen,
            link.session?.canRequest == true
        else { return [] }
        offline.offers.removeFirst()
        let open = CustodyOpen(fence: facts.fence, offset: 0, window: limits.documentWindow)
        let (correlation, sent) = request(.offline(.open(open)), at: now)
        offline.fetch = OfflineState.Fetch(facts: facts, correlation: correlation)
        return [.openCustody(facts.fence)] + sent
    }

    /// `nil` when the piece is not for the disk.
    mutating func custodyArrived(
        _ piece: DocumentPiece, _ correlation: UInt32, at now: MonotonicTime
    ) -> [Action]? {
        guard let fetch = offline.fetch, fetch.correlation == correlation else { return nil }
        switch piece {
        case .bytes(let bytes):
            return [.appendCustody(fetch.facts.fence, bytes)]
        case .end(let sha256):
            guard sha256 == fetch.facts.sha256 else { return endFetch() + fetchNext(at: now) }
            offline.fetch = nil
            offline.finishing = fetch.facts
            return [.finishCustody(fetch.facts.fence, sha256: sha256)]
        case .failed: return endFetch() + fetchNext(at: now)
        }
    }

    /// The disk has taken a piece: the next may come.
    mutating func custodyAppended(_ fence: Fence, _ count: Int, at now: MonotonicTime) -> [Action] {
        guard let fetch = offline.fetch, fetch.facts.fence == fence else { return [] }
        guard count > 0 else { return abandonFetch(at: now) + fetchNext(at: now) }
        return feedLink(.grant(fetch.correlation, bytes: count), at: now)
    }

    mutating func custodyFinished(_ fence: Fence, isWhole: Bool, at now: MonotonicTime) -> [Action] {
        guard let facts = offline.finishing, facts.fence == fence else { return [] }
        offline.finishing = nil
        guard isWhole else { return [.removeCustody(fence)] + fetchNext(at: now) }
        // Listed, and lent with the answer, once this is on disk.
        if offline.offers.isEmpty { offline.askAt = now }
        return [journal.append([.offline(.taken(facts))], then: .custody)] + fetchNext(at: now)
    }

    private mutating func abandonFetch(at now: MonotonicTime) -> [Action] {
        guard let fetch = offline.fetch else { return [] }
        return endFetch() + feedLink(.abandon(fetch.correlation), at: now)
    }

    private mutating func endFetch() -> [Action] {
        guard let fetch = offline.fetch else { return [] }
        offline.fetch = nil
        return [.removeCustody(fetch.facts.fence)]
    }

    /// What was on its way is offered again.
    mutating func offlineLinkLost() -> [Action] {
        offline.question = nil
        offline.learning = [:]
        offline.offers = []
        let isShutOut = if case .refused(let refusal) = link.lastClose { refusal.code == .revoked } else { false }
        return endFetch() + (isShutOut ? giveEverythingUp() : [])
    }
}
