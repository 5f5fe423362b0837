// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Turns any number of refused connections into at most one report a minute for each reason, with their count: whoever
/// knocks must not be able to fill the log.
package struct RefusalTally: Machine {
    package enum Event: Sendable {
        case refused(reason: String, PeerAddress)
    }

    package enum Action: Hashable, Sendable {
        /// So many since the last report of this reason; the latest of them came from there.
        case report(reason: String, connections: UInt64, latest: PeerAddress)
    }

    package static let interval = Duration.seconds(60)
    /// Reasons kept apart. Whatever comes beyond them is counted as ``other``.
    package static let reasonLimit = 16
    package static let other = "other"

    private struct Count: Sendable {
        var quietUntil: MonotonicTime
        var connections: UInt64 = 0
        var latest: PeerAddress
    }

    private var counts: [String: Count] = [:]

    package init() {}

    package var deadline: MonotonicTime? {
        counts.values.filter { $0.connections > 0 }.map(\.quietUntil).min()
    }

    /// The first of a reason is reported at once.
    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .refused(let reason, let peer): count(reason, peer, at: now)
        }
    }

    private mutating func count(_ wanted: String, _ peer: PeerAddress, at now: MonotonicTime) -> [Action] {
        let isKnown = counts[wanted] != nil || counts.count < Self.reasonLimit
        let reason = isKnown ? wanted : Self.other
        guard var count = counts[reason], count.connections > 0 || now < count.quietUntil else {
            counts[reason] = Count(quietUntil: now + Self.interval, latest: peer)
            return [.report(reason: reason, connections: 1, latest: peer)]
        }
        count.connections += 1
        count.latest = peer
        counts[reason] = count
        return []
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        counts.keys.sorted().compactMap { reason in
            guard let count = counts[reason], count.connections > 0, now >= count.quietUntil else { return nil }
            counts[reason] = Count(quietUntil: now + Self.interval, latest: count.latest)
            return .report(reason: reason, connections: count.connections, latest: count.latest)
        }
    }
}
