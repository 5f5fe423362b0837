// SPDX-License-Identifier: Apache-2.0

import Primitives

/// How often a key says hello. Each costs a transaction and lines of the log, so an agent that does nothing else is
/// told when to come back.
struct OpeningRates: Sendable {
    /// At once: what a box does that is restarted again and again while somebody sets it up.
    static let burst = 60
    /// One more each.
    static let interval = Duration.seconds(3)
    /// Keys that are told apart. With more of them in so short a time, all begin anew: each has cost a handshake.
    static let limit = 8192

    /// When each key will have all of its hellos again.
    private var rested: [KeyHash: MonotonicTime] = [:]

    var keyCount: Int { rested.count }

    /// `nil` when this one is taken; otherwise after how long the next one is.
    mutating func wait(of key: KeyHash, at now: MonotonicTime) -> Duration? {
        let known = rested[key].map { max($0, now) } ?? now
        let excess = known.elapsed(since: now) - Self.interval * (Self.burst - 1)
        if excess > .zero { return excess }
        if rested.count >= Self.limit, rested[key] == nil {
            rested = rested.filter { now < $0.value }
            if rested.count >= Self.limit { rested = [:] }
        }
        rested[key] = known + Self.interval
        return nil
    }
}
