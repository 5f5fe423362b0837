// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

// What a person can do at a reader beyond holding a badge to it: the values of the messages since `dialogue`.

/// Somebody typed who they are. It is answered and recorded like a read.
package struct Login: Hashable, Sendable {
    package enum Proof: UInt8, CaseIterable, Sendable {
        case pin = 1
        case password = 2
    }

    /// Bytes of UTF-8.
    package static let userLimit = 64

    package var reader: String
    /// 16 random bytes: the same log-in twice is answered once.
    package var key: [UInt8]
    /// How long ago it was typed, on the agent's monotonic clock.
    package var age: Duration
    /// The user's number or name, as typed.
    package var user: String
    package var proof: Proof
    package var secret: SecretBytes
    /// The `activation` challenge whose badge becomes this user's.
    package var prompt: UInt32?

    package init(
        reader: String, key: [UInt8], age: Duration, user: (typed: String, proof: Proof, secret: SecretBytes),
        prompt: UInt32? = nil
    ) {
        self.reader = reader
        self.key = key
        self.age = age
        self.user = user.typed
        self.proof = user.proof
        self.secret = user.secret
        self.prompt = prompt
    }
}

/// What the person at the reader may do in this session.
package struct SessionTerms: Hashable, Sendable {
    package enum Account: UInt8, CaseIterable, Sendable {
        /// This site has no billing codes.
        case none = 0
        case optional = 1
        case required = 2
    }

    /// The agent logs the person out after so long without a key or a badge.
    package var idleLife: Duration
    /// Of the user's jobs, those that may have printed.
    package var inDoubt: Int
    package var account: Account
    package var mayChangePIN: Bool

    package init(idleLife: Duration, inDoubt: Int, account: Account, mayChangePIN: Bool) {
        self.idleLife = idleLife
        self.inDoubt = inDoubt
        self.account = account
        self.mayChangePIN = mayChangePIN
    }
}

package struct AccountQuery: Hashable, Sendable {
    /// Bytes of UTF-8.
    package static let codeLimit = 32

    package var session: SessionID
    /// What the code begins with.
    package var prefix: String

    package init(session: SessionID, prefix: String) {
        self.session = session
        self.prefix = prefix
    }
}

package struct AccountPage: Hashable, Sendable {
    package static let countLimit = 64

    package var accounts: [AccountLine]
    package var hasMore: Bool

    package init(accounts: [AccountLine], hasMore: Bool) {
        self.accounts = accounts
        self.hasMore = hasMore
    }
}

package struct AccountLine: Hashable, Sendable {
    package var id: AccountID
    package var code: String
    package var name: String

    package init(id: AccountID, code: String, name: String) {
        self.id = id
        self.code = code
        self.name = name
    }
}

package struct JobListQuery: Hashable, Sendable {
    package var session: SessionID
    /// The page after this job; `nil` for the first one.
    package var after: JobID?

    package init(session: SessionID, after: JobID?) {
        self.session = session
        self.after = after
    }
}

/// A part of the jobs of one user, oldest first.
package struct JobPage: Hashable, Sendable {
    package static let countLimit = 32

    package var jobs: [JobLine]
    /// What to ask for next; `nil` after the last job.
    package var next: JobID?
    package var currency: String
    /// Digits of the amounts after the point.
    package var scale: Int

    package init(jobs: [JobLine], next: JobID?, currency: String, scale: Int) {
        self.jobs = jobs
        self.next = next
        self.currency = currency
        self.scale = scale
    }
}

package struct JobLine: Hashable, Sendable {
    package enum State: UInt8, CaseIterable, Sendable {
        case held = 1
        /// It may have printed, and is not printed again by itself.
        case inDoubt = 2
        case onItsWay = 3
    }

    package var job: JobID
    /// Display-safe, at most 255 bytes.
    package var title: String
    package var state: State
    package var size: UInt64
    package var receivedAt: WallTime
    /// Of one copy; `nil` when unknown.
    package var pages: Int?
    package var colorPages: Int?
    package var copies: Int
    /// What it will cost as it was sent; `nil` when unknown.
    package var amount: Money?

    package init(
        job: JobID, title: String, state: State, size: UInt64, receivedAt: WallTime
    ) {
        self.job = job
        self.title = title
        self.state = state
        self.size = size
        self.receivedAt = receivedAt
        copies = 1
    }
}

/// Some of the jobs of a session's user.
package struct JobSelection: Hashable, Sendable {
    package static let countLimit = ReleaseGrant.countLimit

    package var session: SessionID
    package var jobs: [JobID]

    package init(session: SessionID, jobs: [JobID]) {
        self.session = session
        self.jobs = jobs
    }
}

package struct ReleaseOrder: Hashable, Sendable {
    package var session: SessionID
    /// Since `dialogue`. Without it, all held jobs come out as they were sent.
    package var wishes: ReleaseWishes?

    package init(session: SessionID, wishes: ReleaseWishes? = nil) {
        self.session = session
        self.wishes = wishes
    }
}

/// What comes out, how, and who pays.
package struct ReleaseWishes: Hashable, Sendable {
    package static let countLimit = ReleaseGrant.countLimit

    /// `nil` for all that are held.
    package var jobs: [JobID]?
    package var override: PrintOverride
    package var account: AccountID?

    package init(jobs: [JobID]? = nil, override: PrintOverride = .none, account: AccountID? = nil) {
        self.jobs = jobs
        self.override = override
        self.account = account
    }
}

extension ReleaseMessage {
    /// All held jobs, as they were sent.
    package static func release(session: SessionID) -> ReleaseMessage { .release(ReleaseOrder(session: session)) }
}
