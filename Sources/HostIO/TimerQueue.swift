// SPDX-License-Identifier: Apache-2.0

import Primitives

/// What a timer was given as its name; never used again.
package struct TimerToken: Hashable, Sendable {
    let number: UInt64
}

/// The timers of one loop: a binary heap by time, then by age. A cancelled timer stays in the heap until it comes up
/// or until most of the heap is dead.
struct TimerQueue {
    private struct Entry {
        let time: MonotonicTime
        let number: UInt64

        func isBefore(_ other: Entry) -> Bool { (time, number) < (other.time, other.number) }
    }

    private static let deadLimit = 64
    private var heap: [Entry] = []
    private var bodies: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    var isEmpty: Bool { bodies.isEmpty }

    mutating func add(at time: MonotonicTime, _ body: @escaping () -> Void) -> TimerToken {
        lastNumber += 1
        bodies[lastNumber] = body
        heap.append(Entry(time: time, number: lastNumber))
        siftUp(heap.count - 1)
        return TimerToken(number: lastNumber)
    }

    mutating func cancel(_ token: TimerToken) {
        guard bodies.removeValue(forKey: token.number) != nil else { return }
        guard heap.count > 2 * bodies.count + Self.deadLimit else { return }
        heap = heap.filter { bodies[$0.number] != nil }.sorted { $0.isBefore($1) }
    }

    /// The time of the first living timer.
    mutating func first() -> MonotonicTime? {
        while let top = heap.first {
            if bodies[top.number] != nil { return top.time }
            removeTop()
        }
        return nil
    }

    /// The timers due at `now`, in order. They stay cancellable until take(_:).
    mutating func due(at now: MonotonicTime) -> [TimerToken] {
        var tokens: [TimerToken] = []
        while let time = first(), time <= now {
            tokens.append(TimerToken(number: heap[0].number))
            removeTop()
        }
        return tokens
    }

    mutating func take(_ token: TimerToken) -> (() -> Void)? { bodies.removeValue(forKey: token.number) }

    private mutating func removeTop() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown()
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].isBefore(heap[left]) ? right : left
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
