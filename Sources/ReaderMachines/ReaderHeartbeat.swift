// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Watches the life of a reader at the other end of a network by what it sends, since a reader may hang while its
/// network stack answers: it is asked once an interval, and whatever comes from it counts as an answer.
package struct ReaderHeartbeat: Machine {
    package enum Event: Sendable {
        case heard
    }

    package enum Action: Equatable, Sendable {
        case ask
        /// The last action.
        case lost
    }

    /// Questions that may stay without an answer.
    package static let patience = 3

    private let interval: Duration
    private var unanswered = 0
    package private(set) var deadline: MonotonicTime?

    package init(every interval: Duration, from now: MonotonicTime) {
        self.interval = interval
        deadline = now + interval
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .heard: unanswered = 0
        }
        return []
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let due = deadline, now >= due else { return [] }
        guard unanswered < Self.patience else {
            deadline = nil
            return [.lost]
        }
        unanswered += 1
        deadline = now + interval
        return [.ask]
    }
}
