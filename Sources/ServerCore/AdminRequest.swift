// SPDX-License-Identifier: Apache-2.0

package import AdminModel
package import Credentials
package import PrintModel
package import Primitives

/// What the administrator asks of the store. Names are looked up case-sensitively; each refusal says which name.
package enum AdminRequest: Equatable, Sendable {
    /// Makes the department when it is new. Answered by `user`.
    case addUser(name: String, fullName: String, department: String, number: String? = nil)
    /// All of the file or nothing of it. Answered by `imported`.
    case importUsers(UserImportOrder)
    case listUsers
    case showUser(String)
    case lockUser(String, locked: Bool)
    /// Marks the user deleted and revokes the badges; the ledger keeps its history.
    case deleteUser(String)
    /// Answered by `badge`. The label is what the administrator calls it, never the number.
    case addBadge(user: String, CredentialForm, label: String)
    case revokeBadge(Int64)
    /// `nil` removes the PIN: the badge alone suffices then.
    case setPIN(user: String, PINHash?)
    /// `nil` removes the password: no log-in by name then.
    case setPassword(user: String, PINHash?)
    /// What the user types at a keypad; `nil` for nothing.
    case setNumber(user: String, String?)
    /// With which the user makes one badge their own. Answered by `activationCode`.
    case makeActivationCode(user: String)
    /// Answered by `account`.
    case addAccount(code: String, name: String)
    case listAccounts
    case deleteAccount(String)
    /// Answered by `enrolmentCode`: what the technician types, as ASCII text.
    case makeEnrolmentCode
    /// As `makeEnrolmentCode`, for a program that reads reports and may do nothing else.
    case makeReportingCode
    case listAgents
    case revokeAgent(String)
    /// Lets an enrolled agent connect.
    case approveAgent(String)
    case setRight(AgentRight, of: String, isGranted: Bool)
    /// Forgives what was typed wrong at an agent's readers.
    case unlockAgent(String)
    case addPrinter(name: String, agent: String, uri: String)
    /// Another agent drives it from now on. Answered by `printer`.
    case movePrinter(String, agent: String)
    case listPrinters
    case removePrinter(String)
    /// `nil` state: all that are not finished. `owner` narrows. Newest first.
    case listJobs(state: JobState?, owner: String?, limit: Int)
    case cancelJob(JobID)
    /// A person settles a job in doubt: so many pages came out (0: none, hold it again). More than the job has are
    /// refused unless they are meant.
    case settleJob(JobID, pages: Int, by: String, evenIfMore: Bool = false)
    /// A person says how many pages of a printed job came out after all. Answered by `corrected`.
    case correctJob(JobID, pages: Int, evenIfMore: Bool)
    /// Wants a job back that is lent to an agent. With the agent lost for good the job is in doubt at once.
    case recallJob(JobID, agentIsLost: Bool)
    case report(Report, from: WallTime, until: WallTime)
    /// So many rows of the history behind the cursor of the page before; 0 for the first. Answered by `reportPage`.
    case history(from: WallTime, until: WallTime, after: UInt64, limit: Int)
    /// Records that this administrator sees a report, before it is shown.
    case noteReport(String)
    /// Since then, those behind the id `after`, oldest first. Answered by `audit`.
    case audit(since: WallTime, after: Int64, limit: Int)
    case countState
    /// Of one agent, or of all. Answered by `readers`.
    case listReaders(agent: String?)
    /// Makes a reader wait for a badge. Answered by `enrolment`, like the next two.
    case armEnrolment(EnrolmentOrder)
    case showEnrolment(Int64)
    case cancelEnrolment(Int64)

    package enum Report: String, CaseIterable, Sendable {
        case users
        case departments
        /// By billing code; releases without one have an empty code.
        case accounts
        /// One row a ledger entry, oldest first.
        case history
    }
}

extension AdminRequest {
    /// Once it is done, agents hold jobs or remember people that they should not.
    package var takesBackWhatWasLent: Bool {
        switch self {
        case .lockUser(_, let locked): locked
        case .setPIN(_, let hash): hash != nil
        case .importUsers(let order): !order.isDryRun && order.rows.contains { $0.pinHash != nil }
        case .deleteUser, .revokeBadge, .cancelJob, .recallJob: true
        default: false
        }
    }
}

package enum AdminReply: Equatable, Sendable {
    case done
    /// Done, and this printer is left without an agent, or was before.
    case doneButPrinterWaits(PrinterFacts)
    case user(UserFacts)
    case users([UserFacts])
    case imported(UserImportAnswer)
    case badge(BadgeFacts)
    case enrolmentCode(SecretBytes, expires: WallTime)
    case activationCode(SecretBytes, expires: WallTime)
    case account(AccountFacts)
    case accounts([AccountFacts])
    case agents([AgentFacts])
    case printer(PrinterFacts)
    case printers([PrinterFacts])
    case corrected(CorrectionFacts)
    case jobs([JobFacts])
    case report([ReportRow], currency: String, scale: Int)
    /// With the cursor of the next page.
    case reportPage([ReportRow], next: UInt64?, currency: String, scale: Int)
    /// With the id to go on from.
    case audit([AuditEntry], next: Int64?)
    case state(StateCounts)
    case readers([AgentReader])
    case enrolment(EnrolmentFacts)
    case refused(AdminRefusal)
    case failed(StoreFailure)
}

extension AdminReply {
    /// What was asked for is in effect.
    package var isDone: Bool {
        switch self {
        case .refused, .failed: false
        case .imported(let answer): answer.problems.isEmpty && !answer.dryRun
        default: true
        }
    }
}

