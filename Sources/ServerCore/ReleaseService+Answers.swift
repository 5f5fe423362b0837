// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire

/// From the store's answers to replies.
extension ReleaseService {
    mutating func answer(_ purpose: Purpose, _ reply: StoreReply, at now: MonotonicTime) -> [Action] {
        let failure: [Action] = if case .failed(let failure) = reply { [.note(.storeFailed(failure))] } else { [] }
        let full: [Action] = reply == .failed(.full) ? [.storeIsFull] : []
        return failure + full + route(purpose, reply, at: now)
    }

    private mutating func route(_ purpose: Purpose, _ reply: StoreReply, at now: MonotonicTime) -> [Action] {
        switch purpose {
        case .hello(let id, let correlation): return welcomed(id, correlation, reply, at: now)
        case .enrol(let id, let correlation): return enrolled(id, correlation, reply, at: now)
        case .verdict(let id, let correlation, let reader):
            return verdict(id, correlation, reader: reader, reply, at: now)
        case .read(let id, let correlation, let place):
            return readAnswered(id, correlation, at: place, reply, at: now)
        case .loginSecret(let id, let correlation, let login):
            return loginFound(id, correlation, login, reply, at: now)
        case .prompt(let id, let correlation, let typed): return promptTaken(id, correlation, typed, reply, at: now)
        case .list(let id, let correlation): return listed(id, correlation, reply, at: now)
        case .selection(let id, let correlation): return selected(id, correlation, reply, at: now)
        case .release(let id, let correlation): return released(id, correlation, reply, at: now)
        case .openDocument(let id, let correlation, let release):
            return opened(id, correlation, release, reply, at: now)
        case .events(let id, let events): return recorded(id, events, reply, at: now)
        case .endSession(let id, let correlation, let end):
            return feed(.reply(correlation, .sessionEnd(end)), to: id, at: now)
        case .readers(let id, let correlation, let agent):
            links[id]?.isNotingReaders = false
            guard case .readersNoted(let news) = reply else {
                return feed(.reply(correlation, .refused(Self.refusal(for: reply))), to: id, at: now)
            }
            return news.map { .note(.readerChanged(agent: agent, $0)) }
                + feed(.reply(correlation, .readersNoted), to: id, at: now)
        case .offline(let id, let purpose): return offlineAnswered(id, purpose, reply, at: now)
        case .farewell, .sending, .guessing: return []
        case .rotateKey(let id, let correlation): return keyAnnounced(id, correlation, reply, at: now)
        case .noteReport(let id, let correlation, let query):
            return reportNoted(id, correlation, query, reply, at: now)
        case .readReport(let id, let correlation): return reportRead(id, correlation, reply, at: now)
        case .review: return reviewed(reply, at: now)
        case .loginCheck, .promptCheck, .readDocument: preconditionFailure("these are not questions to the store")
        }
    }

    private mutating func welcomed(
        _ id: LinkID, _ correlation: UInt32, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard let link = links[id] else { return [] }
        guard case .welcomed(let agent, var welcome) = reply else {
            return refuse(link.key, Self.refusal(for: reply), on: id, correlation, at: now)
        }
        let fenced = seats.updateValue(id, forKey: agent)
        let farewells = fenced.map { feed(.closeNow(.refused(Refusal(.fenced))), to: $0, at: now) } ?? []
        let agreed = link.session.agreed.intersection(Self.capabilities)
        links[id]?.seat = AgentSeat(agent: agent, epoch: welcome.epoch, capabilities: agreed)
        links[id]?.agentName = welcome.agent
        welcome.capabilities = Self.capabilities
        return farewells
            + [.admit(id), .note(.agentConnected(name: welcome.agent, key: link.key, epoch: welcome.epoch))]
            + feed(.reply(correlation, .welcome(welcome)), to: id, at: now)
            + tellPolicy(id, at: now)
    }

    mutating func refuse(
        _ key: KeyHash, _ refusal: Refusal, on id: LinkID, _ correlation: UInt32, at now: MonotonicTime
    ) -> [Action] {
        let isNews = refused.isNews(refusal.code, of: key, at: now)
        links[id]?.isQuiet = !isNews
        return (isNews ? [.note(.agentRefused(key: key, refusal.code))] : [])
            + feed(.reply(correlation, .refused(refusal)), to: id, at: now)
    }

    private mutating func enrolled(
        _ id: LinkID, _ correlation: UInt32, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard let link = links[id] else { return [] }
        guard case .enrolled(let name) = reply else {
            return refuse(link.key, Self.refusal(for: reply), on: id, correlation, at: now)
        }
        return [.note(.agentEnrolled(name: name, key: link.key))]
            + feed(.reply(correlation, .enrolled(name: name)), to: id, at: now)
    }

