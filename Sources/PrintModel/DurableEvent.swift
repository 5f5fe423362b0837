// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What an agent must not lose before its server has committed it.
package enum DurableEvent: Hashable, Sendable {
    case readOutcome(ReadRecord)
    case progress(Progress)
    /// A lent job was released while the server was away.
    case account(OfflineCharge)
}

/// How one read ended, for the record and for the person at the reader.
package enum ReadResult: UInt8, CaseIterable, Hashable, Sendable {
    case released = 1
    case noJobs = 2
    case unknown = 3
    case pinWrong = 4
    case locked = 5
    /// The read lay too long before it could be answered; it is never replayed late.
    case expired = 6
    /// The same badge again at the same reader within the de-bounce time.
    case duplicate = 7
    case unreadable = 8
    case notPermitted = 9
    case serverAway = 10
    /// The PIN was asked for and never typed.
    case abandoned = 11
    /// The agent was restarted between the read and its answer.
    case interrupted = 12
    case printerUnavailable = 13
    /// A session was opened, and it ended without a release.
    case listed = 14
    /// The badge now belongs to the person.
    case registered = 15
    case activationFailed = 16
    /// Released while the server was away.
    case offlineReleased = 17
    case quota = 18
}

/// The one outcome of one read. It carries no number from the badge, only the read's key.
package struct ReadRecord: Hashable, Sendable {
    /// 16 random bytes that the agent gave this read.
    package var key: [UInt8]
    package var reader: String
    package var result: ReadResult
    package var at: WallTime

    package init(key: [UInt8], reader: String, result: ReadResult, at: WallTime) {
        self.key = key
        self.reader = reader
        self.result = result
        self.at = at
    }
}

/// How a release ended at the printer.
package struct Progress: Hashable, Sendable {
    package var release: ReleaseID
    package var outcome: Outcome
    package var evidence: Evidence
    package var at: WallTime

    package init(release: ReleaseID, outcome: Outcome, evidence: Evidence, at: WallTime) {
        self.release = release
        self.outcome = outcome
        self.evidence = evidence
        self.at = at
    }
}
