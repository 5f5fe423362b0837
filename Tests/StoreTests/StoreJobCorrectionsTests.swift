// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing

@testable import Store

/// What a person typed wrong, and makes good.
struct StoreJobCorrectionsTests: CustodyScenes {
    /// A job in doubt, of three pages in two copies.
    private func doubtful(_ site: Site, pages: Int? = 3) throws -> JobID {
        let job = try site.printOne(try site.seat(1), .unconfirmed).job
        let count = PageCount(pages: pages, colorPages: pages.map { _ in 1 }, copies: 2)
        _ = site.store.perform(.recordAnalysis(job: job, kind: "pdf", count: count))
        return job
    }

    private func refusal(_ reply: AdminReply) throws -> AdminRefusal {
        guard case .refused(let refusal) = reply else { throw Missing(what: "a refusal, not \(reply)") }
        return refusal
    }

    private func total(_ site: Site) throws -> ReportRow {
        let reply = site.admin(.report(.users, from: Timestamp.earliest, until: Timestamp.latest))
        guard case .report(let rows, _, _) = reply else { throw Missing(what: "a report") }
        return try #require(rows.first)
    }

    private func pages(_ site: Site) throws -> Int {
        let sum = try total(site)
        return sum.monoPages + sum.colorPages + sum.unknownPages
    }

    @Test func morePagesThanAJobHasMustBeMeant() throws {
        let site = try Site.furnished()
        let job = try doubtful(site)
        for pages in [7, 1_000_000] {
            let refusal = try refusal(site.admin(.settleJob(job, pages: pages, by: "root")))
            #expect(refusal.code == .invalid && refusal.detail.contains("has 6 pages"))
            #expect(refusal.detail.contains("--even-if-more"))
        }
        #expect(site.state(of: job) == .inDoubt && site.ledgerCount() == 0)
        #expect(
            try refusal(site.admin(.settleJob(job, pages: 1_000_001, by: "root", evenIfMore: true))).code == .invalid)
        #expect(site.admin(.settleJob(job, pages: 7, by: "root", evenIfMore: true)) == .done)
        #expect(try total(site).monoPages == 5)
    }

    @Test func allCopiesAndAnUnknownNumberOfPagesAreTaken() throws {
        for (pages, said) in [(3, 6), (nil, 1_000_000)] as [(Int?, Int)] {
            let site = try Site.furnished()
            let job = try doubtful(site, pages: pages)
            #expect(site.admin(.settleJob(job, pages: said, by: "root")) == .done)
        }
    }

    @Test func aCorrectionBooksTheDifferenceAndTheLineStays() throws {
        let site = try Site.furnished()
        let job = try doubtful(site)
        _ = site.admin(.settleJob(job, pages: 1_000_000, by: "root", evenIfMore: true))
        let dear = try total(site).amount
        let reply = site.admin(.correctJob(job, pages: 3, evenIfMore: false))
        guard case .corrected(let facts) = reply else { throw Missing(what: "a correction, not \(reply)") }
        #expect((facts.line, facts.before, facts.pages) == (2, 1_000_000, 3))
        let sum = try total(site)
        #expect((sum.releases, sum.monoPages, sum.colorPages) == (1, 1, 2))
        #expect(sum.amount.minor == dear.minor + facts.amount.minor)
        let audited = try #require(try site.auditLines().last)
        #expect(audited == "root correct-job \(job) with 3 pages instead of 1000000: ledger line 2")
        try isSound(site)
        // And again, up and down to nothing.
        for (pages, line) in [(6, 3), (0, 4), (2, 5)] as [(Int, Int64)] {
            guard case .corrected(let next) = site.admin(.correctJob(job, pages: pages, evenIfMore: false)) else {
                throw Missing(what: "a correction")
            }
            #expect(next.line == line)
            let now = try total(site)
            #expect(now.monoPages + now.colorPages == pages && now.releases == 1)
            if pages == 0 { #expect(now.amount.minor == 0) }
            try isSound(site)
        }
        #expect(site.state(of: job) == .printed)
    }

    @Test func whatCannotBeCorrectedIsRefused() throws {
        let site = try Site.furnished()
        let job = try doubtful(site)
        #expect(try refusal(site.admin(.correctJob(JobID(99), pages: 1, evenIfMore: false))).code == .notFound)
        #expect(try refusal(site.admin(.correctJob(job, pages: 1, evenIfMore: false))).detail.contains("settle it"))
        _ = site.admin(.settleJob(job, pages: 3, by: "root"))
        #expect(try refusal(site.admin(.correctJob(job, pages: 3, evenIfMore: false))).detail.contains("already"))
        #expect(try refusal(site.admin(.correctJob(job, pages: 7, evenIfMore: false))).code == .invalid)
        #expect(try refusal(site.admin(.correctJob(job, pages: -1, evenIfMore: true))).code == .invalid)
        guard case .corrected = site.admin(.correctJob(job, pages: 7, evenIfMore: true)) else {
            throw Missing(what: "a correction")
        }
        site.store.settings.tariff = Tariff(
            currency: "CHF", scale: 2, mono: Money(minor: 1), color: Money(minor: 1), unknown: Money(minor: 1))
        #expect(try refusal(site.admin(.correctJob(job, pages: 1, evenIfMore: false))).detail.contains("EUR"))
        try isSound(site)
    }

    /// The agent was away and comes back after a person settled and corrected: its word counts once.
    @Test(arguments: [1, 2, 4]) func whatAnAgentSaysLaterIsComparedWithTheCorrection(printed: Int) throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        let before = try pages(site)
        _ = site.admin(.settleJob(lent.job, pages: 900, by: "root", evenIfMore: true))
        guard case .corrected = site.admin(.correctJob(lent.job, pages: 2, evenIfMore: false)) else {
            throw Missing(what: "a correction")
        }
        #expect(try pages(site) == before + 2)
        _ = record(site, try site.seat(1), charge(lent, .printed(pages: printed)))
        #expect(try pages(site) == before + printed)
        try isSound(site)
    }

    @Test func aJobThatIsNotLentOrNotThereIsNotRecalled() throws {
        let site = try Site.furnished()
        let job = try site.accept()
        #expect(try refusal(site.admin(.recallJob(JobID(99), agentIsLost: false))).detail == "there is no job 99")
        #expect(try refusal(site.admin(.recallJob(job, agentIsLost: false))).detail.contains("is held, and not lent"))
    }
}
