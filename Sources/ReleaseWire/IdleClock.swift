// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Notices a peer that went away without saying so: asks it after some silence and gives it up after more. Both
/// sides of a connection hold one.
struct IdleClock: Sendable {
    enum Wish: Sendable {
        case nothing
        case ping
        case giveUp
    }

    static let pingAfter = Duration.seconds(15)
    static let deadAfter = Duration.seconds(45)
    /// How many pings a peer may send within ``pingAfter``.
    static let pingLimit = 32

    private var heard: MonotonicTime
    private var asked: MonotonicTime
    private var pingsSince: MonotonicTime
    private var pings = 0

    init(at now: MonotonicTime) {
        heard = now
        asked = now
        pingsSince = now
    }

    var dead: MonotonicTime { heard + Self.deadAfter }

    var deadline: MonotonicTime { min(dead, max(heard, asked) + Self.pingAfter) }

    /// Any byte is a sign of life.
    mutating func hear(at now: MonotonicTime) { heard = now }

    mutating func tick(at now: MonotonicTime) -> Wish {
        if now >= dead { return .giveUp }
        guard now >= deadline else { return .nothing }
        asked = now
        return .ping
    }

    /// False when the peer pings more often than anyone needs to.
    mutating func mayPing(at now: MonotonicTime) -> Bool {
        if now >= pingsSince + Self.pingAfter {
            pingsSince = now
            pings = 0
        }
        pings += 1
        return pings <= Self.pingLimit
    }
}
