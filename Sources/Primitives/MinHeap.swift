// SPDX-License-Identifier: Apache-2.0

/// A binary heap: the least element at hand, insertion and removal in logarithmic time. What timers wait in.
package struct MinHeap<Element: Comparable> {
    @usableFromInline var elements: [Element]

    @inlinable package init() { elements = [] }

    /// Of elements in any order.
    @inlinable package init(_ elements: [Element]) { self.elements = elements.sorted() }

    @inlinable package var count: Int { elements.count }

    @inlinable package var first: Element? { elements.first }

    /// In no order.
    @inlinable package var all: [Element] { elements }

    @inlinable package mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0, elements[child] < elements[(child - 1) / 2] {
            elements.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    @inlinable package mutating func removeFirst() {
        let last = elements.removeLast()
        guard !elements.isEmpty else { return }
        elements[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < elements.count else { return }
            let right = left + 1
            let child = right < elements.count && elements[right] < elements[left] ? right : left
            guard elements[child] < elements[parent] else { return }
            elements.swapAt(child, parent)
            parent = child
        }
    }
}

extension MinHeap: Sendable where Element: Sendable {}
