// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing

@testable import Store

/// What a person does in a session: look, choose, delete, hold, say who pays.
struct StoreDeskTests {
    private func site(_ billing: BillingCode = .none) throws -> (Site, AgentSeat) {
        var settings = Site.settings
        settings.billingCode = billing
        let site = try Site.furnished(settings: settings)
        return (site, try site.able())
    }

    private func list(_ site: Site, _ seat: AgentSeat, _ session: SessionID, after: JobID? = nil) throws -> JobPage {
        let query = JobListQuery(session: session, after: after)
        guard case .jobs(let page) = site.store.perform(.listJobs(seat, query, at: site.now)) else {
            throw Missing(what: "jobs")
        }
        return page
    }

    private func count(_ reply: StoreReply) -> Int? {
        switch reply {
        case .count(let count), .deleted(let count, holders: _): count
        default: nil
        }
    }

    private func release(
        _ site: Site, _ seat: AgentSeat, _ session: SessionID, _ wishes: ReleaseWishes
    ) -> StoreReply {
        site.store.perform(.release(seat, ReleaseOrder(session: session, wishes: wishes), at: site.now))
    }

    private func grants(_ reply: StoreReply) throws -> [ReleaseGrant] {
        guard case .releases(let grants, _) = reply else { throw Missing(what: "releases, not \(reply)") }
        return grants
    }

    // MARK: List

    @Test func aJobIsListedWithItsPrice() throws {
        let (site, seat) = try site()
        var incoming = site.incoming()
        incoming.copies = 2
        _ = site.store.perform(.acceptJob(incoming))
        try site.accept()
        try site.accept("ben")
        _ = site.store.perform(
            .recordAnalysis(job: JobID(1), kind: "pdf", count: PageCount(pages: 3, colorPages: 1)))
        let session = try site.session(try site.present(seat)).session
        let page = try list(site, seat, session)
        #expect((page.currency, page.scale, page.next) == ("EUR", 2, nil))
        var line = JobLine(job: JobID(1), title: "job 1", state: .held, size: 10, receivedAt: site.now)
        // Two copies of one colour and two mono pages.
        (line.pages, line.colorPages, line.copies, line.amount) = (3, 1, 2, Money(minor: 2 * 25 + 4 * 5))
        let dim = JobLine(job: JobID(2), title: "job 2", state: .held, size: 10, receivedAt: site.now)
        #expect(page.jobs == [line, dim])
    }

    @Test func statesAreShownAndFinishedJobsAreNot() throws {
        let (site, seat) = try site()
        let jobs = try (0..<4).map { _ in try site.accept() }
        let session = try site.session(try site.present(seat)).session
        let releases = try grants(release(site, seat, session, ReleaseWishes(jobs: Array(jobs.prefix(3)))))
        for grant in releases.prefix(2) { _ = site.open(seat, grant.release) }
        _ = site.record(seat, 1, [site.progress(releases[0].release, .unconfirmed, 1)])
        _ = site.record(seat, 1, [site.progress(releases[1].release, .printed(pages: 1), 2)])
        let states = try list(site, seat, session).jobs.map(\.state)
        #expect(states == [.inDoubt, .onItsWay, .held])
        #expect(try site.session(try site.present(seat)).terms?.inDoubt == 1)
    }

    @Test func aLongListHasPages() throws {
        let (site, seat) = try site()
        for _ in 0..<70 { try site.accept() }
        let session = try site.session(try site.present(seat)).session
        var seen: [JobID] = []
        var after: JobID?
        for expected in [32, 32, 6] {
            let page = try list(site, seat, session, after: after)
            #expect(page.jobs.count == expected)
            seen += page.jobs.map(\.job)
            after = page.next
        }
        #expect(after == nil)
        #expect(seen == (1...70).map { JobID($0) })
    }

    @Test func aSessionIsNeededAndUsingItKeepsItOpen() throws {
        let (site, seat) = try site()
        let other = try site.able(2)
        let job = try site.accept()
        let session = try site.session(try site.present(seat)).session
        let query = JobListQuery(session: session, after: nil)
        let chosen = JobSelection(session: session, jobs: [job])
        let expired = StoreReply.refused(Refusal(.sessionExpired))
        func all(_ seat: AgentSeat) -> [StoreReply] {
            [
                site.store.perform(.listJobs(seat, query, at: site.now)),
                site.store.perform(.listAccounts(seat, AccountQuery(session: session, prefix: ""), at: site.now)),
                site.store.perform(.holdJobs(seat, chosen, at: site.now)),
                site.store.perform(.deleteJobs(seat, chosen, at: site.now)),
            ]
        }
        #expect(all(other).allSatisfy { $0 == expired })
        for _ in 0..<5 {
            site.pass(.seconds(170))
            _ = try list(site, seat, session)
        }
        site.pass(.milliseconds(180_001))
        #expect(all(seat).allSatisfy { $0 == expired })
        #expect(site.state(of: job) == .held)
    }

