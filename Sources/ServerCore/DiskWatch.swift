// SPDX-License-Identifier: Apache-2.0

package import ReleaseRules

/// How full the disk is: what the spool takes of new jobs, and the file that is given up for the ledger's sake.
///
/// ```
/// nobody knows ──room──▶ kept ──the store is full──▶ given up ──room again──▶ kept
/// ```
package struct DiskWatch: Sendable {
    enum Order: Equatable, Sendable {
        case take(SpoolState)
        case makeReserve
        case dropReserve
    }

    private enum Reserve: Sendable {
        case unknown
        case kept
        case givenUp
    }

    package private(set) var state = SpoolState.open
    package private(set) var percent = 0
    package let marks: SpoolMarks
    private var reserve = Reserve.unknown

    init(_ marks: SpoolMarks) { self.marks = marks }

    mutating func measured(_ room: DiskRoom) -> [Order] {
        percent = room.percent
        let mayReserve = SpoolRule.mayReserve(room)
        // The room that was given up is the ledger's.
        let isOwed = reserve == .givenUp && !mayReserve
        let news = change(to: isOwed ? .noJobs : SpoolRule.state(room, marks, before: state))
        guard reserve != .kept, mayReserve else { return news }
        reserve = .kept
        return news + [.makeReserve]
    }

    /// There was no room for it after all: it is tried again.
    mutating func reserveFailed() { reserve = .givenUp }

    /// The store could not write. A reserve of an earlier process may be there.
    mutating func storeIsFull() -> [Order] {
        guard reserve != .givenUp else { return [] }
        reserve = .givenUp
        return [.dropReserve] + change(to: .noJobs)
    }

    private mutating func change(to next: SpoolState) -> [Order] {
        defer { state = next }
        return next == state ? [] : [.take(next)]
    }
}
