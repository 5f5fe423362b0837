// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives
package import ReleaseRules
package import ReleaseWire

/// What the server's machines ask of the store. Each request is one decision: load, pure rule, write, in a savepoint
/// of the current group; the reply leaves after the group's COMMIT.
package enum StoreRequest: Equatable, Sendable {
    /// Answered by `jobAccepted` or `jobRefused`.
    case acceptJob(IncomingJob)
    /// Answered by `done`; `nil` when the analysis failed for good.
    case recordAnalysis(job: JobID, kind: String, count: PageCount?)
    /// Jobs whose analysis was never recorded, oldest first. Answered by `unanalysed`.
    case findUnanalysed(limit: Int)
    /// Answered by `enrolled` or `refused`.
    case enrolAgent(key: KeyHash, Enrolment, at: WallTime)
    /// Raises the epoch, ends the agent's sessions, puts back the jobs of releases that the agent does not know.
    /// Answered by `welcomed` or `refused`.
    case welcomeAgent(key: KeyHash, Hello, at: WallTime)
    /// The agent's connection is gone: its sessions end, and jobs that were reserved but not begun are held again.
    /// Answered by `done`, also when a newer hello has taken over.
    case agentLeft(AgentSeat, at: WallTime)
    /// Answered by `read`, or by `verdict` where that tells nothing of whose badge it is.
    case present(AgentSeat, Presented, at: WallTime)
    /// What the secret of this log-in is checked against. Answered by `secret`, or by `verdict` when it is settled.
    case findSecret(AgentSeat, Login, at: WallTime)
    /// The secret was checked: counts a failure, or opens the session. Answered by `verdict`.
    case settleLogin(AgentSeat, Login, matched: Bool, at: WallTime)
    /// A prompt is answered once: it is taken. Answered by `demand` or `verdict`.
    case takePrompt(AgentSeat, prompt: UInt32, at: WallTime)
    /// What came of the answer to a prompt that was taken. Answered by `verdict` or `pinChosen`.
    case settlePrompt(AgentSeat, prompt: UInt32, PromptAnswer, at: WallTime)
    /// Asks the session's user for a new PIN. Answered by `verdict`.
    case changePIN(AgentSeat, session: SessionID, at: WallTime)
    /// Answered by `jobs` or `refused`.
    case listJobs(AgentSeat, JobListQuery, at: WallTime)
    /// Answered by `accounts` or `refused`.
    case listAccounts(AgentSeat, AccountQuery, at: WallTime)
    /// Answered by `count` or `refused`.
    case holdJobs(AgentSeat, JobSelection, at: WallTime)
    /// Answered by `deleted` or `refused`.
    case deleteJobs(AgentSeat, JobSelection, at: WallTime)
    /// Reserves held jobs of the session's user. Answered by `releases` or `refused`: nothing but jobs elsewhere is
    /// refused to an agent that would not understand the number.
    case release(AgentSeat, ReleaseOrder, at: WallTime)
    /// Commits `sending`. Opening again from an offset is allowed to the agent that holds the release.
    /// Answered by `document` or `refused`.
    case openDocument(AgentSeat, release: ReleaseID, offset: UInt64, at: WallTime)
    /// These documents are still being sent: the agent has not fallen silent about them. Answered by `done`.
    case noteSending(AgentSeat, [ReleaseID], at: WallTime)
    /// Applies events in order, each once by its sequence number. Answered by `recorded` or `refused`.
    case recordEvents(AgentSeat, stream: [UInt8], [SequencedEvent], at: WallTime)
    /// Answered by `done`, also when the session has already ended.
    case endSession(AgentSeat, SessionID, SessionEnd.Reason, at: WallTime)
    /// The agent's next key. Answered by `done` or `refused`.
    case rotateKey(AgentSeat, KeyRotation, at: WallTime)
    /// Which of these connections must end, because another process revoked the agent, or let it in elsewhere.
    /// Changes nothing. Answered by `seatsEnded`.
    case reviewSeats([AgentSeat])
    /// Records that this key sees a report. Answered by `done` or `refused`.
    case noteReport(AgentSeat, ReportQuery, at: WallTime)
    /// Changes nothing. Answered by `reportPage` or `refused`.
    case readReport(AgentSeat, ReportQuery)
    /// How all readers of the agent are now. Answered by `readersNoted` or `refused`.
    case noteReaders(AgentSeat, [ReaderStatus], at: WallTime)
    /// What the spool takes from now on, as its file system is so full. Answered by `done`.
    case noteSpool(SpoolState, percent: Int, at: WallTime)
    /// An agent was refused so many reads. Answered by `done`.
    case noteGuessing(AgentID, reader: String, count: Int, at: WallTime)
    /// Removes held jobs older than their life. Answered by `purged`.
    case purge(at: WallTime)
    /// What the agent holds and may hold. Answered by `custody` or `refused`.
    case askCustody(AgentSeat, CustodyAsk, at: WallTime)
    /// Answered by `learned` or `refused`.
    case learn(AgentSeat, SessionID, at: WallTime)
    /// Answered by `document` or `refused`.
    case openCustody(AgentSeat, Fence, offset: UInt64, at: WallTime)
    /// Wants back what other agents hold of the session's user. Answered by `recalled` or `refused`.
    case recallJobs(AgentSeat, session: SessionID, at: WallTime)
}

extension StoreRequest {
    /// Changes nothing and may take a while, so it may be asked of a second connection.
    package var isReading: Bool { if case .readReport = self { true } else { false } }
}

