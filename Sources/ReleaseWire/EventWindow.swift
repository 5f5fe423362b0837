// SPDX-License-Identifier: Apache-2.0

import Primitives

/// The agent's durable events as the server counts them: contiguous within a connection, and only so many open.
struct EventWindow: Sendable {
    enum Verdict: Equatable, Sendable {
        case next
        case gap
        case overrun
    }

    /// Events that may be without an acknowledgement.
    static let limit = 64

    private var last: UInt64?
    private var acknowledged: UInt64 = 0

    /// Nothing that came waits for its acknowledgement.
    var isSettled: Bool { last.map { $0 == acknowledged } ?? true }

    mutating func receive(_ sequence: UInt64) -> Verdict {
        if let last {
            guard sequence == last + 1 else { return .gap }
        } else {
            acknowledged = sequence - 1
        }
        guard sequence - acknowledged <= UInt64(Self.limit) else { return .overrun }
        last = sequence
        return .next
    }

    /// The number to acknowledge, when there is a new one. A commit that was asked for on an earlier connection may
    /// reach beyond what came on this one.
    mutating func commit(through: UInt64) -> UInt64? {
        guard let last else { return nil }
        let reached = min(through, last)
        guard reached > acknowledged else { return nil }
        acknowledged = reached
        return reached
    }
}
