// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing
import TestKit

/// Lending under each policy, and what comes of lent jobs whose owner or holder is gone.
struct StoreCustodyEdgesTests: CustodyScenes {
    @Test(arguments: SecondFactor.allCases, [true, false])
    func whoNeedsMoreThanABadgeIsLentNothing(policy: SecondFactor, hasPIN: Bool) throws {
        let folder = try TemporaryDirectory()
        let before = try Site.furnished(path: folder.file("store"), settings: settings())
        let seat = try before.seat(1)
        let lent = try lend(before, seat)
        _ = try counted(before)
        let session = try before.session(seat).session
        if hasPIN { setPIN(before) }
        // The same site, under another policy.
        var settings = settings()
        settings.secondFactor = policy
        let site = try Site(path: folder.file("store"), settings: settings)
        let needsMore = policy == .always || policy == .ifSet && hasPIN
        guard case .learned(let learned) = site.store.perform(.learn(seat, session, at: site.now)) else {
            throw Missing(what: "a user")
        }
        #expect(learned.needsSecondFactor == needsMore)
        let answer = try ask(site, seat, [(lent.fence, .ready)])
        #expect(answer.lent == (needsMore ? [] : [lent.fence]))
        #expect(answer.offers.isEmpty == needsMore)
    }

    @Test(arguments: BillingCode.allCases) func whatMustHaveABillingCodeIsNotLent(code: BillingCode) throws {
        let folder = try TemporaryDirectory()
        let before = try Site.furnished(path: folder.file("store"), settings: settings())
        let seat = try before.seat(1)
        let lent = try lend(before, seat)
        _ = try counted(before)
        var settings = settings()
        settings.billingCode = code
        let site = try Site(path: folder.file("store"), settings: settings)
        let answer = try ask(site, seat, [(lent.fence, .ready)])
        #expect(answer.lent == (code == .required ? [] : [lent.fence]))
        #expect(answer.offers.isEmpty == (code == .required))
    }

    // MARK: Allowance

    /// Served first here and then there, with a site that sets 50 pages aside for a person.
    @Test func atTwoAgentsNobodyGetsBeyondTheirPages() throws {
        let site = try site(.cached)
        let (first, second) = (try site.seat(1), try site.seat(2))
        try serve(site, first)
        for pages in [30, 15] { _ = try counted(site, pages: pages) }
        let here = try ask(site, first).offers
        #expect(here.map(\.pages) == [30, 15])
        let ready = here.map { ($0.fence, CustodyListing.ready) }
        #expect(try ask(site, first, ready).lent == here.map(\.fence))
        // The last reader is at the other agent now.
        site.pass(.seconds(1))
        _ = try site.session(second)
        for pages in [10, 4] { _ = try counted(site, pages: pages) }
        let there = try ask(site, second).offers
        #expect(there.map(\.pages) == [4])
        // Used and told, or given back: it is free again.
        _ = record(site, first, charge(here[1], .printed(pages: 15)))
        #expect(try ask(site, second, [(there[0].fence, .ready)]).offers.map(\.pages) == [10])
        try isSound(site)
    }