package enum StoreReply: Equatable, Sendable {
    case done
    case jobAccepted(JobID, isNew: Bool)
    case jobRefused(JobRefusal)
    case unanalysed([StoredJob])
    case enrolled(name: String)
    case welcomed(AgentID, Welcome)
    case verdict(ReadVerdict)
    /// As `verdict`, and whom the agent has met by it.
    case read(ReadVerdict, AgentBudgetRule.Met)
    /// As `verdict`; the person has another PIN now, so that what agents remember of them is not true any more.
    /// - Parameter knowing: the agents that may remember this person, or hold a job of theirs.
    case pinChosen(ReadVerdict, knowing: [AgentID] = [])
    /// `nil` when nobody has it: it is checked against a dummy, so that the time tells nothing.
    case secret(PINHash?)
    case demand(PromptDemand, reader: String)
    case jobs(JobPage)
    case accounts(AccountPage)
    case count(Int)
    /// So many jobs; these agents hold some of them.
    case deleted(Int, holders: [AgentID])
    /// - Parameter elsewhere: so many jobs that were wanted are left out because another agent holds them.
    case releases([ReleaseGrant], elsewhere: Int = 0)
    case document(StoredDocument)
    /// Everything up to this sequence number is committed.
    /// - Parameters:
    ///   - unbooked: came out and could not be charged: an operator should hear of them.
    ///   - uncalled: so many of them nothing called for that the server knows of.
    case recorded(through: UInt64, unbooked: [JobID] = [], uncalled: Int = 0)
    case seatsEnded([SeatEnd])
    case reportPage(ReportPage)
    /// The documents to remove from the spool.
    case purged([StoredDocument])
    /// What an operator should hear of.
    case readersNoted([ReaderNews])
    case custody(CustodyAnswer)
    case learned(Learned)
    /// The agents that have not given back yet.
    case recalled([AgentID])
    case refused(Refusal)
    /// The store could not do it. Nothing of the request is in effect.
    case failed(StoreFailure)
}

/// Why the store could not answer. The details are in the log, not on the wire.
package enum StoreFailure: Error, Hashable, Sendable {
    case full
    case busy
    case broken(String)
}

/// Who asks: an agent on the connection that its last hello opened. A request of an older epoch is refused.
package struct AgentSeat: Hashable, Sendable {
    package let agent: AgentID
    package let epoch: UInt64
    /// What was agreed on that connection.
    package let capabilities: Set<Capability>

    package init(agent: AgentID, epoch: UInt64, capabilities: Set<Capability> = []) {
        self.agent = agent
        self.epoch = epoch
        self.capabilities = capabilities
    }

    package var hasDialogue: Bool { capabilities.contains(.dialogue) }
}

/// A job as it was received, its document already stored and synced.
package struct IncomingJob: Equatable, Sendable {
    /// As the client named the owner; users are matched by name when they come for their jobs, so that a job sent
    /// before its owner was registered is not lost.
    package var owner: String
    package var title: String
    package var host: String
    package var queue: String
    /// The client's own job number where it has one, for recognising a repeated submission.
    package var clientNumber: String
    package var copies: Int
    package var document: StoredDocument
    package var receivedAt: WallTime

    package init(
        owner: String, title: String, host: String, queue: String, clientNumber: String, copies: Int,
        document: StoredDocument, receivedAt: WallTime
    ) {
        self.owner = owner
        self.title = title
        self.host = host
        self.queue = queue
        self.clientNumber = clientNumber
        self.copies = copies
        self.document = document
        self.receivedAt = receivedAt
    }
}

package enum JobRefusal: String, Error, Hashable, Sendable {
    case ownerMissing = "owner-missing"
    case storeFull = "store-full"
    case empty = "empty-document"
}

/// Where a document lies: sealed under a key of its own, which is wrapped under the site key.
package struct StoredDocument: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// In the job's row: at most 32 KiB of document.
        case row(sealed: [UInt8])
        /// In the spool, under a name that the store chose.
        case spool(name: String)
    }

    package var place: Place
    package var wrappedKey: [UInt8]
    /// Bytes of the document itself.
    package var size: UInt64
    package var sha256: [UInt8]

    package init(place: Place, wrappedKey: [UInt8], size: UInt64, sha256: [UInt8]) {
        self.place = place
        self.wrappedKey = wrappedKey
        self.size = size
        self.sha256 = sha256
    }
}

package struct StoredJob: Hashable, Sendable {
    package var job: JobID
    package var document: StoredDocument

    package init(job: JobID, document: StoredDocument) {
        self.job = job
        self.document = document
    }
}

package enum ReadVerdict: Equatable, Sendable {
    case session(SessionGrant)
    case challenge(Challenge)
    /// The read matches badges of these people: answered like an unknown one, which a PIN may be asked for, too, but
    /// reported.
    case ambiguous(users: [String], Challenge?)
    /// The badge is this user's now. No session comes with it.
    case registered(user: String)
    case refused(Refusal)
}

/// A PIN or password at rest: scrypt (RFC 7914) with its parameters, so that they can rise later.
package struct PINHash: Hashable, Sendable {
    package var logN: Int
    package var salt: [UInt8]
    package var hash: SecretBytes

    package init(logN: Int, salt: [UInt8], hash: SecretBytes) {
        self.logN = logN
        self.salt = salt
        self.hash = hash
    }
}

/// A durable event of an agent with its place in the agent's stream: `readOutcome` or `progress`.
package struct SequencedEvent: Equatable, Sendable {
    package let sequence: UInt64
    /// `nil` for a type of a later version: its number counts, nothing else.
    package let message: ReleaseMessage?

    package init(sequence: UInt64, message: ReleaseMessage?) {
        self.sequence = sequence
        self.message = message
    }
}
