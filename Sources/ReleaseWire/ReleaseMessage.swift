// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import PrintModel
package import Primitives

/// One message of PRP/1, the print release protocol, in either direction. The number in each comment is the frame's
/// type; which frame kind carries it is said there too. `ReleaseWire.docc` specifies the bytes.
package enum ReleaseMessage: Equatable, Sendable {
    /// 1, request, agent to server: the first frame of a connection.
    case hello(Hello)
    /// 2, reply to `hello`: the agent is connected.
    case welcome(Welcome)
    /// 3, request: the first frame of a connection that enrols.
    case enrol(Enrolment)
    /// 4, reply to `enrol`.
    case enrolled(name: String)
    /// 5, request: the agent's next key, announced over its present one.
    case rotateKey(KeyRotation)
    /// 5, reply to `rotateKey`: both keys are accepted until the first hello with the new one, which retires the old.
    case keyAnnounced
    /// 6, goaway kind, either direction: no new requests, please.
    case goAway(retryAfter: Duration)
    /// 16, request: somebody held a badge to a reader. Answered by `challenge`, `session` or `refused`.
    case credential(Presented)
    /// 17, reply to `credential` or `challengeReply`: more is needed from the person.
    case challenge(Challenge)
    /// 18, request: what the person typed. Answered like `credential`.
    case challengeReply(ChallengeReply)
    /// 19, reply: the person is known and, without `dialogue`, has jobs.
    case session(SessionGrant)
    /// 20, request from the agent, command from the server.
    case sessionEnd(SessionEnd)
    /// 21, durable event: the one outcome of one read.
    case readOutcome(ReadRecord)
    /// 22, request: somebody typed who they are. Answered like `credential`.
    case login(Login)
    /// 23, request: the billing codes that begin so. Answered by `accounts`.
    case accountQuery(AccountQuery)
    /// 23, reply.
    case accounts(AccountPage)
    /// 24, request: what the session's user may release. Answered by `jobs`.
    case jobList(JobListQuery)
    /// 24, reply.
    case jobs(JobPage)
    /// 25, request: bring out jobs of the session's user. A release is as perishable as a read: it is never repeated
    /// on another connection.
    case release(ReleaseOrder)
    /// 25, reply to `release`.
    /// - Parameter elsewhere: so many jobs are left out because another agent holds them; `nil` before `dialogue`.
    case releases([ReleaseGrant], elsewhere: Int? = nil)
    /// 26, request: the life of these held jobs begins anew. Answered by `held`.
    case hold(JobSelection)
    /// 26, reply: how many.
    case held(Int)
    /// 27, request: these held jobs are not wanted any more. Answered by `deleted`.
    case delete(JobSelection)
    /// 27, reply: how many.
    case deleted(Int)
    /// 28, reply to the second of two reads: the badge is this user's now, and no session comes with it.
    case registered(user: String)
    /// 29, request: the session's user wants another PIN. Answered by `challenge` or `refused`.
    case changePIN(session: SessionID)
    /// 30, request: the agent is ready to send this document to the printer.
    case documentOpen(DocumentOpen)
    /// 30, reply to `documentOpen`: `sending` is committed, data frames follow.
    case documentOpened(size: UInt64)
    /// 32, durable event: how a release ended.
    case progress(Progress)
    /// 52, request: a part of a report.
    case reportQuery(ReportQuery)
    /// 53, reply to `reportQuery`.
    case report(ReportPage)
    /// 34, request: how every reader of the box is now. Answered by `readersNoted`. Since ``Capability/readers``.
    case readers([ReaderStatus])
    /// 34, reply to `readers`.
    case readersNoted
    /// 40, durable event: how the release of a lent job ended. Since ``Capability/offline``.
    case account(OfflineCharge)
    /// 35 to 38 and 51: custody of jobs. Since ``Capability/offline``.
    case offline(OfflineMessage)
    /// 60, reply to any request.
    case refused(Refusal)
}

/// Who connects and where its durable stream stands.
package struct Hello: Hashable, Sendable {
    package static let unsettledLimit = 400

    package var software: String
    /// 16 random bytes, new when the agent's journal was lost.
    package var stream: [UInt8]
    /// The sequence number that the agent's next new event will have; 1 on a fresh journal.
    package var nextSequence: UInt64
    /// Releases of which the agent holds a record: begun, or with an outcome not yet acknowledged. Every other open
    /// release of this agent did not start, and the server puts its job back.
    package var unsettled: [ReleaseID]
    /// What the agent can do beyond the protocol's first version.
    package var capabilities: Set<Capability>

    package init(
        software: String, stream: [UInt8], nextSequence: UInt64, unsettled: [ReleaseID],
        capabilities: Set<Capability> = []
    ) {
        self.software = software
        self.stream = stream
        self.nextSequence = nextSequence
        self.unsettled = unsettled
        self.capabilities = capabilities
    }
}

