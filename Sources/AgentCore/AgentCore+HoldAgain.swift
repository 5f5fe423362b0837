// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire

/// Badges that were held to a reader once and are to be held again, so that they become somebody's; one a reader.
///
///     read ──CHALLENGE presentAgain──▶ held once ──next read at this reader──▶ one answer, one outcome for both
///                                          │ 10 s, link lost
///                                          └──▶ over
struct HeldOnce: Sendable {
    private(set) var reads: [String: OpenRead] = [:]

    var deadline: MonotonicTime? { reads.values.map(\.until).min() }

    /// - Returns: the read that waited at this reader before.
    mutating func wait(for read: OpenRead) -> OpenRead? {
        let earlier = reads[read.reader]
        reads[read.reader] = read
        return earlier
    }

    mutating func take(at reader: String) -> OpenRead? { reads.removeValue(forKey: reader) }

    /// By the name of the reader.
    mutating func takeAll(where isOver: (OpenRead) -> Bool = { _ in true }) -> [OpenRead] {
        let over = reads.keys.sorted().compactMap { reads[$0] }.filter(isOver)
        for read in over { reads[read.reader] = nil }
        return over
    }
}

extension AgentCore {
    /// The server wants the same badge once more.
    mutating func holdAgain(_ read: OpenRead, at now: MonotonicTime) -> [Action] {
        var read = read
        // The one before it is not compared any more.
        let dropped = read.first.map { record(.abandoned, key: $0, at: read.reader) } ?? []
        read.first = nil
        read.until = now + limits.holdAgain
        let earlier = heldOnce.wait(for: read).map { record(.abandoned, of: $0) } ?? []
        debounce.expectAgain(at: read.reader)
        return dropped + earlier + [.show(reader: read.reader, .holdAgain)]
    }

    mutating func tickHeldOnce(at now: MonotonicTime) -> [Action] {
        heldOnce.takeAll { now >= $0.until }.flatMap { conclude($0, .notHeldAgain, .abandoned, at: now) }
    }
}
