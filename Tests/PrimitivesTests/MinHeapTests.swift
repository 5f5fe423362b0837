// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@Suite struct MinHeapTests {
    /// All orders of few elements, some of them equal.
    @Test func everythingComesOutInOrder() {
        for code in 0..<3125 {
            let numbers = (0..<5).map { place in (0..<place).reduce(code) { rest, _ in rest / 5 } % 5 }
            var heap = MinHeap<Int>()
            for number in numbers { heap.insert(number) }
            #expect(Self.drained(heap) == numbers.sorted())
            #expect(Self.drained(MinHeap(numbers)) == numbers.sorted())
        }
    }

    @Test func insertionsAndRemovalsMayBeMixed() {
        var heap = MinHeap<Int>()
        var model: [Int] = []
        var random: UInt32 = 7
        for _ in 0..<5000 {
            random = random &* 1_664_525 &+ 1_013_904_223
            if random >> 30 == 0, !model.isEmpty {
                #expect(heap.first == model.min())
                heap.removeFirst()
                if let least = model.indices.min(by: { model[$0] < model[$1] }) { model.remove(at: least) }
            } else {
                heap.insert(Int(random >> 20))
                model.append(Int(random >> 20))
            }
            #expect(heap.count == model.count)
        }
        #expect(heap.all.sorted() == model.sorted() && Self.drained(heap) == model.sorted())
    }

    private static func drained(_ heap: MinHeap<Int>) -> [Int] {
        var (heap, all): (MinHeap<Int>, [Int]) = (heap, [])
        while let first = heap.first {
            all.append(first)
            heap.removeFirst()
        }
        return all
    }
}