package struct Welcome: Hashable, Sendable {
    /// The agent's name at the server.
    package var agent: String
    /// Rises with each accepted hello; older connections of the same agent are fenced off.
    package var epoch: UInt64
    /// The last event of the agent's stream that the server has committed.
    package var committed: UInt64
    package var serverTime: WallTime
    /// What the server can do beyond the protocol's first version.
    package var capabilities: Set<Capability>

    package init(
        agent: String, epoch: UInt64, committed: UInt64, serverTime: WallTime, capabilities: Set<Capability> = []
    ) {
        self.agent = agent
        self.epoch = epoch
        self.committed = committed
        self.serverTime = serverTime
        self.capabilities = capabilities
    }
}

package struct Enrolment: Hashable, Sendable {
    /// What the box calls itself; the administrator sees it.
    package var name: String
    /// HMAC-SHA-256(code, agent key hash ‖ server key hash), 32 bytes.
    package var proof: [UInt8]
    /// What it wants to be; the first versions do not say.
    package var purpose: Purpose?

    package enum Purpose: UInt8, CaseIterable, Sendable {
        /// Releases jobs at a printer.
        case release = 1
        case reports = 2
    }

    package init(name: String, proof: [UInt8], purpose: Purpose? = nil) {
        self.name = name
        self.proof = proof
        self.purpose = purpose
    }
}

package struct Presented: Hashable, Sendable {
    package var reader: String
    package var read: RawRead
    /// 16 random bytes: the same read twice is answered once.
    package var key: [UInt8]
    /// How long ago the read was complete, on the agent's monotonic clock.
    package var age: Duration

    package init(reader: String, read: RawRead, key: [UInt8], age: Duration) {
        self.reader = reader
        self.read = read
        self.key = key
        self.age = age
    }
}

package struct Challenge: Hashable, Sendable {
    package enum Kind: UInt8, CaseIterable, Sendable {
        case pin = 1
        /// Choose one.
        case newPIN = 2
        case repeatPIN = 3
        /// The badge is nobody's: type the code that makes it yours, or log in.
        case activation = 4
        /// Hold the same badge once more; the next read at that reader is the answer.
        case presentAgain = 5
    }

    package var prompt: UInt32
    package var kind: Kind
    package var triesLeft: Int

    package init(prompt: UInt32, kind: Kind, triesLeft: Int) {
        self.prompt = prompt
        self.kind = kind
        self.triesLeft = triesLeft
    }
}

package struct ChallengeReply: Hashable, Sendable {
    package static let secretLimit = 128

    package var prompt: UInt32
    package var secret: SecretBytes

    package init(prompt: UInt32, secret: SecretBytes) {
        self.prompt = prompt
        self.secret = secret
    }
}

/// Where a session may release to. The server says it, because the agent's key decides which printers it drives.
package struct PrinterLink: Hashable, Sendable {
    package var id: PrinterID
    package var name: String
    /// `socket://host:port`.
    package var uri: String

    package init(id: PrinterID, name: String, uri: String) {
        self.id = id
        self.name = name
        self.uri = uri
    }
}

package struct SessionGrant: Hashable, Sendable {
    package var session: SessionID
    package var user: String
    package var jobs: Int
    package var printer: PrinterLink
    /// Since `dialogue`.
    package var terms: SessionTerms?

    package init(
        session: SessionID, user: String, jobs: Int, printer: PrinterLink, terms: SessionTerms? = nil
    ) {
        self.session = session
        self.user = user
        self.jobs = jobs
        self.printer = printer
        self.terms = terms
    }
}

package struct SessionEnd: Hashable, Sendable {
    package enum Reason: UInt8, Sendable {
        case done = 1
        case idle = 2
        case replaced = 3
        case fenced = 4
    }

    package var session: SessionID
    package var reason: Reason

    package init(session: SessionID, reason: Reason) {
        self.session = session
        self.reason = reason
    }
}

/// One job that may now come out.
package struct ReleaseGrant: Hashable, Sendable {
    package static let countLimit = 256

    package var release: ReleaseID
    package var job: JobID
    /// Display-safe, at most 255 bytes.
    package var title: String
    package var user: String
    /// The `DocumentKind` raw value that `PrintFormats` found; empty when unknown.
    package var format: String
    package var size: UInt64
    package var pages: Int?
    /// What the printer's driver must ask for. Since `dialogue`.
    package var override: PrintOverride?

    package init(
        release: ReleaseID, job: JobID, title: String, user: String, format: String, size: UInt64, pages: Int?,
        override: PrintOverride? = nil
    ) {
        self.release = release
        self.job = job
        self.title = title
        self.user = user
        self.format = format
        self.size = size
        self.pages = pages
        self.override = override
    }
}

package struct DocumentOpen: Hashable, Sendable {
    package var release: ReleaseID
    package var offset: UInt64
    /// How many bytes the server may send before it is granted more.
    package var window: UInt32

    package init(release: ReleaseID, offset: UInt64, window: UInt32) {
        self.release = release
        self.offset = offset
        self.window = window
    }
}
