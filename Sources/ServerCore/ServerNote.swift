// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives
package import ReleaseRules
package import ReleaseWire

/// What happened, for the log and the counters. Machines do not log; their shell writes these.
package enum ServerNote: Hashable, Sendable {
    case agentConnected(name: String, key: KeyHash, epoch: UInt64)
    case agentRefused(key: KeyHash, Refusal.Code)
    /// Beyond those that were noted each.
    case agentsRefused(connections: UInt64)
    case agentEnrolled(name: String, key: KeyHash)
    case keyAnnounced(agent: String)
    case reportSeen(agent: String, key: KeyHash, report: String)
    case agentLeft(name: String, LinkClosed)
    case linkClosed(LinkClosed)
    case readAnswered(agent: String, reader: String, result: String)
    /// One read, badges of several people.
    case readAmbiguous(agent: String, reader: String, users: [String])
    /// So many reads were refused, as this agent knows more badges than anybody can bring to it.
    case badgesGuessed(agent: String, reader: String, count: Int)
    case readerChanged(agent: String, ReaderNews)
    case released(agent: String, jobs: Int)
    /// By their owner.
    case deleted(agent: String, jobs: Int)
    case documentOpened(agent: String, release: ReleaseID)
    case documentFailed(release: ReleaseID, Refusal.Code)
    case outcome(agent: String, release: ReleaseID, Outcome)
    case offlineRelease(agent: String, job: JobID, Outcome)
    /// It came out, the agent has told it, and the ledger has no line of it.
    case chargeUnbooked(agent: String, job: JobID)
    case readRecorded(agent: String, reader: String, ReadResult)
    case jobAccepted(JobID, owner: String, host: String, size: UInt64, isNew: Bool)
    case jobRefused(host: String, reason: String)
    case intakeRefused(host: String, reason: String)
    case analysisFailed(JobID, reason: String)
    case purged(documents: Int)
    case storeFailed(StoreFailure)
    /// What the spool takes, as its file system is so full.
    case spool(SpoolState, percent: Int)
    case reserveGivenUp
}