package struct AdminRefusal: Error, Hashable, Sendable {
    package enum Code: String, Sendable {
        case notFound = "not-found"
        case exists = "exists"
        case invalid = "invalid"
        case conflict = "conflict"
    }

    package let code: Code
    /// What is wrong and what to do, with the name that was asked for; never a badge number or PIN.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }
}

package struct UserFacts: Hashable, Sendable {
    package var name: String
    package var fullName: String
    package var department: String
    package var isLocked: Bool
    package var hasPIN: Bool
    package var badges: [BadgeFacts]
    package var heldJobs: Int
    /// What the user types at a keypad.
    package var number: String?
    package var hasPassword = false
    package var lockOut: LockOut?

    package init(
        name: String, fullName: String, department: String, isLocked: Bool, hasPIN: Bool, badges: [BadgeFacts],
        heldJobs: Int
    ) {
        self.name = name
        self.fullName = fullName
        self.department = department
        self.isLocked = isLocked
        self.hasPIN = hasPIN
        self.badges = badges
        self.heldJobs = heldJobs
    }
}

package struct BadgeFacts: Hashable, Sendable {
    package var id: Int64
    package var label: String
    package var addedAt: WallTime

    package init(id: Int64, label: String, addedAt: WallTime) {
        self.id = id
        self.label = label
        self.addedAt = addedAt
    }
}

package struct AccountFacts: Hashable, Sendable {
    package var code: String
    package var name: String

    package init(code: String, name: String) {
        self.code = code
        self.name = name
    }
}

package struct AgentFacts: Hashable, Sendable {
    package var name: String
    package var key: KeyHash
    package var isRevoked: Bool
    package var epoch: UInt64
    package var lastHelloAt: WallTime?
    /// May connect; else it waits for `approveAgent`.
    package var isApproved: Bool
    package var rights: Set<AgentRight>
    /// It has announced this key and not used it yet.
    package var nextKey: KeyHash?
    /// Jobs that only this agent may release now.
    package var lentJobs: Int
    /// No PIN is taken at its readers until then, after too many wrong ones.
    package var barredUntil: WallTime?

    package init(
        name: String, key: KeyHash, isRevoked: Bool, epoch: UInt64, lastHelloAt: WallTime?, isApproved: Bool = true,
        rights: Set<AgentRight> = [.release], nextKey: KeyHash? = nil, lentJobs: Int = 0
    ) {
        self.name = name
        self.key = key
        self.isRevoked = isRevoked
        self.epoch = epoch
        self.lastHelloAt = lastHelloAt
        self.isApproved = isApproved
        self.rights = rights
        self.nextKey = nextKey
        self.lentJobs = lentJobs
    }
}

package struct PrinterFacts: Hashable, Sendable {
    package var name: String
    package var agent: String
    package var uri: String
    /// Nobody drives it any more.
    package var isAgentRevoked = false

    package init(name: String, agent: String, uri: String) {
        self.name = name
        self.agent = agent
        self.uri = uri
    }
}

package struct JobFacts: Hashable, Sendable {
    package var job: JobID
    package var owner: String
    package var title: String
    package var state: JobState
    package var count: PageCount?
    package var size: UInt64
    package var receivedAt: WallTime
    /// Where it was last released, if ever.
    package var printer: String?
    /// The agent that holds it, for releases while the server is away.
    package var lentTo: String?
    /// There is a user of that name.
    package var isOwnerKnown = true

    package init(
        job: JobID, owner: String, title: String, state: JobState, count: PageCount?, size: UInt64,
        receivedAt: WallTime, printer: String?, lentTo: String? = nil
    ) {
        self.job = job
        self.owner = owner
        self.title = title
        self.state = state
        self.count = count
        self.size = size
        self.receivedAt = receivedAt
        self.printer = printer
        self.lentTo = lentTo
    }
}

/// What was booked to make a job's charge good.
package struct CorrectionFacts: Hashable, Sendable {
    /// Of the ledger.
    package var line: Int64
    /// Charged before, and now.
    package var before: Int
    package var pages: Int
    /// The difference.
    package var amount: Money

    package init(line: Int64, before: Int, pages: Int, amount: Money) {
        self.line = line
        self.before = before
        self.pages = pages
        self.amount = amount
    }
}

/// One line of a report: who, what, how many pages of which colour, when, where, which department, how much.
package struct ReportRow: Hashable, Sendable {
    /// The user, or empty in the departments' report.
    package var user: String
    package var department: String
    /// Only in `history`.
    package var title: String?
    package var printer: String?
    package var at: WallTime?
    /// The billing code; `nil` where none was chosen, and in reports that are not by it.
    package var account: String?
    /// When it came out, of a line that was written late; only in `history`.
    package var lateSince: WallTime?
    package var releases: Int
    package var monoPages: Int
    package var colorPages: Int
    package var unknownPages: Int
    package var amount: Money

    package init(
        user: String, department: String, title: String? = nil, printer: String? = nil, at: WallTime? = nil,
        releases: Int, monoPages: Int, colorPages: Int, unknownPages: Int, amount: Money
    ) {
        self.user = user
        self.department = department
        self.title = title
        self.printer = printer
        self.at = at
        self.releases = releases
        self.monoPages = monoPages
        self.colorPages = colorPages
        self.unknownPages = unknownPages
        self.amount = amount
    }
}

package struct StateCounts: Hashable, Sendable {
    package var jobs: [JobState: Int]
    package var users: Int
    package var agents: Int
    package var ledgerEntries: Int
    /// What came out at agents and could not be charged; kept as long as the keys of charges.
    package var unbookedCharges: Int

    package init(jobs: [JobState: Int], users: Int, agents: Int, ledgerEntries: Int, unbookedCharges: Int = 0) {
        self.jobs = jobs
        self.users = users
        self.agents = agents
        self.ledgerEntries = ledgerEntries
        self.unbookedCharges = unbookedCharges
    }
}
