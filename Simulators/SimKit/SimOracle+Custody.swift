// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// What is known of jobs that are lent: who may release them, until when, and what is owed for them.
struct KnownCustodies {
    struct Custody {
        let job: JobID
        let agent: AgentID
        let user: UserID
        let pages: Int
        /// As the server has committed it; `nil` while it is only offered.
        var until: UInt64?
        /// The agent has said that it does not have it.
        var isGivenBack = false
        /// The server has heard how it ended.
        var isCharged = false
        /// In which epoch of its agent the answer left it out: it is to be given up.
        var withheldIn: UInt64?

        /// Only its agent may release the job.
        func isHeld(at now: UInt64) -> Bool { !isGivenBack && !isCharged && now < until ?? 0 }
    }

    var byFence: [Fence: Custody] = [:]
    var latest: [JobID: Fence] = [:]
    /// The releases of lent jobs at each agent: the agent's own number is that of the job.
    var uses: [String: [JobID: Fence]] = [:]
    /// Pages used at an agent and not acknowledged, by fence.
    var owed: [String: [Fence: Int]] = [:]
    /// When its end was written down.
    var chargedAt: [Fence: UInt64] = [:]
    /// Pages used wherever, and not told to the server, by fence.
    var untold: [Fence: Int] = [:]
    var usedCount = 0
}

extension SimOracle {
    private static let reconciliation: UInt64 = 30_000_000_000

    // MARK: The store

    func asked(_ ask: CustodyAsk, _ answer: CustodyAnswer, _ seat: AgentSeat) {
        if rules.billingCode == .required, !answer.offers.isEmpty {
            violate("I4: jobs are lent where a billing code is required")
        }
        for item in ask.items where item.listing == .ready {
            guard let told = custodies.byFence[item.fence]?.withheldIn, !answer.lent.contains(item.fence) else {
                continue
            }
            if told == seat.epoch { violate("I6: custody \(item.fence) is not given up") }
        }
        for item in ask.items where item.listing == .ready {
            custodies.byFence[item.fence]?.withheldIn = answer.lent.contains(item.fence) ? nil : seat.epoch
        }
        for offer in answer.offers {
            custodies.byFence[offer.fence] = KnownCustodies.Custody(
                job: offer.job, agent: seat.agent, user: offer.user, pages: pages(of: offer.job))
        }
        let listed = Set(ask.items.map(\.fence))
        for (fence, custody) in custodies.byFence where custody.agent == seat.agent && custody.until != nil {
            if !listed.contains(fence) { custodies.byFence[fence]?.isGivenBack = true }
        }
        for item in ask.items where item.listing == .ready && answer.lent.contains(item.fence) {
            guard let custody = custodies.byFence[item.fence] else {
                violate("I6: custody \(item.fence) comes from nowhere")
                continue
            }
            custodies.byFence[item.fence]?.until = world.nanoseconds + Self.nanoseconds(policy.lease)
            if custody.until == nil { saw(.lent) }
            lent(item.fence)
            custodies.latest[custody.job] = max(item.fence, custodies.latest[custody.job] ?? item.fence)
        }
    }

    func charged(_ charge: OfflineCharge) {
        guard let custody = custodies.byFence[charge.fence] else {
            return violate("I6: a charge for custody \(charge.fence), which nobody had")
        }
        if custody.isGivenBack { violate("I6: custody \(charge.fence) was given back and is charged") }
        custodies.untold[charge.fence] = nil
        // Events come with the link's return, and not long after it.
        let since = max(welcomedAt[custody.agent] ?? 0, custodies.chargedAt[charge.fence] ?? 0)
        custodies.byFence[charge.fence]?.isCharged = true
        if world.nanoseconds > since + Self.reconciliation {
            violate("I7: a charge comes \((world.nanoseconds - since) / 1_000_000_000) s after the link")
        }
        if case .neverStarted = charge.outcome { return }
        custodies.usedCount += 1
        saw(.offline)
    }

    /// From the paper: what the analysis should have said.
    private func pages(of job: JobID) -> Int {
        guard let title = jobs[job]?.title, let bytes = submitted[title]?.bytes else { return 0 }
        return SimDocuments.pages(in: bytes)
    }

    // MARK: The agents

    /// The first byte of a lent job is about to go to the printer.
    func uses(_ fence: Fence, at agent: String) {
        guard let custody = custodies.byFence[fence] else {
            return violate("I6: \(agent) uses custody \(fence), which nobody offered")
        }
        if agentNames[custody.agent] != agent { violate("I6: \(agent) uses a custody of another agent") }
        if custody.isGivenBack { violate("I6: \(agent) uses custody \(fence), which it has given back") }
        if custodies.latest[custody.job] != fence {
            violate("I6: \(agent) uses custody \(fence), which is not the latest")
        }
        if world.nanoseconds > custody.until ?? 0 { violate("I6: \(agent) uses custody \(fence) beyond its lease") }
        custodies.uses[agent, default: [:]][custody.job] = fence
        custodies.owed[agent, default: [:]][fence] = custody.pages
        releases[ReleaseID(-fence.value)] = KnownRelease(job: custody.job, agent: agent, isSending: true)
        let sum = (custodies.owed[agent] ?? [:]).reduce(0) { sum, entry in
            sum + (custodies.byFence[entry.key]?.user == custody.user ? entry.value : 0)
        }
        if sum > policy.pages { violate("I7: \(agent) lets a user owe \(sum) pages of \(policy.pages)") }
        custodies.untold[fence] = custody.pages
        let everywhere = custodies.untold.reduce(0) { sum, entry in
            sum + (custodies.byFence[entry.key]?.user == custody.user ? entry.value : 0)
        }
        if hasOnlyCached, everywhere > policy.pages {
            violate("I7: a user owes \(everywhere) pages of \(policy.pages) at all agents")
        }
    }

    func settled(_ fence: Fence, at agent: String) { custodies.owed[agent]?[fence] = nil }

    /// What a release is called here: one of a box's own copy bears the job's number, which other boxes use, too.
    func known(_ id: ReleaseID, at agent: String) -> ReleaseID {
        guard id.value < 0, let fence = custodies.uses[agent]?[JobID(-id.value)] else { return id }
        return ReleaseID(-fence.value)
    }

    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        UInt64(duration.components.seconds) * 1_000_000_000
    }
}