    mutating func verdict(
        _ id: LinkID, _ correlation: UInt32, reader: String, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard let agent = links[id]?.agentName else { return [] }
        let (message, result) = Self.message(for: reply)
        var notes: [Action] = [.note(.readAnswered(agent: agent, reader: reader, result: result))]
        if case .verdict(.ambiguous(let users, _)) = reply {
            notes.append(.note(.readAmbiguous(agent: agent, reader: reader, users: users)))
        }
        // Nobody may come in by a badge alone any more who has a PIN now, and it may be another one's badge.
        let nudge: [Action] =
            if case .pinChosen(_, let knowing) = reply { askToAsk(knowing, at: now) } else { [] }
        return notes + feed(.reply(correlation, message), to: id, at: now) + nudge
    }

    private static func message(for reply: StoreReply) -> (ReleaseMessage, result: String) {
        switch reply {
        case .verdict(.session(let grant)): return (.session(grant), "session")
        case .verdict(.registered(let user)): return (.registered(user: user), "registered")
        case .verdict(.challenge(let challenge)): return (.challenge(challenge), "\(challenge.kind)-asked")
        case .verdict(.ambiguous(_, let challenge)):
            return (challenge.map { .challenge($0) } ?? .refused(Refusal(.unknownCredential)), "ambiguous")
        case .verdict(.refused(let refusal)): return (.refused(refusal), "\(refusal.code)")
        case .pinChosen(let verdict, _): return message(for: .verdict(verdict))
        default:
            let refusal = refusal(for: reply)
            return (.refused(refusal), "\(refusal.code)")
        }
    }

    private mutating func released(
        _ id: LinkID, _ correlation: UInt32, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard case .releases(let grants, let elsewhere) = reply else {
            return feed(.reply(correlation, .refused(Self.refusal(for: reply))), to: id, at: now)
        }
        let hasDialogue = links[id]?.seat?.hasDialogue == true
        let answer = ReleaseMessage.releases(grants, elsewhere: hasDialogue ? elsewhere : nil)
        return [.note(.released(agent: links[id]?.agentName ?? "", jobs: grants.count))]
            + feed(.reply(correlation, answer), to: id, at: now)
    }

    private mutating func opened(
        _ id: LinkID, _ correlation: UInt32, _ release: ReleaseID, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard links[id] != nil else { return [] }
        guard case .document(let document) = reply else {
            let refusal = Self.refusal(for: reply)
            return [.note(.documentFailed(release: release, refusal.code))]
                + feed(.reply(correlation, .refused(refusal)), to: id, at: now)
        }
        links[id]?.documents[correlation] = OpenDocument(document: document, release: release, toldAt: now)
        return [.note(.documentOpened(agent: links[id]?.agentName ?? "", release: release))]
            + feed(.reply(correlation, .documentOpened(size: document.size)), to: id, at: now)
    }

    /// A document that is open on a live connection is being printed, however slowly.
    mutating func noteSending(at now: MonotonicTime) -> [Action] {
        links.keys.sorted().compactMap { id -> Action? in
            guard let link = links[id], let seat = link.seat, !link.documents.isEmpty else { return nil }
            let due = link.documents.filter {
                $0.value.release != nil && now.elapsed(since: $0.value.toldAt) >= Self.sendingInterval
            }
            for correlation in due.keys { links[id]?.documents[correlation]?.toldAt = now }
            let releases = due.values.compactMap(\.release).sorted()
            return releases.isEmpty ? nil : ask(.sending, .noteSending(seat, releases, at: wall))
        }
    }

    private mutating func recorded(
        _ id: LinkID, _ events: [SequencedEvent], _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard let link = links[id] else { return [] }
        links[id]?.isRecording = false
        guard case .recorded(let through, let unbooked, let uncalled) = reply else {
            // The agent keeps its events; it connects again and says where it stands.
            return feed(.closeNow(.refused(Self.refusal(for: reply))), to: id, at: now)
        }
        if let seat = link.seat { budgets.spend(uncalled, of: seat.agent, at: now) }
        let agent = link.agentName ?? ""
        let told = events.compactMap(\.message).flatMap { notes(of: $0, from: agent) }
        let amiss = unbooked.map { Action.note(.chargeUnbooked(agent: agent, job: $0)) }
        return told + amiss + feed(.committed(through: through), to: id, at: now) + record(id, at: now)
    }

    /// The refusal that stands for a store's answer that is not the one hoped for.
    static func refusal(for reply: StoreReply) -> Refusal {
        switch reply {
        case .refused(let refusal): refusal
        case .failed(.full): Refusal(.storeFull)
        case .failed(.busy): Refusal(.busy, retryAfter: .seconds(1))
        case .failed(.broken): Refusal(.maintenance)
        default: preconditionFailure("the store answers a question with that question's answers")
        }
    }
}
