// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ServerCore

// The names of these properties are the API: programs of others read them. Fields are added, never renamed. What is
// not known is left out.

struct UserJSON: Encodable {
    let name: String
    let fullName: String
    let department: String
    let locked: Bool
    let hasPIN: Bool
    let hasPassword: Bool
    let number: String?
    let heldJobs: Int
    let badges: [BadgeJSON]

    init(_ user: UserFacts) {
        name = user.name
        fullName = user.fullName
        department = user.department
        locked = user.isLocked
        hasPIN = user.hasPIN
        hasPassword = user.hasPassword
        number = user.number
        heldJobs = user.heldJobs
        badges = user.badges.map(BadgeJSON.init)
    }
}

struct BadgeJSON: Encodable {
    let id: Int64
    let label: String
    let addedAt: String

    init(_ badge: BadgeFacts) {
        id = badge.id
        label = badge.label
        addedAt = Timestamp.text(badge.addedAt)
    }
}

struct AccountJSON: Encodable {
    let code: String
    let name: String

    init(_ account: AccountFacts) {
        code = account.code
        name = account.name
    }
}

/// The secrets that are told: they were made to be typed at the agent.
struct EnrolmentCodeJSON: Encodable {
    let code: String
    let expiresAt: String

    init(_ code: SecretBytes, _ expires: WallTime) {
        self.code = String(decoding: code.revealed, as: UTF8.self)
        expiresAt = Timestamp.text(expires)
    }
}

struct AgentJSON: Encodable {
    let name: String
    /// The hash of its public key, in hex.
    let key: String
    let revoked: Bool
    let connected: Bool
    let approved: Bool
    /// `release`, `reports`.
    let rights: [String]
    /// The hash of a key that it has announced and not used yet.
    let nextKey: String?
    let lastHelloAt: String?
    /// Jobs that only this agent may release now; absent when there are none.
    let lentJobs: Int?

    static func list(_ agents: [AgentFacts], connected: Set<String>) -> [AgentJSON] {
        agents.map { AgentJSON($0, connected: connected) }
    }

    private init(_ agent: AgentFacts, connected: Set<String>) {
        name = agent.name
        key = agent.key.description
        approved = agent.isApproved
        rights = agent.rights.map(\.rawValue).sorted()
        nextKey = agent.nextKey?.description
        revoked = agent.isRevoked
        self.connected = connected.contains(agent.name)
        lastHelloAt = agent.lastHelloAt.map(Timestamp.text)
        lentJobs = agent.lentJobs > 0 ? agent.lentJobs : nil
    }
}

struct PrinterJSON: Encodable {
    let name: String
    let agent: String
    let uri: String

    init(_ printer: PrinterFacts) {
        name = printer.name
        agent = printer.agent
        uri = printer.uri
    }
}

struct JobJSON: Encodable {
    let id: Int64
    let owner: String
    let title: String
    let state: String
    /// Of one copy.
    let pages: Int?
    let colorPages: Int?
    let copies: Int?
    let bytes: UInt64
    let receivedAt: String
    let printer: String?
    /// The agent that holds it.
    let lentTo: String?

    init(_ job: JobFacts) {
        id = job.job.value
        owner = job.owner
        title = job.title
        state = job.state.rawValue
        pages = job.count?.pages
        colorPages = job.count?.colorPages
        copies = job.count?.copies
        bytes = job.size
        receivedAt = Timestamp.text(job.receivedAt)
        printer = job.printer
        lentTo = job.lentTo
    }
}

struct ReportJSON: Encodable {
    let currency: String
    /// Digits of `amount` after the point.
    let scale: Int
    let rows: [ReportRowJSON]
    /// What to ask for the next page after; only when there is one.
    let next: UInt64?

    init(_ rows: [ReportRow], _ currency: String, _ scale: Int, next: UInt64? = nil) {
        self.currency = currency
        self.scale = scale
        self.rows = rows.map(ReportRowJSON.init)
        self.next = next
    }
}

struct ReportRowJSON: Encodable {
    let user: String
    let department: String
    let title: String?
    let printer: String?
    let at: String?
    /// The billing code.
    let account: String?
    let lateSince: String?
    let releases: Int
    let monoPages: Int
    let colorPages: Int
    let unknownPages: Int
    /// In the smallest step of the tariff.
    let amount: Int64

    init(_ row: ReportRow) {
        user = row.user
        department = row.department
        title = row.title
        printer = row.printer
        at = row.at.map(Timestamp.text)
        account = row.account
        lateSince = row.lateSince.map(Timestamp.text)
        releases = row.releases
        monoPages = row.monoPages
        colorPages = row.colorPages
        unknownPages = row.unknownPages
        amount = row.amount.minor
    }
}

struct AuditJSON: Encodable {
    struct Entry: Encodable {
        let id: Int64
        let at: String
        let by: String
        let action: String
        let subject: String
    }

    let entries: [Entry]
    /// What to ask for the next page after; only when there is one.
    let next: Int64?

    init(_ entries: [AuditEntry], next: Int64?) {
        self.entries = entries.map { entry in
            Entry(
                id: entry.id, at: Timestamp.text(entry.at), by: entry.by, action: entry.action, subject: entry.subject)
        }
        self.next = next
    }
}

struct StatusJSON: Encodable {
    struct Port: Encodable {
        struct Listener: Encodable {
            let process: String
            let pid: Int32
            let user: String
        }

        let service: String
        let address: String
        let port: UInt16
        let listener: Listener?
    }

    let version: String
    let startedAt: String
    let jobs: [String: Int]
    let users: Int
    let ledgerEntries: Int
    let agents: [AgentJSON]
    let readers: [ReaderJSON]
    let ports: [Port]
    let warnings: [String]

    init(_ facts: ServerFacts, _ counts: StateCounts, _ agents: [AgentJSON], _ readers: [ReaderJSON]) {
        version = facts.version
        startedAt = Timestamp.text(facts.startedAt)
        let states = JobState.allCases.map { ($0.rawValue, counts.jobs[$0] ?? 0) }
        jobs = Dictionary(uniqueKeysWithValues: states)
        users = counts.users
        ledgerEntries = counts.ledgerEntries
        self.agents = agents
        self.readers = readers
        ports = facts.ports.map { port in
            Port(
                service: port.service, address: port.address, port: port.port,
                listener: port.listener.map { Port.Listener(process: $0.process, pid: $0.pid, user: $0.user) })
        }
        warnings = facts.warnings
    }
}
