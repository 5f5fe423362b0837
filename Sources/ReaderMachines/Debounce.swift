// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Primitives

/// Tells a badge that is still held to the reader from one presented again. Other badges and other readers are never
/// held back.
package struct Debounce: Sendable {
    package enum Verdict: Hashable, Sendable {
        case pass
        /// The first, second, … time since it passed.
        case duplicate(Int)
    }

    package struct Limits: Sendable {
        /// Since the last sight of the badge, so that it slides while the badge is held.
        package var quiet = Duration.seconds(2)
        /// The same where a badge was asked for once more: longer than between two reads of one that is still held.
        package var quietBeforeAgain = Duration.milliseconds(500)
        /// Badges remembered at once; the one seen longest ago gives way.
        package var entries = 64

        package init() {}
    }

    private struct Entry: Sendable {
        let reader: String
        let read: RawRead
        var seen: MonotonicTime
        var quiet: Duration
        var repetitions = 0
    }

    private let limits: Limits
    /// Ordered by `seen`.
    private var entries: [Entry] = []

    package init(limits: Limits = Limits()) {
        precondition(limits.entries >= 1, "at least the last badge is remembered")
        self.limits = limits
    }

    package mutating func check(_ read: RawRead, from reader: String, at now: MonotonicTime) -> Verdict {
        entries.removeAll { now.elapsed(since: $0.seen) >= $0.quiet }
        let known = entries.firstIndex { $0.reader == reader && $0.read == read }
        var entry = Entry(reader: reader, read: read, seen: now, quiet: limits.quiet)
        if let known {
            entry = entries.remove(at: known)
            entry.seen = now
            entry.repetitions += 1
        } else if entries.count == limits.entries {
            entries.removeFirst()
        }
        entries.append(entry)
        return known == nil ? .pass : .duplicate(entry.repetitions)
    }

    /// The person at this reader is asked to hold the same badge once more.
    package mutating func expectAgain(at reader: String) {
        for index in entries.indices where entries[index].reader == reader {
            entries[index].quiet = limits.quietBeforeAgain
        }
    }
}
