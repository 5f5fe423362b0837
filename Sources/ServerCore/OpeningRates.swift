// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules

/// How often a key says hello. Each costs a transaction and lines of the log, so an agent that does nothing else is
/// told when to come back.
struct OpeningRates: Sendable {
    /// As many at once as a box does that is restarted again and again while somebody sets it up.
    static let rate = TokenBucket.Rate(burst: 60, interval: .seconds(3))
    /// Keys that are told apart. With more of them in so short a time, all begin anew: each has cost a handshake.
    static let limit = 8192

    private var buckets: [KeyHash: TokenBucket] = [:]

    var keyCount: Int { buckets.count }

    /// `nil` when this one is taken; otherwise after how long the next one is.
    mutating func wait(of key: KeyHash, at now: MonotonicTime) -> Duration? {
        var bucket = buckets[key] ?? TokenBucket()
        if let wait = bucket.wait(Self.rate, at: now) { return wait }
        if buckets.count >= Self.limit, buckets[key] == nil {
            buckets = buckets.filter { !$0.value.isFull(at: now) }
            if buckets.count >= Self.limit { buckets = [:] }
        }
        bucket.take(Self.rate, at: now)
        buckets[key] = bucket
        return nil
    }
}
