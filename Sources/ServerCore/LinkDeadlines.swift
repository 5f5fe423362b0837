// SPDX-License-Identifier: Apache-2.0

import Primitives

/// When which connection wants to be woken, without asking all of them at each event.
///
/// A connection that is heard puts its deadline off again and again. Its entry stays where it is, comes up early and is
/// then put where it belongs, so that hearing costs nothing and there is one entry a connection.
struct LinkDeadlines: Sendable {
    private struct Entry: Comparable, Sendable {
        let time: MonotonicTime
        let link: LinkID

        static func < (lhs: Self, rhs: Self) -> Bool { (lhs.time, lhs.link) < (rhs.time, rhs.link) }
    }

    /// Entries of connections that are gone, beyond as many as there are others.
    static let staleLimit = 64

    private var heap = MinHeap<Entry>()
    /// The time of the entry that counts. Others are stale.
    private var times: [LinkID: MonotonicTime] = [:]

    /// Never later than the earliest deadline; earlier when that has been put off.
    var first: MonotonicTime? { heap.first?.time }

    var entryCount: Int { heap.count }

    mutating func keep(_ deadline: MonotonicTime?, of link: LinkID) {
        guard let deadline else { return }
        if let known = times[link], known <= deadline { return }
        times[link] = deadline
        heap.insert(Entry(time: deadline, link: link))
    }

    mutating func forget(_ link: LinkID) {
        guard times.removeValue(forKey: link) != nil else { return }
        guard heap.count > 2 * times.count + Self.staleLimit else { return }
        heap = MinHeap(heap.all.filter { times[$0.link] == $0.time })
    }

    /// The connections whose entry is due, in order; it is taken out. Tick each, then keep what it wants next.
    mutating func takeDue(at now: MonotonicTime) -> [LinkID] {
        var links: [LinkID] = []
        while let entry = heap.first, entry.time <= now {
            heap.removeFirst()
            guard times[entry.link] == entry.time else { continue }
            times[entry.link] = nil
            links.append(entry.link)
        }
        return links.sorted()
    }
}
