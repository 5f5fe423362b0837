// SPDX-License-Identifier: Apache-2.0

import Primitives

/// What a timer was given as its name; never used again.
package struct TimerToken: Hashable, Sendable {
    let number: UInt64
}

/// The timers of one loop: a binary heap by time, then by age. A cancelled timer stays in the heap until it comes up
/// or until most of the heap is dead.
struct TimerQueue {
    private struct Entry: Comparable {
        let time: MonotonicTime
        let number: UInt64

        static func < (lhs: Self, rhs: Self) -> Bool { (lhs.time, lhs.number) < (rhs.time, rhs.number) }
    }

    private static let deadLimit = 64
    private var heap = MinHeap<Entry>()
    private var bodies: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    var isEmpty: Bool { bodies.isEmpty }

    mutating func add(at time: MonotonicTime, _ body: @escaping () -> Void) -> TimerToken {
        lastNumber += 1
        bodies[lastNumber] = body
        heap.insert(Entry(time: time, number: lastNumber))
        return TimerToken(number: lastNumber)
    }

    mutating func cancel(_ token: TimerToken) {
        guard bodies.removeValue(forKey: token.number) != nil else { return }
        guard heap.count > 2 * bodies.count + Self.deadLimit else { return }
        heap = MinHeap(heap.all.filter { bodies[$0.number] != nil })
    }

    /// The time of the first living timer.
    mutating func first() -> MonotonicTime? {
        while let top = heap.first {
            if bodies[top.number] != nil { return top.time }
            heap.removeFirst()
        }
        return nil
    }

    /// The timers due at `now`, in order. They stay cancellable until take(_:).
    mutating func due(at now: MonotonicTime) -> [TimerToken] {
        var tokens: [TimerToken] = []
        while let time = first(), time <= now, let top = heap.first {
            tokens.append(TimerToken(number: top.number))
            heap.removeFirst()
        }
        return tokens
    }

    mutating func take(_ token: TimerToken) -> (() -> Void)? { bodies.removeValue(forKey: token.number) }
}
