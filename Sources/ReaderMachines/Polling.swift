// SPDX-License-Identifier: Apache-2.0

import Primitives

/// When a reader that never speaks first is asked, and how long its answer may take. One question is open at a time.
///
///     closed ──open──▶ resting ──due──▶ (asked) waiting ──answered──▶ resting
///                      waiting ──too late──▶ (missed) resting; after some misses slower, until it answers
struct Polling: Sendable {
    struct Limits: Sendable {
        var interval: Duration
        var answer = Duration.milliseconds(500)
        /// Misses in a row after which the reader counts as silent.
        var misses = 3
        /// Between two questions to a silent reader.
        var backOff = Duration.seconds(2)

        init(interval: Duration) { self.interval = interval }
    }

    private enum State: Sendable {
        case closed
        case resting(until: MonotonicTime)
        case waiting(until: MonotonicTime)
    }

    private let limits: Limits
    private var state = State.closed
    private var missed = 0
    private var nextPoll = MonotonicTime(nanoseconds: 0)

    init(limits: Limits) { self.limits = limits }

    var deadline: MonotonicTime? {
        switch state {
        case .closed: nil
        case .resting(let until), .waiting(let until): until
        }
    }

    var isOpen: Bool { if case .closed = state { false } else { true } }
    var isWaiting: Bool { if case .waiting = state { true } else { false } }
    var isSilent: Bool { missed >= limits.misses }

    func isDue(at now: MonotonicTime) -> Bool {
        if case .resting(let until) = state { now >= until } else { false }
    }

    func isLate(at now: MonotonicTime) -> Bool {
        if case .waiting(let until) = state { now >= until } else { false }
    }

    mutating func open(at now: MonotonicTime) {
        missed = 0
        nextPoll = now
        state = .resting(until: now)
    }

    mutating func close() { state = .closed }

    /// - Parameter work: what the reader does before it answers.
    mutating func asked(at now: MonotonicTime, work: Duration = .zero) {
        state = .waiting(until: now + limits.answer + work)
    }

    /// True when the reader had been silent.
    /// - Parameter isPoll: false for a command in between, which puts the next poll off no further.
    mutating func answered(at now: MonotonicTime, isPoll: Bool = true) -> Bool {
        defer { missed = 0 }
        if isPoll { nextPoll = now + limits.interval }
        state = .resting(until: nextPoll)
        return isSilent
    }

    /// True when the reader now counts as silent and did not before.
    mutating func missed(at now: MonotonicTime) -> Bool {
        missed = min(missed + 1, limits.misses + 1)
        nextPoll = now + (isSilent ? limits.backOff : limits.interval)
        state = .resting(until: nextPoll)
        return missed == limits.misses
    }
}
