// SPDX-License-Identifier: Apache-2.0

// What the admin API answers, for the server that writes it and the command that reads it. The names of the properties
// are the API: programs of others read them. Fields are added, never renamed. What is not known is left out, and what
// came with a later version may be missing.

package struct UserAnswer: Hashable, Sendable, Codable {
    package var name = ""
    package var fullName = ""
    package var department = ""
    package var locked = false
    package var hasPIN = false
    package var hasPassword: Bool?
    /// After too many wrong PINs or passwords, how many; left out while one is taken.
    package var wrongPINs: Int?
    /// Until when none is taken then; left out where only an administrator ends it.
    package var lockedUntil: String?
    package var number: String?
    package var heldJobs = 0
    package var badges: [BadgeAnswer] = []

    package init() {}
}

package struct BadgeAnswer: Hashable, Sendable, Codable {
    package var id: Int64
    package var label: String
    package var addedAt: String

    package init(id: Int64, label: String, addedAt: String) {
        self.id = id
        self.label = label
        self.addedAt = addedAt
    }
}

package struct AccountAnswer: Hashable, Sendable, Codable {
    package var code: String
    package var name: String

    package init(code: String, name: String) {
        self.code = code
        self.name = name
    }
}

/// The secrets that are told: they were made to be typed at the agent.
package struct EnrolmentCodeAnswer: Hashable, Sendable, Codable {
    package var code: String
    package var expiresAt: String

    package init(code: String, expiresAt: String) {
        self.code = code
        self.expiresAt = expiresAt
    }
}

package struct AgentAnswer: Hashable, Sendable, Codable {
    package var name = ""
    /// The hash of its public key, in hex.
    package var key = ""
    package var revoked = false
    package var connected = false
    package var approved: Bool?
    /// `release`, `reports`.
    package var rights: [String]?
    /// The hash of a key that it has announced and not used yet.
    package var nextKey: String?
    package var lastHelloAt: String?
    /// Jobs that only this agent may release now; absent when there are none.
    package var lentJobs: Int?
    /// Until when its readers take no PIN, after too many wrong ones; left out while they do.
    package var lockedUntil: String?

    package init() {}
}

package struct PrinterAnswer: Hashable, Sendable, Codable {
    package var name: String
    package var agent: String
    package var uri: String
    /// Left out unless so: nobody drives it.
    package var agentRevoked: Bool?

    package init(name: String, agent: String, uri: String) {
        self.name = name
        self.agent = agent
        self.uri = uri
    }
}

/// What was done; most changes have nothing else to tell.
package struct DoneAnswer: Hashable, Sendable, Codable {
    package var done = true
    /// That had the agent of this name, which is revoked, and waits for another one.
    package var printerWithoutAgent: PrinterAnswer?

    package init(printerWithoutAgent: PrinterAnswer? = nil) { self.printerWithoutAgent = printerWithoutAgent }
}

/// What was booked to make a job's charge good.
package struct CorrectionAnswer: Hashable, Sendable, Codable {
    /// Of the ledger.
    package var line: Int64
    package var pagesBefore: Int
    package var pages: Int
    /// The difference, in the smallest step of the tariff.
    package var amount: Int64

    package init(line: Int64, pagesBefore: Int, pages: Int, amount: Int64) {
        (self.line, self.pagesBefore, self.pages, self.amount) = (line, pagesBefore, pages, amount)
    }
}

package struct JobAnswer: Hashable, Sendable, Codable {
    package var id: Int64 = 0
    package var owner = ""
    package var title = ""
    package var state = ""
    /// Of one copy.
    package var pages: Int?
    package var colorPages: Int?
    package var copies: Int?
    package var bytes: UInt64 = 0
    package var receivedAt = ""
    package var printer: String?
    /// The agent that holds it.
    package var lentTo: String?
    /// Left out unless so: there is no user of that name, so nobody can release it.
    package var ownerUnknown: Bool?

    package init() {}
}

package struct AuditAnswer: Hashable, Sendable, Codable {
    package struct Entry: Hashable, Sendable, Codable {
        package var id: Int64
        package var at: String
        package var by: String
        package var action: String
        package var subject: String

        package init(id: Int64, at: String, by: String, action: String, subject: String) {
            self.id = id
            self.at = at
            self.by = by
            self.action = action
            self.subject = subject
        }
    }

    package var entries: [Entry]
    /// What to ask for the next page after; only when there is one.
    package var next: Int64?

    package init(entries: [Entry], next: Int64? = nil) {
        self.entries = entries
        self.next = next
    }
}
