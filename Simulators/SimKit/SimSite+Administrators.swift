// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore

/// What administrators do in the middle of everything. They look before they say what came out of a printer.
extension SimSite {
    private static let dismissal = 5000
    /// What a slow or busy store may add to the review that finds out.
    private static let slowReview = 15_000
    /// What people say of paper that they have looked at.
    private static let isWrong = 0.3
    private static let isHasty = 0.5

    func administratorActs() {
        let user = world.one(of: users)
        if world.chance(Self.isHasty) { settleDoubt() }
        switch world.number(0...13) {
        case 0: if users.count(where: { !$0.isGone }) > 1, !user.isGone, world.chance(0.5) { delete(user) }
        case 1: lock(user)
        case 2:
            if !user.isGone { set(world.chance(0.3) ? nil : Array("83\(user.name.utf8.count)17264".utf8), of: user) }
            oracle.saw(.desksPIN)
        case 3, 4:
            if let one = users.first(where: { $0.newBadge != nil && !$0.isGone && $0.code == nil }) {
                handOutCode(to: one)
            }
        case 5: removeRight(of: world.one(of: agents).name)
        case 6: if agents.count > 1, world.chance(0.3) { revoke(agents[agents.count - 1].name) }
        case 7: cancel()
        case 8: recall()
        case 9: changePolicy()
        case 10: removePrinter(of: world.one(of: agents).name)
        default: settleDoubt()
        }
    }

    private func change(_ request: AdminRequest) -> Bool {
        let reply = administer(request)
        // Another process on the same database does not tell this one.
        if world.chance(0.8) { server.administered(request, reply) }
        guard reply.isDone else { return false }
        trace.note("administrator: \(request)")
        return true
    }

    private func delete(_ user: SimUser) {
        let isLent = jobs(.held).contains { $0.owner == user.name && $0.lentTo != nil }
        guard change(.deleteUser(user.name)) else { return }
        user.isGone = true
        oracle.saw(isLent ? .userDeletedWithLent : .userDeleted)
    }

    private func lock(_ user: SimUser) {
        guard !user.isGone, change(.lockUser(user.name, locked: true)) else { return }
        oracle.saw(.userLocked)
        world.after(3000...20_000) { [unowned self] in _ = change(.lockUser(user.name, locked: false)) }
    }

    func handOutCode(to user: SimUser) {
        guard case .activationCode(let code, _) = administer(.makeActivationCode(user: user.name)) else { return }
        user.code = code.revealed
        oracle.secrets.append(String(decoding: code.revealed, as: UTF8.self))
    }

    private func removeRight(of agent: String) {
        guard oracle.revoked[agent] == nil, change(.setRight(.release, of: agent, isGranted: false)) else { return }
        oracle.saw(.rightRemoved)
        world.after(2000...15_000) { [unowned self] in
            if oracle.revoked[agent] == nil { _ = change(.setRight(.release, of: agent, isGranted: true)) }
        }
    }

    /// And sets it up again.
    private func removePrinter(of agent: String) {
        let printer = "printer of \(agent)"
        guard oracle.revoked[agent] == nil, change(.removePrinter(printer)) else { return }
        oracle.saw(.printerRemoved)
        world.after(2000...8000) { [unowned self] in addPrinter(of: agent) }
    }

    func addPrinter(of agent: String) {
        _ = administer(.addPrinter(name: "printer of \(agent)", agent: agent, uri: "socket://printer"))
    }

    private func revoke(_ agent: String) {
        guard oracle.revoked[agent] == nil, change(.revokeAgent(agent)) else { return }
        oracle.saw(.agentRevoked)
        let isSlow = faults.slowDisk + faults.busyStore + faults.fullDisk > 0
        world.after(isSlow ? Self.slowReview...Self.slowReview : Self.dismissal...Self.dismissal) { [unowned self] in
            if server.isConnected(agent) { oracle.violate("\(agent) is revoked and still connected") }
        }
    }

    private func cancel() {
        guard let job = jobs(.held).first, change(.cancelJob(job.job)) else { return }
        oracle.saw(.canceled)
    }

    private func recall() {
        guard let job = jobs(.held).first(where: { $0.lentTo != nil }) else { return }
        if change(.recallJob(job.job, agentIsLost: false)) { oracle.saw(.recalled) }
    }

    /// In effect from the server's next start on.
    private func changePolicy() {
        let lease = plan.policy.offline
        plan.policy = SimPlan.Policy(&world.random, faults)
        (plan.policy.offline.lease, plan.policy.offline.pages) = (lease.lease, lease.pages)
        oracle.saw(.policyChanged)
        if world.chance(0.5) {
            plan.tariff = SimPlan.tariff(mono: world.number(1...9), unknown: world.number(1...9))
            oracle.saw(.tariffChanged)
        }
        for event in plan.policy.events { oracle.saw(event) }
    }

    /// Who is in a hurry does not wait until nothing comes out any more, and says that something did.
    private func settleDoubt() {
        let doubts = jobs(.inDoubt)
        guard !doubts.isEmpty else { return }
        // A person goes first to what was lent: its holder may be away for long, and tell later what it knows.
        let lent = doubts.filter { hasHolder($0.job) }
        let job = world.one(of: lent.isEmpty ? doubts : lent)
        if oracle.isQuiet(job.job) { return settle(job, isSure: !world.chance(Self.isWrong)) }
        if !lent.isEmpty || world.chance(Self.isHasty) { settle(job, pages: world.number(1...4)) }
    }

    /// Somebody waits for it, and its holder is not heard.
    func settleHastily(_ job: JobID) {
        guard let job = jobs(.inDoubt).first(where: { $0.job == job }) else { return }
        settle(job, pages: world.number(1...4))
    }

    /// - Parameter isSure: what is said is what came out. Otherwise it was another document's paper, or another person
    ///   has taken it away.
    func settle(_ job: JobFacts, isSure: Bool) {
        let pages = oracle.doubt(of: job.job).flatMap { oracle.paper(of: $0)?.pages } ?? 0
        if isSure { return settle(job, pages: pages) }
        oracle.saw(.settledWrong)
        settle(job, pages: pages > 0 && world.chance(0.4) ? 0 : pages + 1)
    }

    private func settle(_ job: JobFacts, pages: Int) {
        let isAway = hasHolder(job.job)
        guard change(.settleJob(job.job, pages: pages, by: "who looked at the tray", evenIfMore: true)) else { return }
        oracle.saw(pages > 0 ? .settledPrinted : .settledHeld)
        if isAway { oracle.saw(.settledAway) }
    }

    private func hasHolder(_ job: JobID) -> Bool {
        oracle.doubt(of: job).map { oracle.bills[$0]?.fence != nil } ?? false
    }
}
