// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire

/// Badges while the server is away.
extension AgentCore {
    private var records: OfflineRecords { journal.state.offline }

    // MARK: Whose badge

    /// Kept until the server has said whose it is. The read itself is not kept. A number that somebody typed is no
    /// badge: the server may have asked for a PIN with it, and who overhears it could come for the documents here.
    mutating func noteRead(_ read: RawRead, key: [UInt8]) {
        guard let box = offline.box, read.technology != .keypad else { return }
        offline.verifiers.append((read: key, verifier: box.verifier(of: read)))
        if offline.verifiers.count > OfflineState.readLimit { offline.verifiers.removeFirst() }
    }

    /// The server has let this read in: it is asked whom it let in.
    mutating func learn(_ session: SessionID, read key: [UInt8], at now: MonotonicTime) -> [Action] {
        guard agreesOffline, records.policy.mode != .deny, link.session?.canRequest == true,
            let noted = offline.verifiers.last(where: { $0.read == key })
        else { return [] }
        let (correlation, sent) = request(.offline(.learn(session: session)), at: now)
        offline.learning[correlation] = noted.verifier
        return sent
    }

    mutating func remember(_ verifier: [UInt8], _ learned: Learned) -> [Action] {
        let one = RememberedUser(
            verifier: verifier, user: learned.user, label: learned.label,
            needsSecondFactor: learned.needsSecondFactor, at: wall)
        if let known = records.remembered(verifier), known.user == one.user,
            known.needsSecondFactor == one.needsSecondFactor,
            (known.at...known.at.advanced(by: OfflineRule.relearnAfter)).contains(wall)
        {
            return []
        }
        return [journal.append([.offline(.learned(one))], then: .custody)]
    }

    // MARK: Releasing

    /// The outcome of a read that no server will answer.
    mutating func serve(_ read: OpenRead, _ raw: RawRead, at now: MonotonicTime) -> [Action] {
        let known = offline.box.flatMap { records.remembered($0.verifier(of: raw)) }
        let holder = known.map {
            OfflineRule.Holder(user: $0.user, needsSecondFactor: $0.needsSecondFactor, learnedAt: $0.at)
        }
        let jobs = known.map { usable(by: $0.user, at: now) } ?? []
        let owed = known.map { records.owed(by: $0.user) + queuedPages(of: $0.user) } ?? 0
        let answer = OfflineRule.answer(holder, jobs: jobs, owed: owed, policy: records.policy, at: wall)
        switch answer {
        case .away: return conclude(read, .serverAway, .serverAway, at: now)
        case .secondFactor: return conclude(read, .secondFactorAway, .serverAway, at: now)
        case .limit: return conclude(read, .offlineLimit, .serverAway, at: now)
        case .release(let fences):
            guard let printer = records.printer else { return conclude(read, .serverAway, .serverAway, at: now) }
            let account = takeChoice(of: known?.verifier, at: now)
            let chosen = jobs.filter { fences.contains($0.fence) }
            let link = PrinterLink(id: printer.id, name: printer.name, uri: printer.uri)
            return conclude(read, .releasingOffline(documents: chosen.count), .offlineReleased, at: now)
                + enqueue(
                    chosen.map { PrintItem($0, printer: link, read: read, account: account) }, for: read, at: now)
        }
    }

    // MARK: Billing codes

    /// The person had chosen one when the server was lost, and holds the badge again: they need not know that what
    /// comes out now is this box's own copy.
    mutating func keepChoice(_ account: AccountID, read key: [UInt8], at now: MonotonicTime) {
        guard let noted = offline.verifiers.last(where: { $0.read == key }) else { return }
        offline.choices.removeAll { $0.verifier == noted.verifier || $0.until <= now }
        offline.choices.append(
            OfflineState.Choice(verifier: noted.verifier, account: account, until: now + OfflineState.choiceLife))
        if offline.choices.count > OfflineState.readLimit { offline.choices.removeFirst() }
    }

    private mutating func takeChoice(of verifier: [UInt8]?, at now: MonotonicTime) -> AccountID? {
        defer { offline.choices.removeAll { $0.verifier == verifier } }
        return offline.choices.last { $0.verifier == verifier && now < $0.until }?.account
    }

    // MARK: What is lent

    private func usable(by user: UserID, at now: MonotonicTime) -> [CustodyFacts] {
        let queued = Set(queuedCustodies.map(\.fence))
        return records.custodies.map(\.facts).filter {
            $0.user == user && !queued.contains($0.fence) && mayUse($0.fence, at: now)
        }
    }

    private var queuedCustodies: [CustodyFacts] {
        queue.waiting.compactMap(\.custody) + (queue.current?.item.custody.map { [$0] } ?? [])
    }

    /// Of what waits; what has begun is on record.
    private func queuedPages(of user: UserID) -> Int {
        queuedCustodies.reduce(0) { sum, facts in
            guard facts.user == user, records.custody(facts.fence)?.releaseKey == nil else { return sum }
            return sum + facts.pages
        }
    }

    /// Lent, not released yet, and the lease holds. Looked at again when the first byte is due.
    func mayUse(_ fence: Fence, at now: MonotonicTime) -> Bool {
        guard let custody = records.custody(fence), custody.isLent, custody.releaseKey == nil else { return false }
        if let until = offline.leaseUntil, now < until { return true }
        guard let boot = offline.box?.boot else { return false }
        return records.lease?.holds(in: boot, at: now) == true
    }

    /// A job that came out, or is coming out, of this box's own copy must not come out again by a release that was
    /// granted before the server knew.
    func isUsed(_ job: JobID) -> Bool {
        records.custodies.contains { $0.facts.job == job && $0.releaseKey != nil }
    }

    /// What a release of a job means for the box's own copy, to be written with the record that it begins.
    func entriesAtBegin(of item: PrintItem) -> [JournalEntry] {
        guard let custody = item.custody, let box = offline.box else {
            let copies = records.custodies.filter { $0.facts.job == item.grant.job && $0.releaseKey == nil }
            return [.began(item.grant.release)] + copies.map { .offline(.over($0.facts.fence)) }
        }
        let key = box.releaseKey(read: item.read.key, fence: custody.fence)
        return [.offline(.used(custody.fence, key: key, account: item.account))]
    }

    func charge(_ custody: CustodyFacts, _ outcome: Outcome, _ evidence: Evidence) -> DurableEvent? {
        guard let held = records.custody(custody.fence), let key = held.releaseKey else { return nil }
        var charge = OfflineCharge(
            key: key, fence: custody.fence, job: custody.job, user: custody.user, outcome: outcome,
            evidence: evidence, at: wall)
        charge.account = held.account
        return .account(charge)
    }

    /// What had begun when the agent last ended may have printed.
    func chargesOfThePast() -> [DurableEvent] {
        records.custodies.filter { $0.releaseKey != nil && $0.outcome == nil }
            .compactMap { charge($0.facts, .unconfirmed, .none) }
    }
}

extension PrintItem {
    /// A release of the box's own copy. Its number is only this box's.
    init(_ custody: CustodyFacts, printer: PrinterLink, read: OpenRead, account: AccountID?) {
        grant = ReleaseGrant(
            release: ReleaseID(-custody.job.value), job: custody.job, title: custody.title, user: custody.label,
            format: custody.format, size: custody.size, pages: custody.pages)
        self.printer = printer
        self.read = read
        self.custody = custody
        self.account = account
    }
}
