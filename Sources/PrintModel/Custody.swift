// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What a site lets an agent do while its server is away.
package enum OfflineMode: String, CaseIterable, Hashable, Sendable {
    /// Nothing comes out.
    case deny
    /// Only what was set aside for the person when the jobs were lent.
    case cached
    /// Jobs are lent freely; the agent stops at so many pages a person and the charge follows.
    case chargeLater = "charge-later"
}

package struct OfflinePolicy: Hashable, Sendable {
    /// Nobody prints while the server is away.
    package static let deny = OfflinePolicy(mode: .deny, pages: 0, lease: .seconds(900), interval: .seconds(60))

    package var mode: OfflineMode
    /// Pages that a person may print at one agent while it is away.
    package var pages: Int
    /// How long a lent job stays lent.
    package var lease: Duration
    /// How often an agent asks what is lent to it.
    package var interval: Duration

    package init(mode: OfflineMode, pages: Int, lease: Duration, interval: Duration) {
        self.mode = mode
        self.pages = pages
        self.lease = lease
        self.interval = interval
    }
}

/// One time that one job is lent to one agent.
package enum Custody {}

/// The number of a custody. Each lending has a new and higher one, so that what an agent says of an older one is told
/// apart: it fences.
package typealias Fence = RecordID<Custody>

/// A job that is lent, with all that its release needs while the server is away.
package struct CustodyFacts: Hashable, Sendable {
    package static let titleLimit = 255
    package static let formatLimit = 32
    package static let digestLength = 32

    package var fence: Fence
    package var job: JobID
    package var user: UserID
    /// The user's name, for display.
    package var label: String
    package var title: String
    package var format: String
    package var size: UInt64
    package var sha256: [UInt8]
    /// What is counted against the user's pages: impressions with all copies.
    package var pages: Int

    package init(
        fence: Fence, job: JobID, user: UserID, label: String, title: String, format: String, size: UInt64,
        sha256: [UInt8], pages: Int
    ) {
        self.fence = fence
        self.job = job
        self.user = user
        self.label = label
        self.title = title
        self.format = format
        self.size = size
        self.sha256 = sha256
        self.pages = pages
    }
}

/// How an agent lists a custody when it asks.
package enum CustodyListing: UInt8, CaseIterable, Hashable, Sendable {
    /// Its document is on the way.
    case fetching = 0
    /// Its document is on the agent's disk; it was not released.
    case ready = 1
    /// It was released; the charge comes or has come as an event.
    case used = 2
}

/// Where lent jobs come out.
package struct OfflinePrinter: Hashable, Sendable {
    package static let uriLimit = 1023

    package var id: PrinterID
    package var name: String
    package var uri: String

    package init(id: PrinterID, name: String, uri: String) {
        self.id = id
        self.name = name
        self.uri = uri
    }
}

/// How the release of a lent job ended, which the server prices and charges. A custody has one at most: whatever came
/// of it, the custody is over with it.
package struct OfflineCharge: Hashable, Sendable {
    /// 16 random bytes that name this release, so that it is charged once.
    package var key: [UInt8]
    package var fence: Fence
    package var job: JobID
    package var user: UserID
    package var outcome: Outcome
    package var evidence: Evidence
    package var at: WallTime
    /// The billing code that was chosen; `nil` for none.
    package var account: AccountID?

    package init(
        key: [UInt8], fence: Fence, job: JobID, user: UserID, outcome: Outcome, evidence: Evidence, at: WallTime
    ) {
        self.key = key
        self.fence = fence
        self.job = job
        self.user = user
        self.outcome = outcome
        self.evidence = evidence
        self.at = at
    }
}
