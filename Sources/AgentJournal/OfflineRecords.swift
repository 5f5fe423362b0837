// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// A job that this box holds a sealed copy of.
package struct HeldCustody: Hashable, Sendable {
    package let facts: CustodyFacts
    /// The server has said so: nobody else may release it while the lease lasts.
    package internal(set) var isLent = false
    /// Set before the first byte goes to the printer.
    package internal(set) var releaseKey: [UInt8]?
    /// The billing code that was chosen for it.
    package internal(set) var account: AccountID?
    /// How that ended; the event that says so is not acknowledged yet.
    package internal(set) var outcome: Outcome?

    /// What its owner owes for it until the server has charged it: no less than was set aside, as the limit is there
    /// for what nobody can check now, and a printer may count wrongly.
    package var owed: Int {
        guard releaseKey != nil else { return 0 }
        return switch outcome {
        case .printed(let pages): max(pages, facts.pages)
        case .neverStarted: 0
        case .unconfirmed, nil: facts.pages
        }
    }
}

/// What the entries about releases without the server amount to.
package struct OfflineRecords: Equatable, Sendable {
    /// People remembered; the one not seen for longest goes first.
    package static let rememberedLimit = 2000

    package private(set) var policy = OfflinePolicy.deny
    package private(set) var printer: OfflinePrinter?
    /// In the order they were learned.
    package private(set) var remembered: [RememberedUser] = []
    package private(set) var forgotten: UInt64 = 0
    /// In the order they were taken.
    package private(set) var custodies: [HeldCustody] = []
    package private(set) var lease: Lease?
    /// Charges that wait outside the stream of events for a server that knows them, in the order they were made.
    package private(set) var deferred: [OfflineCharge] = []

    package init() {}

    /// By the release's key.
    package func isDeferred(_ key: [UInt8]) -> Bool { deferred.contains { $0.key == key } }

    package func remembered(_ verifier: [UInt8]) -> RememberedUser? {
        remembered.last { $0.verifier == verifier }
    }

    package func custody(_ fence: Fence) -> HeldCustody? { custodies.first { $0.facts.fence == fence } }

    package func owed(by user: UserID) -> Int {
        custodies.reduce(0) { $0 + ($1.facts.user == user ? $1.owed : 0) }
    }

    mutating func apply(_ entry: OfflineEntry) {
        switch entry {
        case .policy(let policy): self.policy = policy
        case .printer(let printer): self.printer = printer
        case .learned(let one):
            remembered.removeAll { $0.verifier == one.verifier }
            remembered.append(one)
            if remembered.count > Self.rememberedLimit { remembered.removeFirst() }
        case .forgot(let users, let through):
            remembered.removeAll { users.contains($0.user) }
            forgotten = max(forgotten, through)
        case .forgotAll: remembered = []
        case .taken(let facts):
            if custody(facts.fence) == nil { custodies.append(HeldCustody(facts: facts)) }
        case .leased(let lease, let lent):
            self.lease = lease
            for index in custodies.indices where lent.contains(custodies[index].facts.fence) {
                custodies[index].isLent = true
            }
        case .used(let fence, let key, let account):
            update(fence) { custody in (custody.releaseKey, custody.account) = (key, account) }
        case .over(let fence): custodies.removeAll { $0.facts.fence == fence }
        case .deferred(let charge):
            settle(charge)
            deferred.append(charge)
        }
    }

    /// It is in the stream of events.
    mutating func settle(_ charge: OfflineCharge) {
        deferred.removeAll { $0.key == charge.key }
        update(charge.fence) { $0.outcome = charge.outcome }
    }

    private mutating func update(_ fence: Fence, _ body: (inout HeldCustody) -> Void) {
        guard let index = custodies.firstIndex(where: { $0.facts.fence == fence }) else { return }
        body(&custodies[index])
    }

    /// What amounts to the same, but for outcomes: those are events, or come behind them.
    var entries: [OfflineEntry] {
        var entries: [OfflineEntry] = []
        if policy != .deny { entries.append(.policy(policy)) }
        if let printer { entries.append(.printer(printer)) }
        if forgotten > 0 { entries.append(.forgot([], through: forgotten)) }
        entries += remembered.map { .learned($0) } + custodies.map { .taken($0.facts) }
        if let lease { entries += leases(lease) }
        for custody in custodies {
            if let key = custody.releaseKey {
                entries.append(.used(custody.facts.fence, key: key, account: custody.account))
            }
        }
        return entries
    }

    private func leases(_ lease: Lease) -> [OfflineEntry] {
        let lent = custodies.filter(\.isLent).map(\.facts.fence)
        return stride(from: 0, to: max(lent.count, 1), by: OfflineEntry.listLimit).map {
            .leased(lease, lent: Array(lent[$0..<min($0 + OfflineEntry.listLimit, lent.count)]))
        }
    }
}