    @Test func whatMayHaveComeOutIsSetAsideUntilItIsSettled() throws {
        for how in ["unconfirmed", "lapsed", "lost"] {
            let site = try site(.cached)
            let seat = try site.seat(1)
            try serve(site, seat)
            let job = try counted(site, pages: 45)
            let offer = try #require(try ask(site, seat).offers.first)
            _ = try ask(site, seat, [(offer.fence, .ready)])
            switch how {
            case "unconfirmed": _ = record(site, seat, charge(offer, .unconfirmed))
            case "lapsed": lapse(site)
            default: _ = site.admin(.recallJob(job, agentIsLost: true))
            }
            _ = try counted(site, pages: 6)
            let back = try site.seat(1, next: 9)
            if how != "lapsed" { #expect(try ask(site, back).offers.isEmpty) }
            #expect(site.admin(.settleJob(job, pages: 45, by: "root", evenIfMore: true)) == .done)
            #expect(try ask(site, back).offers.map(\.pages) == [6])
            try isSound(site)
        }
    }

    /// The site has set less aside since, or began to.
    @Test func whatIsBeyondANewAllowanceIsWantedBack() throws {
        let folder = try TemporaryDirectory()
        let before = try Site.furnished(path: folder.file("store"), settings: settings())
        let seat = try before.seat(1)
        try serve(before, seat)
        for _ in 0..<3 { _ = try counted(before) }
        let offers = try ask(before, seat).offers
        let ready = offers.map { ($0.fence, CustodyListing.ready) }
        #expect(try ask(before, seat, ready).lent.count == 3)
        var settings = settings(.cached)
        settings.offline.pages = 5
        let site = try Site(path: folder.file("store"), settings: settings)
        #expect(try ask(site, seat, ready).lent == offers.prefix(2).map(\.fence))
        #expect(try ask(site, seat, Array(ready.prefix(2))).lent == offers.prefix(2).map(\.fence))
    }

    /// More jobs than are looked at in one question come before it.
    @Test(arguments: ["pages", "room", "set aside"]) func whatCannotBeLentDoesNotStarveWhatCan(why: String) throws {
        let site = try site(why == "set aside" ? .cached : .chargeLater)
        let seat = try site.seat(1)
        try serve(site, seat)
        var held: [(Fence, CustodyListing)] = []
        if why == "set aside" {
            _ = try counted(site, pages: 45)
            held = try ask(site, seat).offers.map { ($0.fence, .fetching) }
            #expect(held.count == 1)
        }
        for _ in 0..<70 {
            let job = try site.accept(size: why == "room" ? 1000 : 10)
            let count = PageCount(pages: why == "pages" ? 51 : why == "room" ? 1 : 6, colorPages: 0)
            _ = site.store.perform(.recordAnalysis(job: job, kind: "pdf", count: count))
        }
        let job = try counted(site)
        #expect(try ask(site, seat, held, room: 999).offers.map(\.job) == [job])
    }

    @Test(arguments: ["ended", "of an earlier connection", "idle", "another agent's"])
    func onlyAnOpenSessionWantsJobsBack(which: String) throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        let session = try site.session(second).session
        var asking = second
        switch which {
        case "ended": _ = site.store.perform(.endSession(second, session, .done, at: site.now))
        case "of an earlier connection": asking = try site.seat(2)
        case "idle": site.pass(SessionRule.idleLife + .seconds(1))
        default: asking = first
        }
        #expect(
            site.store.perform(.recallJobs(asking, session: session, at: site.now))
                == .refused(Refusal(.sessionExpired)))
        #expect(try ask(site, first, [(lent.fence, .ready)]).lent == [lent.fence])
    }

    /// The charge comes after the printer was replaced. A clock that is wrong counts as far as it can be right.
    @Test(
        arguments: [
            (600, "printer-1", 600), (1800, "printer-3", 1800), (-9, "printer-1", 0), (9999, "printer-3", 3000),
        ]
            as [(Int, String, Int)])
    func anOfflineReleaseIsRecordedWhenAndWhereItWas(said: Int, printer: String, recorded: Int) throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        let start = site.now
        site.pass(.seconds(1200))
        _ = site.admin(.removePrinter("printer-1"))
        _ = site.admin(.addPrinter(name: "printer-3", agent: "copier-1", uri: "socket://p3"))
        site.pass(.seconds(1800))
        _ = record(site, seat, charge(lent, .printed(pages: 2), at: start.advanced(by: .seconds(said))))
        #expect(try site.beginning(of: lent.job) == start.advanced(by: .seconds(recorded)))
        let report = AdminRequest.report(
            .history, from: site.now, until: site.now.advanced(by: .milliseconds(1)))
        guard case .report(let rows, _, _) = site.admin(report) else { throw Missing(what: "a report") }
        #expect(rows.map(\.printer) == [printer])
        try isSound(site)
    }

    @Test(arguments: [true, false]) func aHolderThatWasGivenUpMayStillSayWhatItDid(hasNewJournal: Bool) throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        if hasNewJournal {
            _ = try site.seat(1, stream: site.stream(55))
        } else {
            #expect(site.admin(.recallJob(lent.job, agentIsLost: true)) == .done)
        }
        let seat = hasNewJournal ? try site.seat(1, stream: site.stream(55)) : try site.seat(1)
        // That it lists nothing is no word on what it did.
        _ = try ask(site, seat)
        #expect(site.state(of: lent.job) == .inDoubt)
        let before = site.ledgerCount() ?? 0
        _ = record(site, seat, charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before + 1)
        try isSound(site)
    }

    /// It is charged: two pages came out before, whatever comes of this release.
    @Test func aLateWordDoesNotSettleTheNextDoubt() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        #expect(site.admin(.recallJob(lent.job, agentIsLost: true)) == .done)
        #expect(site.admin(.settleJob(lent.job, pages: 0, by: "root", evenIfMore: true)) == .done)
        let seat = try site.seat(1)
        let grant = try #require(try site.release(seat).first)
        _ = site.open(seat, grant.release)
        let before = site.ledgerCount() ?? 0
        _ = record(
            site, seat, site.progress(grant.release, .unconfirmed, 1).message!, charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .inDoubt && site.ledgerCount() == before + 1)
        try isSound(site)
    }

    /// Its holder got it online as well, and was never heard again.
    @Test func aLentJobThatIsBeingSentIsInDoubtWhenItsLeaseIsOver() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        let grant = try #require(try site.release(seat).first)
        _ = site.open(seat, grant.release)
        site.pass(OutcomeRule.silence)
        #expect(try ask(site, seat, [(lent.fence, .ready)]).lent == [lent.fence])
        site.pass(.seconds(3600) + CustodyRule.margin)
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: lent.job) == .sending)
        site.pass(.seconds(1))
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: lent.job) == .inDoubt)
        try isSound(site)
        // It comes back, and had used its copy.
        let before = site.ledgerCount() ?? 0
        _ = record(site, seat, charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before + 1)
        try isSound(site)
    }

    /// Somebody new gets the name of the deleted user, at the very agent that holds the job.
    @Test(arguments: ["lent", "lapsed, given back", "lapsed, settled", "lost, settled", "never started"])
    func aDeletedUsersJobIsNotTheNextOnesOfThatName(course: String) throws {
        let site = try site()
        let seat = try site.seat(1, capabilities: [.dialogue])
        let lent = try lend(site, seat)
        _ = site.admin(.deleteUser("ada"))
        _ = site.admin(.addUser(name: "ada", fullName: "Ada Two", department: "Physics"))
        _ = site.admin(.addBadge(user: "ada", try Site.form(Site.badge), label: ""))
        try expectNothing(site, seat)
        switch course {
        case "lapsed, given back": lapse(site)
        case "lapsed, settled":
            lapse(site)
            try expectNothing(site, seat)
            #expect(site.admin(.settleJob(lent.job, pages: 0, by: "root", evenIfMore: true)) == .done)
        case "lost, settled":
            #expect(site.admin(.recallJob(lent.job, agentIsLost: true)) == .done)
            try expectNothing(site, seat)
            #expect(site.admin(.settleJob(lent.job, pages: 0, by: "root", evenIfMore: true)) == .done)
        case "never started":
            lapse(site)
            _ = record(site, seat, charge(lent, .neverStarted(.printerRefused)))
        default: break
        }
        _ = try ask(site, seat)
        #expect(site.state(of: lent.job) == .canceled)
        try expectNothing(site, seat)
        try isSound(site)
    }
}
