// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// What people asked for, and whether that is what is done.
extension SimOracle {
    /// From a job's last byte to its last page, with every repair.
    private static let printing: UInt64 = 20_000_000_000

    /// As it came over the wire.
    func requested(_ request: StoreRequest) {
        if case .release(_, let order, _) = request { orders[order.session, default: []].append(order) }
    }

    func followOrders(_ request: StoreRequest, _ reply: StoreReply) {
        switch (request, reply) {
        case (.release(_, let order, _), .releases(let grants, _)): ordered(order, grants)
        case (.release, .refused(let refusal)) where refusal.code == .custodyElsewhere: saw(.elsewhere)
        case (.listAccounts, .accounts(let page)):
            for account in page.accounts { accountCodes[account.id] = account.code }
        case (.holdJobs(_, let selection, let at), .count(let count)): kept(selection, count, at)
        case (.deleteJobs(_, let selection, _), .deleted(let count, _)): deleted(selection, count)
        case (.endSession(_, let session, let reason, _), .done):
            endedSessions.insert(session)
            switch reason {
            case .replaced: saw(.replaced)
            case .idle: saw(.idled)
            default: saw(.loggedOut)
            }
        default: break
        }
    }

    private func ordered(_ order: ReleaseOrder, _ grants: [ReleaseGrant]) {
        if orders[order.session]?.contains(order) != true {
            violate("I4: session \(order.session) did not ask for what is released")
        }
        let account = order.wishes?.account
        if rules.billingCode == .required, account == nil { violate("I4: a release without the required billing code") }
        if rules.billingCode == .none, account != nil {
            violate("I4: a release with a billing code where there are none")
        }
        for grant in grants { accounts[grant.release] = account }
        let isLeftOut = custodies.latest.contains { job, fence in
            jobs[job]?.owner == sessions[order.session]?.user && !grants.contains { $0.job == job }
                && custodies.byFence[fence]?.isHeld(at: world.nanoseconds) == true && jobs[job]?.onPaper == nil
        }
        if isLeftOut, order.wishes?.jobs == nil { saw(.elsewhere) }
        if account != nil { saw(.accountChosen) }
        if order.wishes?.jobs != nil { saw(.picked) }
        if let override = order.wishes?.override, override != .none { saw(.overridden) }
    }

    private func kept(_ selection: JobSelection, _ count: Int, _ at: WallTime) {
        guard count > 0 else { return }
        saw(.held)
        guard count == Set(selection.jobs).count else { return }
        for job in selection.jobs { keptAt[job] = at }
    }

    private func deleted(_ selection: JobSelection, _ count: Int) {
        let own = selection.jobs.filter { jobs[$0]?.owner == sessions[selection.session]?.user }
        if count > own.count { violate("I3: \(count) jobs were deleted, \(own.count) of them the user's") }
        guard count > 0 else { return }
        saw(.deleted)
        guard count == Set(selection.jobs).count else { return }
        for job in selection.jobs {
            let isLent = custodies.latest[job].flatMap { custodies.byFence[$0] }.map { !$0.isGivenBack } ?? false
            deletedJobs[job] = isLent
            if isLent { saw(.deletedLent) }
        }
    }

    /// The billing code that was chosen for it.
    func accountCode(ofRelease key: ReleaseID) -> String? { accounts[key].flatMap { accountCodes[$0] } }

    /// Nothing of it comes out any more, and nobody may still bring it out.
    func isQuiet(_ job: JobID) -> Bool {
        let now = world.nanoseconds
        let isLent = custodies.latest[job].flatMap { custodies.byFence[$0] }?.until.map { $0 > now } ?? false
        if releases.contains(where: { $0.value.job == job && isUnderWay($0.key) }) { return false }
        return !isLent && now > (reachedAt[job] ?? 0) + Self.printing
    }

    /// Those that a purge took: what somebody keeps for longer is not among them before its time.
    func purged(_ some: [JobID], at now: WallTime, life: Duration) {
        for job in some {
            guard let kept = keptAt.removeValue(forKey: job) else { continue }
            if now < kept.advanced(by: life) { violate("I5: \(jobs[job]?.title ?? "") is purged, and was to be kept") }
        }
    }

    // MARK: For planted bugs

    func isAllHeld(_ selection: JobSelection) -> Bool {
        !selection.jobs.isEmpty && Set(selection.jobs).count == selection.jobs.count
            && selection.jobs.allSatisfy {
                jobs[$0]?.owner == sessions[selection.session]?.user && jobs[$0]?.onPaper == nil
            }
    }

    func heldJobs(ofSession session: SessionID) -> [JobID] {
        custodies.latest.keys.filter { jobs[$0]?.owner == sessions[session]?.user }.sorted()
    }

    func jobOfAnother(thanIn session: SessionID) -> JobID? {
        jobs.filter { $0.value.owner != sessions[session]?.user }.keys.min()
    }

    // MARK: Secrets

    /// In words that somebody could read.
    func scan(_ text: String, in what: String) {
        for digits in Self.longNumbers(in: text.utf8) {
            for (number, secret) in secrets.enumerated() where digits.contains(secret) {
                violate("I9: secret \(number) is in \(what)")
            }
        }
    }

    func scan(_ bytes: [UInt8], in what: String) { scan(String(decoding: bytes, as: UTF8.self), in: what) }

    /// Every secret that people type is a number of so many digits.
    private static let shortest = 8

    private static func longNumbers(in text: String.UTF8View) -> [String] {
        text.split { !(0x30...0x39).contains($0) }.filter { $0.count >= shortest }.map { String(Substring($0)) }
    }
}
