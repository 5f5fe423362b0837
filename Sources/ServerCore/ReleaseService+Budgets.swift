// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire

/// What a hostile agent is kept from. Whoever is beyond a budget hears so before the store is asked: the answer is the
/// same for a badge that somebody has and one that nobody has.
extension ReleaseService {
    mutating func credential(
        _ presented: Presented, _ correlation: UInt32, on id: LinkID, from seat: AgentSeat, at now: MonotonicTime
    ) -> [Action] {
        if let wait = budgets.take(.request, of: seat.agent, at: now) {
            return busy(id, correlation, for: wait, at: now)
        }
        let name = links[id]?.agentName ?? ""
        if let wait = budgets.beginRead(at: presented.reader, of: seat.agent, named: name, at: now) {
            return tellGuessing(at: now)
                + feed(.reply(correlation, .refused(Refusal(.locked, retryAfter: wait))), to: id, at: now)
        }
        return [
            ask(
                .read(id, correlation, ReadPlace(agent: seat.agent, reader: presented.reader)),
                .present(seat, presented, at: wall))
        ]
    }

    mutating func readAnswered(
        _ id: LinkID, _ correlation: UInt32, at place: ReadPlace, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard case .read(let answer, let met) = reply else {
            budgets.endRead(at: place.reader, of: place.agent, nil, at: now)
            return verdict(id, correlation, reader: place.reader, reply, at: now)
        }
        budgets.endRead(at: place.reader, of: place.agent, met, at: now)
        return verdict(id, correlation, reader: place.reader, .verdict(answer), at: now)
    }

    /// In the log and in the audit, once a minute of each agent.
    mutating func tellGuessing(at now: MonotonicTime) -> [Action] {
        budgets.takeGuessing(at: now).flatMap { guessing -> [Action] in
            return [
                .note(.badgesGuessed(agent: guessing.name, reader: guessing.reader, count: guessing.count)),
                ask(
                    .guessing,
                    .noteGuessing(guessing.agent, reader: guessing.reader, count: guessing.count, at: wall)),
            ]
        }
    }

    /// A log-in is a row in the database, too. Guessing by it, ``PlaceLockRule`` bounds.
    mutating func login(
        _ login: Login, _ correlation: UInt32, on id: LinkID, from seat: AgentSeat, at now: MonotonicTime
    ) -> [Action] {
        if let wait = budgets.take(.request, of: seat.agent, at: now) {
            return busy(id, correlation, for: wait, at: now)
        }
        return [ask(.loginSecret(id, correlation, login), .findSecret(seat, login, at: wall))]
    }

    mutating func noteReaders(
        _ readers: [ReaderStatus], _ correlation: UInt32, on id: LinkID, from seat: AgentSeat, at now: MonotonicTime
    ) -> [Action] {
        guard let link = links[id] else { return [] }
        let wait =
            link.isNotingReaders
            ? AgentBudgetRule.readerStatements.interval : budgets.take(.statement, of: seat.agent, at: now)
        if let wait { return busy(id, correlation, for: wait, at: now) }
        links[id]?.isNotingReaders = true
        return [
            ask(
                .readers(id, correlation, agent: link.agentName ?? ""), .noteReaders(seat, readers, at: wall))
        ]
    }

    mutating func rotate(
        _ rotation: KeyRotation, _ correlation: UInt32, on id: LinkID, from seat: AgentSeat, at now: MonotonicTime
    ) -> [Action] {
        if let wait = budgets.take(.rotation, of: seat.agent, at: now) {
            return busy(id, correlation, for: wait, at: now)
        }
        return [ask(.rotateKey(id, correlation), .rotateKey(seat, rotation, at: wall))]
    }

    /// Events that waited for their agent's budget. Nothing is dropped: an agent that hears no acknowledgement stops
    /// by itself.
    mutating func tickEvents(at now: MonotonicTime) -> [Action] {
        slowed.takeDue(at: now).flatMap { record($0, at: now) }
    }
}
