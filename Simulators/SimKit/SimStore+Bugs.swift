// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store

/// Planted bugs: what is wrong between the server and its store.
extension SimStore {
    /// Those for which each request is a group of its own.
    var plants: [SimBug] {
        let single: [SimBug] = [
            .fencingForgotten, .lentWithoutBillingCode, .secondFactorForgotten, .holdIgnored, .deletionIgnored,
            .lentTakenAsFree, .oldPINNotAsked, .listOfAnother,
        ]
        return single.filter { $0 == bug }
    }

    func performOne(_ request: StoreRequest) -> StoreReply {
        switch (bug, request) {
        case (.fencingForgotten, _): return core.perform(unfenced(request))
        case (.lentWithoutBillingCode, .askCustody):
            let code = core.settings.billingCode
            core.settings.billingCode = .none
            defer { core.settings.billingCode = code }
            return core.perform(request)
        case (.secondFactorForgotten, .present(let seat, _, let at)) where seat.epoch > 1:
            return withoutPIN(core.perform(request), seat, at)
        case (.oldPINNotAsked, .changePIN(let seat, _, let at)): return withoutPIN(core.perform(request), seat, at)
        case (.holdIgnored, .holdJobs(_, let selection, _)) where oracle.isAllHeld(selection):
            return .count(selection.jobs.count)
        case (.deletionIgnored, .deleteJobs(_, let selection, _)) where oracle.isAllHeld(selection):
            return .deleted(selection.jobs.count, holders: [])
        case (.lentTakenAsFree, .recallJobs(_, let session, let at)):
            free(session, at)
            return core.perform(request)
        case (.listOfAnother, .listJobs(_, let query, _)): return withAnother(core.perform(request), query)
        default: return core.perform(request)
        }
    }

    private func withoutPIN(_ reply: StoreReply, _ seat: AgentSeat, _ at: WallTime) -> StoreReply {
        let asked: Challenge
        switch reply {
        case .verdict(.challenge(let challenge)), .read(.challenge(let challenge), _): asked = challenge
        default: return reply
        }
        guard asked.kind == .pin else { return reply }
        _ = core.perform(.takePrompt(seat, prompt: asked.prompt, at: at))
        return core.perform(.settlePrompt(seat, prompt: asked.prompt, .matched(true), at: at))
    }

    private func free(_ session: SessionID, _ at: WallTime) {
        for job in oracle.heldJobs(ofSession: session) {
            guard core.administer(.recallJob(job, agentIsLost: true), at: at, by: "a bug") == .done else { continue }
            _ = core.administer(.settleJob(job, pages: 0, by: "a bug"), at: at, by: "a bug")
        }
    }

    private func withAnother(_ reply: StoreReply, _ query: JobListQuery) -> StoreReply {
        guard case .jobs(var page) = reply, let other = oracle.jobOfAnother(thanIn: query.session) else { return reply }
        page.jobs.append(
            JobLine(job: other, title: "another", state: .held, size: 1, receivedAt: WallTime(milliseconds: 0)))
        return .jobs(page)
    }

    func plantedReply(to request: StoreRequest) -> StoreReply? {
        switch (bug, request) {
        case (.acknowledgedBeforeCommit, .recordEvents(_, _, let events, _)):
            events.last.map { .recorded(through: $0.sequence) }
        case (.acceptedBeforeCommit, .acceptJob): .jobAccepted(JobID(0), isNew: true)
        case (.sendingCommittedLate, .openDocument(_, let release, _, _)):
            oracle.document(of: release).map { .document($0) }
        default: nil
        }
    }

    func misunderstood(
        _ request: StoreRequest, _ done: @escaping (StoreReply) -> Void
    ) -> (StoreRequest, (StoreReply) -> Void) {
        switch (bug, request) {
        case (.billingCodeLost, .release(let seat, var order, let at)):
            order.wishes?.account = nil
            return (.release(seat, order, at: at), done)
        case (.secondReadIgnored, .present(let seat, var presented, let at)):
            let place = SimOracle.place(seat.agent, presented.reader)
            if oracle.isClaimed(place), let first = firstReads[place] { presented.read = first }
            firstReads[place] = presented.read
            return (.present(seat, presented, at: at), done)
        case (.retiredKeyServed, .welcomeAgent(let key, let hello, let at)):
            return (.welcomeAgent(key: oracle.retiredKeys[key] ?? key, hello, at: at), done)
        case (_, .askCustody(let seat, let ask, let at)): return misunderstood(seat, ask, at, done)
        default: return (request, done)
        }
    }

    private func misunderstood(
        _ seat: AgentSeat, _ asked: CustodyAsk, _ at: WallTime, _ done: @escaping (StoreReply) -> Void
    ) -> (StoreRequest, (StoreReply) -> Void) {
        var ask = asked
        if bug == .usedNotListed { ask.items.removeAll { $0.listing == .used } }
        let bug = bug
        let ready = ask.items.filter { $0.listing == .ready }.map(\.fence)
        return (
            .askCustody(seat, ask, at: at),
            { reply in
                guard case .custody(var answer) = reply else { return done(reply) }
                if bug == .leaseForgotten { answer.lease = answer.lease * 1000 }
                if bug == .pagesForgotten { for index in answer.offers.indices { answer.offers[index].pages = 0 } }
                if bug == .recallUnheard { answer.lent += ready.filter { !answer.lent.contains($0) } }
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
