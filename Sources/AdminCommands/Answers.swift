// SPDX-License-Identifier: Apache-2.0

// What the server answers, as far as it is shown. Unknown fields are ignored: a newer server may have more.

struct UserAnswer: Decodable {
    let name: String
    let fullName: String
    let department: String
    let locked: Bool
    let hasPIN: Bool
    let hasPassword: Bool?
    let number: String?
    let heldJobs: Int
    let badges: [BadgeAnswer]
}

struct BadgeAnswer: Decodable {
    let id: Int64
    let label: String
    let addedAt: String
}

struct AccountAnswer: Decodable {
    let code: String
    let name: String
}

struct EnrolmentCodeAnswer: Decodable {
    let code: String
    let expiresAt: String
}

struct AgentAnswer: Decodable {
    let name: String
    let key: String
    let revoked: Bool
    let connected: Bool
    let approved: Bool?
    let rights: [String]?
    let nextKey: String?
    let lastHelloAt: String?
    let lentJobs: Int?

    var state: String {
        if revoked { return "revoked" }
        if approved == false { return "not approved" }
        return connected ? "connected" : "away"
    }
}

struct PrinterAnswer: Decodable {
    let name: String
    let agent: String
    let uri: String
}

struct JobAnswer: Decodable {
    let id: Int64
    let owner: String
    let title: String
    let state: String
    let pages: Int?
    let colorPages: Int?
    let bytes: UInt64
    let receivedAt: String
    let printer: String?
    let lentTo: String?
}

struct ReportAnswer: Codable {
    struct Row: Codable {
        let user: String
        let department: String
        let title: String?
        let printer: String?
        let at: String?
        var account: String?
        /// When it came out, of a line that was written late.
        var lateSince: String?
        var releases: Int
        var monoPages: Int
        var colorPages: Int
        var unknownPages: Int
        var amount: Int64
    }

    let currency: String
    let scale: Int
    let rows: [Row]
    /// What the rows sum up; only when it was asked for.
    var releases: [Row]?
    /// Where the next page begins; only when there is one.
    var next: UInt64?
}

struct AuditAnswer: Codable {
    struct Entry: Codable {
        let id: Int64
        let at: String
        let by: String
        let action: String
        let subject: String
    }

    let entries: [Entry]
    var next: Int64?
}

struct StatusAnswer: Decodable {
    struct Port: Decodable {
        struct Listener: Decodable {
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
    let agents: [AgentAnswer]
    let readers: [ReaderAnswer]
    let ports: [Port]
    let warnings: [String]
}

struct ReaderAnswer: Decodable {
    struct LastRead: Decodable {
        let what: String
        let secondsAgo: Int64
    }

    let agent: String
    let connected: Bool
    let name: String
    let driver: String
    let state: String
    let place: String
    let tampered: Bool
    let secure: Bool?
    let reads: Int
    let drops: [String: Int]
    let obstacle: String?
    let lastRead: LastRead?
}

struct EnrolmentAnswer: Decodable {
    let id: Int64
    let user: String
    let agent: String
    let reader: String?
    let state: String
    let over: Bool
    let badge: BadgeAnswer?
    let holder: String?
}
