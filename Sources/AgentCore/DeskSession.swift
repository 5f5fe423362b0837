// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseWire

/// Somebody is logged in: what the server said of them, and what they have chosen so far.
struct DeskSession: Sendable {
    /// Documents of one person that are listed; the rest is reached by releasing or deleting.
    static let jobLimit = ReleaseWishes.countLimit

    private(set) var grant: SessionGrant
    /// The list is open: what is released is chosen, and the person stays.
    var isListed = false
    private(set) var jobs: [JobLine] = []
    /// The pages of a list that is not whole yet.
    private var pages: [JobLine] = []
    private(set) var picked: [JobID] = []
    private(set) var hasMore = false
    private var currency = ""
    private var scale = 0
    /// The document that keys are about: the list may be another one at the next key.
    private var cursor: JobID?
    /// The key that deletes was pressed once.
    var isDeleting = false
    var override = PrintOverride.none
    var account: AccountLine?
    private(set) var found: AccountPage?
    /// What went wrong last; the outcome when nothing is released.
    var lastResult: ReadResult?

    init(_ grant: SessionGrant) { self.grant = grant }

    var id: SessionID { grant.session }
    var needsAccount: Bool { grant.terms?.account == .required && account == nil }
    var hasAccounts: Bool { grant.terms.map { $0.account != .none } ?? false }
    var current: JobLine? { jobs.first { $0.job == cursor } }

    mutating func renew(_ grant: SessionGrant) { self.grant = grant }

    /// What to ask for next; `nil` when the list is whole.
    mutating func take(_ page: JobPage, isFirst: Bool) -> JobID? {
        if isFirst { pages = [] }
        pages += page.jobs.prefix(Self.jobLimit - pages.count)
        if let next = page.next, pages.count < Self.jobLimit { return next }
        (jobs, pages) = (pages, [])
        (currency, scale) = (page.currency, page.scale)
        hasMore = page.next != nil
        picked = picked.filter(isHeld)
        return nil
    }

    mutating func take(_ page: AccountPage) { found = page }

    // MARK: Choosing

    var heldCount: Int { jobs.count { $0.state == .held } }

    private func isHeld(_ job: JobID) -> Bool { jobs.contains { $0.job == job && $0.state == .held } }

    mutating func pick(_ wanted: [JobID]) throws(DeskFault) {
        guard wanted.allSatisfy(isHeld) else { throw .noSuchJob }
        for job in wanted where !picked.contains(job) { picked.append(job) }
    }

    mutating func unpick(_ unwanted: [JobID]) {
        picked.removeAll { unwanted.isEmpty || unwanted.contains($0) }
    }

    /// What a command is about.
    func selection(_ named: [JobID]) throws(DeskFault) -> JobSelection {
        let wanted = named.isEmpty ? picked : named
        guard !wanted.isEmpty else { throw .nothingPicked }
        guard wanted.allSatisfy(isHeld), wanted.count <= JobSelection.countLimit else { throw .noSuchJob }
        return JobSelection(session: id, jobs: wanted)
    }

    mutating func choose(_ account: AccountID) throws(DeskFault) {
        guard let line = found?.accounts.first(where: { $0.id == account }) else { throw .noSuchAccount }
        self.account = line
    }

    mutating func step() {
        isDeleting = false
        let next = (jobs.firstIndex { $0.job == cursor } ?? -1) + 1
        cursor = jobs.isEmpty ? nil : jobs[next % jobs.count].job
    }

    // MARK: Showing

    var documents: [DeskDocument] { jobs.map(document) }

    func document(_ job: JobLine) -> DeskDocument {
        let state =
            switch job.state {
            case .held: "held"
            case .inDoubt: "in-doubt"
            case .onItsWay: "on-its-way"
            }
        return DeskDocument(
            id: job.job, title: job.title, state: state, copies: job.copies, pages: job.pages,
            colorPages: job.colorPages, size: job.size, price: job.amount.map(price),
            isPicked: picked.contains(job.job))
    }

    private func price(_ amount: Money) -> String { amount.text(scale: scale) + " " + currency }
}
