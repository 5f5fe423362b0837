// SPDX-License-Identifier: Apache-2.0

/// How full a file system is, in bytes.
package struct DiskRoom: Hashable, Sendable {
    package var used: UInt64
    /// What this user may still write.
    package var free: UInt64

    package init(used: UInt64, free: UInt64) {
        self.used = used
        self.free = free
    }

    /// Of what this user may fill, rounded up, as df says it.
    package var percent: Int {
        let (all, isTooMuch) = used.addingReportingOverflow(free)
        guard !isTooMuch, all > 0 else { return 100 }
        return Int((Double(used) / Double(all) * 100).rounded(.up))
    }
}

/// At which fill of its file system the spool takes less.
package struct SpoolMarks: Hashable, Sendable {
    /// Percent from which on no large jobs are taken, and from which on none.
    package var large: Int
    package var full: Int
    /// Bytes of a document up to which a job is not large.
    package var smallJob: UInt64

    package init(large: Int = 90, full: Int = 95, smallJob: UInt64 = 16 << 20) {
        self.large = large
        self.full = full
        self.smallJob = smallJob
    }
}

/// What the spool still takes.
package enum SpoolState: String, CaseIterable, Hashable, Sendable {
    case open
    case noLargeJobs = "no-large-jobs"
    case noJobs = "no-jobs"
}

/// Jobs are refused before the disk is full, so that what was printed can still be charged.
package enum SpoolRule {
    /// A state ends so many percent below the mark at which it began, or it would come and go with each job.
    package static let slack = 1
    /// Bytes of the file that is kept beside the database, and given up when the database does not fit any more: room
    /// for the ledger's lines until somebody has made more.
    package static let reserve: UInt64 = 16 << 20

    package static func state(_ room: DiskRoom, _ marks: SpoolMarks, before: SpoolState) -> SpoolState {
        func isOver(_ mark: Int, was: Bool) -> Bool { room.percent >= (was ? mark - slack : mark) }
        if isOver(marks.full, was: before == .noJobs) { return .noJobs }
        return isOver(marks.large, was: before != .open) ? .noLargeJobs : .open
    }

    /// Bytes that a new document may have; `nil` for what the settings allow.
    package static func room(_ state: SpoolState, _ marks: SpoolMarks) -> UInt64? {
        switch state {
        case .open: nil
        case .noLargeJobs: marks.smallJob
        case .noJobs: 0
        }
    }

    /// Whether there is room for the reserve, and as much again.
    package static func mayReserve(_ room: DiskRoom) -> Bool { room.free >= 2 * reserve }
}
