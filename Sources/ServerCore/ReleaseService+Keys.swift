// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire

/// What a key may do beside releasing: be changed, be shut out, read reports.
extension ReleaseService {
    mutating func keyAnnounced(
        _ id: LinkID, _ correlation: UInt32, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard let agent = links[id]?.agentName else { return [] }
        guard reply == .done else {
            return feed(.reply(correlation, .refused(Self.refusal(for: reply))), to: id, at: now)
        }
        return [.note(.keyAnnounced(agent: agent))] + feed(.reply(correlation, .keyAnnounced), to: id, at: now)
    }

    // MARK: Reports

    /// How many different reports of one connection are remembered as recorded; beyond it each page is recorded.
    static let seenReportLimit = 64

    /// Who sees a report is recorded before its first rows leave. A connection has one made at a time: others wait in
    /// their order, so that it cannot hold up the reports of everybody.
    mutating func report(
        _ query: ReportQuery, _ correlation: UInt32, on id: LinkID, from seat: AgentSeat, at now: MonotonicTime
    ) -> [Action] {
        guard links[id]?.isReporting == false else {
            links[id]?.waitingReports.append((correlation, query))
            return []
        }
        links[id]?.isReporting = true
        if query.cursor > 0, links[id]?.seenReports.contains(query.subject) == true {
            return [ask(.readReport(id, correlation), .readReport(seat, query))]
        }
        if let wait = budgets.take(.request, of: seat.agent, at: now) {
            return busy(id, correlation, for: wait, at: now) + nextReport(id, at: now)
        }
        return [ask(.noteReport(id, correlation, query), .noteReport(seat, query, at: wall))]
    }

    mutating func reportNoted(
        _ id: LinkID, _ correlation: UInt32, _ query: ReportQuery, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard let link = links[id], let seat = link.seat, let agent = link.agentName else { return [] }
        guard reply == .done else {
            return feed(.reply(correlation, .refused(Self.refusal(for: reply))), to: id, at: now)
                + nextReport(id, at: now)
        }
        if link.seenReports.count < Self.seenReportLimit { links[id]?.seenReports.insert(query.subject) }
        return [
            .note(.reportSeen(agent: agent, key: link.key, report: query.subject)),
            ask(.readReport(id, correlation), .readReport(seat, query)),
        ]
    }

    mutating func reportRead(
        _ id: LinkID, _ correlation: UInt32, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard case .reportPage(let page) = reply else {
            return feed(.reply(correlation, .refused(Self.refusal(for: reply))), to: id, at: now)
                + nextReport(id, at: now)
        }
        return feed(.reply(correlation, .report(page)), to: id, at: now) + nextReport(id, at: now)
    }

    private mutating func nextReport(_ id: LinkID, at now: MonotonicTime) -> [Action] {
        links[id]?.isReporting = false
        guard let seat = links[id]?.seat, let next = links[id]?.waitingReports.first else { return [] }
        links[id]?.waitingReports.removeFirst()
        return report(next.query, next.correlation, on: id, from: seat, at: now)
    }

    // MARK: Review

    mutating func review() -> [Action] {
        let seats = links.keys.sorted().compactMap { links[$0]?.seat }
        guard !isReviewing, !seats.isEmpty else { return [] }
        isReviewing = true
        return [ask(.review, .reviewSeats(seats))]
    }

    /// A store that cannot say is asked again at the next review.
    mutating func reviewed(_ reply: StoreReply, at now: MonotonicTime) -> [Action] {
        isReviewing = false
        guard case .seatsEnded(let ends) = reply else { return [] }
        let refusals = Dictionary(ends.map { ($0.seat, $0.refusal) }) { first, _ in first }
        guard !refusals.isEmpty else { return [] }
        return links.keys.sorted().flatMap { id -> [Action] in
            guard let seat = links[id]?.seat, let refusal = refusals[seat] else { return [] }
            return feed(.closeNow(.refused(refusal)), to: id, at: now)
        }
    }
}

extension ReportQuery {
    /// As the audit names it.
    package var subject: String { ReportSubject(self)?.description ?? name }
}
