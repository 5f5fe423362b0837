// SPDX-License-Identifier: Apache-2.0

import Primitives
import SimRandom

/// Virtual time, chance, and everything that is yet to happen, in the order in which it will. Nothing here sleeps.
final class World {
    private struct Happening {
        let time: UInt64
        let order: UInt64
        let body: () -> Void

        func isBefore(_ other: Happening) -> Bool { (time, order) < (other.time, other.order) }
    }

    /// The wall clock when the virtual one shows zero.
    private static let epoch: Int64 = 1_790_000_000_000

    private(set) var nanoseconds: UInt64 = 0
    var random: SplitMix
    /// A binary heap, the next happening first.
    private var heap: [Happening] = []
    private var order: UInt64 = 0

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    var now: MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }
    var wall: WallTime { WallTime(milliseconds: Self.epoch + Int64(nanoseconds / 1_000_000)) }
    var seconds: Double { Double(nanoseconds) / 1e9 }

    func at(_ time: MonotonicTime, _ body: @escaping () -> Void) {
        order += 1
        heap.append(Happening(time: max(time.nanoseconds, nanoseconds), order: order, body: body))
        rise(from: heap.count - 1)
    }

    /// After so many milliseconds, chosen to the microsecond.
    func after(_ milliseconds: ClosedRange<Int>, _ body: @escaping () -> Void) {
        let wait = UInt64(number((milliseconds.lowerBound * 1000)...(milliseconds.upperBound * 1000))) * 1000
        at(MonotonicTime(nanoseconds: nanoseconds + wait), body)
    }

    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    func chance(_ probability: Double) -> Bool { random.chance(probability) }

    func one<Element>(of some: [Element]) -> Element { some[random.below(some.count)] }

    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } }

    /// Lets the next thing happen; false when nothing is to happen before `end`.
    func step(until end: UInt64) -> Bool {
        guard let next = heap.first, next.time <= end else {
            nanoseconds = max(nanoseconds, end)
            return false
        }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        nanoseconds = next.time
        next.body()
        return true
    }

    /// Everything that was to happen is forgotten, with all that it holds on to.
    func end() { heap = [] }

    private func rise(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private func sink() {
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[first]) { first = child }
            }
            guard first != parent else { return }
            heap.swapAt(first, parent)
            parent = first
        }
    }
}