    // MARK: Hold and delete

    @Test func heldJobsAreDeletedByTheirOwnerOnly() throws {
        let (site, seat) = try site()
        let (mine, sent, theirs) = (try site.accept(), try site.accept(), try site.accept("ben"))
        let session = try site.session(try site.present(seat)).session
        _ = release(site, seat, session, ReleaseWishes(jobs: [sent]))
        let chosen = JobSelection(session: session, jobs: [mine, mine, sent, theirs, JobID(99)])
        #expect(count(site.store.perform(.deleteJobs(seat, chosen, at: site.now))) == 1)
        #expect([mine, sent, theirs].map { site.state(of: $0) } == [.canceled, .reserved, .held])
        #expect(try site.auditLines().filter { $0.contains("delete-job") } == ["ada delete-job \(mine)"])
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func holdingBeginsTheLifeAnew() throws {
        let (site, seat) = try site()
        let (kept, left, theirs) = (try site.accept(), try site.accept(), try site.accept("ben"))
        site.pass(PurgeRule.standardLife - .seconds(60))
        let session = try site.session(try site.present(seat)).session
        let chosen = JobSelection(session: session, jobs: [kept, theirs])
        #expect(count(site.store.perform(.holdJobs(seat, chosen, at: site.now))) == 1)
        site.pass(.seconds(120))
        _ = site.store.perform(.purge(at: site.now))
        #expect([kept, left, theirs].map { site.state(of: $0) } == [.held, .purged, .purged])
    }

    /// The clock was set back: what is kept for longer is not kept for a shorter time.
    @Test func holdingNeverShortensTheLife() throws {
        let (site, seat) = try site()
        let job = try site.accept()
        site.pass(.zero - .seconds(3600))
        let session = try site.session(try site.present(seat)).session
        let chosen = JobSelection(session: session, jobs: [job])
        #expect(count(site.store.perform(.holdJobs(seat, chosen, at: site.now))) == 1)
        site.pass(PurgeRule.standardLife + .seconds(60))
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: job) == .held)
    }

    // MARK: Release

    @Test func whatIsPickedComesOutAsItWasAskedFor() throws {
        let (site, seat) = try site()
        let jobs = try (0..<3).map { _ in try site.accept() }
        let theirs = try site.accept("ben")
        let session = try site.session(try site.present(seat)).session
        let override = PrintOverride(isMono: true, sides: .longEdge)
        let picked = [jobs[2], jobs[0], theirs, jobs[0]]
        let grants = try grants(release(site, seat, session, ReleaseWishes(jobs: picked, override: override)))
        #expect(grants.map(\.job) == [jobs[0], jobs[2]])
        #expect(grants.allSatisfy { $0.override == override })
        #expect(
            release(site, seat, session, ReleaseWishes(jobs: [theirs, jobs[0]])) == .refused(Refusal(.notHeld)))
        let rest = try self.grants(release(site, seat, session, ReleaseWishes()))
        #expect(rest.map(\.job) == [jobs[1]] && rest.map(\.override) == [PrintOverride.none])
        #expect(release(site, seat, session, ReleaseWishes()) == .refused(Refusal(.noJobs)))
    }

    @Test func anAgentOfTheFirstVersionHearsOfNoOverride() throws {
        let (site, _) = try site()
        let seat = try site.seat(1)
        try site.accept()
        #expect(try site.release(seat).map(\.override) == [nil])
        try site.accept()
        #expect(try site.session(try site.present(seat)).terms == nil)
    }

    @Test func withoutColourTheLedgerChargesMono() throws {
        let (site, seat) = try site()
        for isMono in [true, false] {
            let job = try site.accept()
            _ = site.store.perform(.recordAnalysis(job: job, kind: "pdf", count: PageCount(pages: 3, colorPages: 2)))
            let session = try site.session(try site.present(seat)).session
            let wishes = ReleaseWishes(override: PrintOverride(isMono: isMono, sides: .asSent))
            let release = try #require(try grants(release(site, seat, session, wishes)).first).release
            _ = site.open(seat, release)
            _ = site.record(seat, 1, [site.progress(release, .printed(pages: 3), isMono ? 1 : 2)])
        }
        let rows = try history(site)
        #expect(rows.map(\.monoPages) == [3, 1])
        #expect(rows.map(\.colorPages) == [0, 2])
        #expect(rows.map(\.amount) == [Money(minor: 15), Money(minor: 55)])
    }

    private func history(_ site: Site, _ report: AdminRequest.Report = .history) throws -> [ReportRow] {
        let request = AdminRequest.report(
            report, from: WallTime(milliseconds: 0), until: WallTime(milliseconds: .max))
        guard case .report(let rows, _, _) = site.admin(request) else { throw Missing(what: "a report") }
        return rows
    }

    // MARK: Billing codes

    @Test func codesAreOfferedByTheirBeginning() throws {
        let (site, seat) = try site(.optional)
        for number in 100..<170 { _ = site.admin(.addAccount(code: "P-\(number)", name: "project \(number)")) }
        _ = site.admin(.addAccount(code: "Q%_", name: ""))
        _ = site.admin(.deleteAccount("P-105"))
        let session = try site.session(try site.present(seat)).session
        func codes(_ prefix: String) throws -> (codes: [String], hasMore: Bool) {
            let query = AccountQuery(session: session, prefix: prefix)
            guard case .accounts(let page) = site.store.perform(.listAccounts(seat, query, at: site.now)) else {
                throw Missing(what: "accounts")
            }
            return (page.accounts.map(\.code), page.hasMore)
        }
        #expect(try codes("").codes.count == 64)
        #expect(try codes("").hasMore)
        #expect(try codes("P-10").codes == [0, 1, 2, 3, 4, 6, 7, 8, 9].map { "P-10\($0)" })
        #expect(try !codes("P-10").hasMore)
        #expect(try codes("Q").codes == ["Q%_"])
        #expect(try codes("%").codes == [])
    }

    @Test func aReleaseNamesWhoPaysAndTheLedgerKeepsIt() throws {
        let (site, seat) = try site(.optional)
        _ = site.admin(.addAccount(code: "P-1", name: "Bridge"))
        _ = site.admin(.addAccount(code: "P-2", name: ""))
        let accounts: [AccountID?] = [AccountID(1), nil, AccountID(2), AccountID(1)]
        for (number, account) in zip(1..., accounts) {
            try site.accept()
            let session = try site.session(try site.present(seat)).session
            let release = try #require(
                try grants(release(site, seat, session, ReleaseWishes(account: account))).first
            ).release
            _ = site.open(seat, release)
            _ = site.record(seat, 1, [site.progress(release, .printed(pages: number), UInt64(number))])
        }
        _ = site.admin(.deleteAccount("P-1"))
        #expect(try history(site).map(\.account) == ["P-1", nil, "P-2", "P-1"])
        let sums = try history(site, .accounts)
        #expect(sums.map(\.account) == ["", "P-1", "P-2"])
        #expect(sums.map(\.unknownPages) == [2, 5, 3])
        #expect(sums.map(\.releases) == [1, 2, 1])
        #expect(try site.store.brokenInvariants() == [])
        for change in [
            "account = NULL WHERE number = 1", "account = 2 WHERE number = 1", "account = 1 WHERE number = 2",
        ] {
            try site.store.database.runScript("SAVEPOINT look; DROP TRIGGER ledger_is_never_changed")
            try site.store.database.runScript("UPDATE ledger SET \(change)")
            #expect(try site.store.firstBrokenLedgerLine() != nil, "\(change)")
            try site.store.database.runScript("ROLLBACK TO look; RELEASE look")
        }
        #expect(try site.store.firstBrokenLedgerLine() == nil)
    }

    @Test func aCodeIsNeededWhereTheSiteSaysSo() throws {
        let (site, seat) = try site(.required)
        _ = site.admin(.addAccount(code: "P-1", name: ""))
        let job = try site.accept()
        let grant = try site.session(try site.present(seat))
        #expect(grant.terms?.account == .required)
        #expect(release(site, seat, grant.session, ReleaseWishes()) == .refused(Refusal(.accountRequired)))
        #expect(
            release(site, seat, grant.session, ReleaseWishes(account: AccountID(9)))
                == .refused(Refusal(.noSuchAccount)))
        #expect(site.state(of: job) == .held)
        _ = try grants(release(site, seat, grant.session, ReleaseWishes(account: AccountID(1))))
        let (none, able) = try self.site(.none)
        _ = none.admin(.addAccount(code: "P-1", name: ""))
        try none.accept()
        let session = try none.session(try none.present(able)).session
        #expect(
            release(none, able, session, ReleaseWishes(account: AccountID(1))) == .refused(Refusal(.noSuchAccount)))
    }

    @Test func billingCodesAreTheAdministrators() throws {
        let (site, _) = try site()
        func code(_ reply: AdminReply) -> AdminRefusal.Code? {
            if case .refused(let refusal) = reply { refusal.code } else { nil }
        }
        #expect(site.admin(.addAccount(code: "P-1", name: "x")) == .account(AccountFacts(code: "P-1", name: "x")))
        #expect(code(site.admin(.addAccount(code: "P-1", name: ""))) == .exists)
        for bad in ["", " P", String(repeating: "x", count: 33)] {
            #expect(code(site.admin(.addAccount(code: bad, name: ""))) == .invalid)
        }
        #expect(site.admin(.listAccounts) == .accounts([AccountFacts(code: "P-1", name: "x")]))
        #expect(site.admin(.deleteAccount("P-1")) == .done)
        #expect(code(site.admin(.deleteAccount("P-1"))) == .notFound)
        #expect(site.admin(.listAccounts) == .accounts([]))
        #expect(site.admin(.addAccount(code: "P-1", name: "")) == .account(AccountFacts(code: "P-1", name: "")))
    }
}
