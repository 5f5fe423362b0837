// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire

/// What a question about lent jobs was for.
enum OfflinePurpose: Sendable {
    case ask(UInt32)
    case learn(UInt32)
    case open(UInt32, Fence)
    case recall(ParkedRelease)
}

/// A release that waits until other agents have given back what it would bring out, or for as long as they are given.
struct ParkedRelease: Sendable {
    let link: LinkID
    let correlation: UInt32
    let order: ReleaseOrder
    let until: MonotonicTime
    /// Asked to give back.
    var agents: [AgentID] = []
}

/// Jobs lent to agents. The store decides; here is who is told, and what waits for whom.
extension ReleaseService {
    /// The first word after the welcome.
    mutating func tellPolicy(_ id: LinkID, at now: MonotonicTime) -> [Action] {
        guard hasAgreedOffline(id) else { return [] }
        return feed(.tell(.offline(.policy(offline))), to: id, at: now)
    }

    private func hasAgreedOffline(_ id: LinkID) -> Bool { links[id]?.session.agreed.contains(.offline) == true }

    mutating func offlineRequest(
        _ message: OfflineMessage, _ correlation: UInt32, on id: LinkID, from seat: AgentSeat, at now: MonotonicTime
    ) -> [Action] {
        guard hasAgreedOffline(id) else {
            return feed(.reply(correlation, .refused(Refusal(.unexpected))), to: id, at: now)
        }
        switch message {
        case .ask(let ask):
            return [self.ask(.offline(id, .ask(correlation)), .askCustody(seat, ask, at: wall))]
        case .learn(let session):
            return [ask(.offline(id, .learn(correlation)), .learn(seat, session, at: wall))]
        case .open(let open):
            return [
                ask(
                    .offline(id, .open(correlation, open.fence)),
                    .openCustody(seat, open.fence, offset: open.offset, at: wall))
            ]
        case .answer, .askNow, .learned, .policy:
            preconditionFailure("the session asks only what an agent may request")
        }
    }

    mutating func offlineAnswered(
        _ id: LinkID, _ purpose: OfflinePurpose, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        switch (purpose, reply) {
        case (.ask(let correlation), .custody(let answer)):
            return feed(.reply(correlation, .offline(.answer(answer))), to: id, at: now) + gaveBack(id, at: now)
        case (.learn(let correlation), .learned(let learned)):
            return feed(.reply(correlation, .offline(.learned(learned))), to: id, at: now)
        case (.open(let correlation, _), .document(let document)):
            guard links[id] != nil else { return [] }
            links[id]?.documents[correlation] = OpenDocument(document: document, release: nil, toldAt: now)
            return feed(.reply(correlation, .documentOpened(size: document.size)), to: id, at: now)
        case (.recall(let release), .recalled(let agents)): return recalled(release, agents, at: now)
        case (.ask(let correlation), _), (.learn(let correlation), _), (.open(let correlation, _), _):
            return feed(.reply(correlation, .refused(Self.refusal(for: reply))), to: id, at: now)
        case (.recall(let release), _):
            return feed(.reply(release.correlation, .refused(Self.refusal(for: reply))), to: id, at: now)
        }
    }

    /// A link may break at any moment: what was taken back, and who is to be forgotten, does not wait for the next
    /// regular question. Where nothing is lent nobody is remembered either.
    mutating func askEverybodyToAsk(at now: MonotonicTime) -> [Action] {
        guard offline.mode != .deny else { return [] }
        return nudge(links.keys.sorted().filter { hasAgreedOffline($0) && links[$0]?.seat != nil }, at: now)
    }

    mutating func askToAsk(_ agents: [AgentID], at now: MonotonicTime) -> [Action] {
        agents.isEmpty ? [] : nudge(holders(agents), at: now)
    }

    mutating func tickNudges(at now: MonotonicTime) -> [Action] {
        nudges.takeDue(at: now).flatMap { feed(.tell(.offline(.askNow)), to: $0, at: now) }
    }

    private mutating func nudge(_ holders: [LinkID], at now: MonotonicTime) -> [Action] {
        holders.filter { nudges.want($0, at: now) }.flatMap { feed(.tell(.offline(.askNow)), to: $0, at: now) }
    }

    /// The connections of those that can be asked.
    private func holders(_ agents: [AgentID]) -> [LinkID] {
        agents.compactMap { seats[$0] }.filter { hasAgreedOffline($0) }.sorted()
    }

    // MARK: Wanting back

    /// Before jobs are reserved, those that are lent elsewhere are wanted back.
    mutating func releaseAsked(
        _ order: ReleaseOrder, _ correlation: UInt32, on id: LinkID, from seat: AgentSeat, at now: MonotonicTime
    ) -> [Action] {
        let release = ParkedRelease(
            link: id, correlation: correlation, order: order, until: now + CustodyRule.recallPatience)
        return offline.mode == .deny ? reserve(release, seat) : wantBack(release, seat)
    }

    private mutating func wantBack(_ release: ParkedRelease, _ seat: AgentSeat) -> [Action] {
        [ask(.offline(release.link, .recall(release)), .recallJobs(seat, session: release.order.session, at: wall))]
    }

    private mutating func reserve(_ release: ParkedRelease, _ seat: AgentSeat) -> [Action] {
        [ask(.release(release.link, release.correlation), .release(seat, release.order, at: wall))]
    }

    private mutating func recalled(
        _ release: ParkedRelease, _ agents: [AgentID], at now: MonotonicTime
    ) -> [Action] {
        guard let seat = links[release.link]?.seat else { return [] }
        let holders = holders(agents)
        // Whoever is away cannot give anything back: those jobs are left out.
        guard !holders.isEmpty, now < release.until else { return reserve(release, seat) }
        var waiting = release
        waiting.agents = agents
        parked.append(waiting)
        return nudge(
            holders.filter { id in links[id]?.seat.map { !release.agents.contains($0.agent) } == true }, at: now)
    }

    /// An agent has said anew what it holds: releases that waited for it look again.
    private mutating func gaveBack(_ id: LinkID, at now: MonotonicTime) -> [Action] {
        guard let agent = links[id]?.seat?.agent else { return [] }
        return resume { $0.agents.contains(agent) }
    }

    mutating func tickParked(at now: MonotonicTime) -> [Action] { resume { $0.until <= now } }

    private mutating func resume(_ isDue: (ParkedRelease) -> Bool) -> [Action] {
        let due = parked.filter(isDue)
        parked.removeAll(where: isDue)
        return due.flatMap { release -> [Action] in
            guard let seat = links[release.link]?.seat else { return [] }
            return wantBack(release, seat)
        }
    }
}
