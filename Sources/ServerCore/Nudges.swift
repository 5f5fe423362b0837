// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Whom to ask to ask, and how often. Many changes in a row, as when an administrator locks a list of people, are one
/// question to each agent an interval: the first at once, the others together at the interval's end.
struct Nudges: Sendable {
    /// Shorter than a release waits for what it calls back.
    static let interval = Duration.seconds(1)

    private var last: [LinkID: MonotonicTime] = [:]
    private var owed = LinkDeadlines()

    var deadline: MonotonicTime? { owed.first }

    /// True when it may be asked now; otherwise it comes up when it may.
    mutating func want(_ link: LinkID, at now: MonotonicTime) -> Bool {
        if let due = due(link), now < due {
            owed.keep(due, of: link)
            return false
        }
        last[link] = now
        // What was held back goes with it.
        owed.forget(link)
        return true
    }

    mutating func takeDue(at now: MonotonicTime) -> [LinkID] {
        let links = owed.takeDue(at: now)
        for link in links { last[link] = now }
        return links
    }

    mutating func forget(_ link: LinkID) {
        last[link] = nil
        owed.forget(link)
    }

    private func due(_ link: LinkID) -> MonotonicTime? { last[link].map { $0 + Self.interval } }
}
