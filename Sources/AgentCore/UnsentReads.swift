// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Reads that are recorded and never sent. A reader that fails, or on which a badge was forgotten, makes them by
/// itself: it must fill neither the journal nor the server's records. What is beyond a limit is shown, and counted with
/// the reader.
struct UnsentReads: Sendable {
    /// Of one badge that is held to a reader without a pause.
    static let duplicateLimit = 1
    /// Of one reader within ``window``.
    static let unreadableLimit = 6
    static let window = Duration.seconds(60)

    /// By reader, the oldest first; only what is within the window.
    private var unreadable: [String: [MonotonicTime]] = [:]

    mutating func takesUnreadable(at reader: String, _ now: MonotonicTime) -> Bool {
        unreadable = unreadable.mapValues { times in times.filter { now.elapsed(since: $0) < Self.window } }
            .filter { !$0.value.isEmpty }
        guard unreadable[reader, default: []].count < Self.unreadableLimit else { return false }
        unreadable[reader, default: []].append(now)
        return true
    }
}
