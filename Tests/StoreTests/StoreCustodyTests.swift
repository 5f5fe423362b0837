// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing

/// Jobs that are lent, charged late, wanted back, and left in doubt.
struct StoreCustodyTests {
    private static let policy = OfflinePolicy(
        mode: .chargeLater, pages: 50, lease: .seconds(3600), interval: .seconds(15))

    private func settings(_ mode: OfflineMode = .chargeLater) -> StoreSettings {
        var settings = Site.settings
        settings.offline = Self.policy
        settings.offline.mode = mode
        return settings
    }

    private func site(_ mode: OfflineMode = .chargeLater) throws -> Site {
        try Site.furnished(settings: settings(mode))
    }

    /// Ada is served here, so that her next jobs are lent here.
    private func serve(_ site: Site, _ seat: AgentSeat) throws {
        _ = try site.accept()
        let grant = try site.session(seat)
        guard case .releases(let grants) = site.store.perform(.release(seat, session: grant.session, at: site.now))
        else { throw Missing(what: "releases") }
        for one in grants { _ = site.store.perform(.openDocument(seat, release: one.release, offset: 0, at: site.now)) }
        // Told as a stream of its own, so that the tests' own events begin at 1.
        for one in grants {
            _ = site.store.perform(
                .recordEvents(
                    seat, stream: site.stream(99), [site.progress(one.release, .printed(pages: 1), 1)], at: site.now))
        }
    }

    private func counted(_ site: Site, pages: Int? = 2) throws -> JobID {
        let job = try site.accept()
        let count = PageCount(pages: pages, colorPages: 0)
        _ = site.store.perform(.recordAnalysis(job: job, kind: "pdf", count: count))
        return job
    }

    private func ask(
        _ site: Site, _ seat: AgentSeat, _ items: [(Fence, CustodyListing)] = [], room: UInt64 = 1 << 20,
        forgotten: UInt64 = 0
    ) throws -> CustodyAnswer {
        let ask = CustodyAsk(items: items.map { .init($0.0, $0.1) }, room: room, forgotten: forgotten)
        guard case .custody(let answer) = site.store.perform(.askCustody(seat, ask, at: site.now)) else {
            throw Missing(what: "an answer")
        }
        return answer
    }

    /// One job, lent to the agent of this seat.
    private func lend(_ site: Site, _ seat: AgentSeat) throws -> CustodyFacts {
        try serve(site, seat)
        _ = try counted(site)
        let offer = try #require(try ask(site, seat).offers.first)
        #expect(try ask(site, seat, [(offer.fence, .ready)]).lent == [offer.fence])
        return offer
    }

    private func charge(
        _ facts: CustodyFacts, _ outcome: Outcome, key: UInt8 = 1, at: WallTime = WallTime(milliseconds: 0)
    ) -> ReleaseMessage {
        .account(
            OfflineCharge(
                key: [UInt8](repeating: key, count: 16), fence: facts.fence, job: facts.job, user: facts.user,
                outcome: outcome, evidence: .pjlJobEnd, at: at))
    }

    private func record(_ site: Site, _ seat: AgentSeat, _ messages: ReleaseMessage...) -> StoreReply {
        let events = messages.enumerated().map { SequencedEvent(sequence: UInt64($0.offset) + 1, message: $0.element) }
        return site.store.perform(.recordEvents(seat, stream: site.stream(1), events, at: site.now))
    }

    private func isSound(_ site: Site) throws { #expect(try site.store.brokenInvariants() == []) }

    // MARK: Lending

    @Test func jobsAreLentWhereTheirOwnerWasServedLast() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        try serve(site, first)
        let job = try counted(site)
        #expect(try ask(site, second).offers.isEmpty)
        let answer = try ask(site, first)
        #expect(answer.offers.map(\.job) == [job])
        #expect(answer.offers.first?.label == "Ada L." && answer.offers.first?.pages == 2)
        #expect(answer.printer?.uri == "socket://p1" && answer.lease == .seconds(3600))
        try isSound(site)
    }

    @Test(arguments: ["uncounted", "denied", "locked", "pin", "late", "elsewhere"])
    func nothingIsLentThatMayNotBe(why: String) throws {
        let site = try site(why == "denied" ? .deny : .chargeLater)
        let seat = try site.seat(1)
        try serve(site, seat)
        if why == "elsewhere" { try serve(site, try site.seat(2)) }
        _ = try counted(site, pages: why == "uncounted" ? nil : 2)
        if why == "locked" { _ = site.admin(.lockUser("ada", locked: true)) }
        if why == "pin" { setPIN(site) }
        if why == "late" { site.pass(CustodyRule.servedLife + .seconds(1)) }
        #expect(try ask(site, seat).offers.isEmpty)
    }

    private func setPIN(_ site: Site) {
        _ = site.admin(.setPIN(user: "ada", PINHash(logN: 1, salt: [1], hash: SecretBytes([1]))))
    }

    @Test(arguments: SecondFactor.allCases, [true, false])
    func whoNeedsMoreThanABadgeIsLentNothing(policy: SecondFactor, hasPIN: Bool) throws {
        let folder = try Folder()
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
        let folder = try Folder()
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

    /// More jobs than are looked at in one question come before it.
    @Test(arguments: ["pages", "room", "set aside"]) func whatCannotBeLentDoesNotStarveWhatCan(why: String) throws {
        let site = try site(why == "set aside" ? .cached : .chargeLater)
        let seat = try site.seat(1)
        try serve(site, seat)
        if why == "set aside" {
            _ = try counted(site, pages: 45)
            #expect(try ask(site, seat).offers.count == 1)
        }
        for _ in 0..<70 {
            let job = try site.accept(size: why == "room" ? 1000 : 10)
            let count = PageCount(pages: why == "pages" ? 51 : why == "room" ? 1 : 6, colorPages: 0)
            _ = site.store.perform(.recordAnalysis(job: job, kind: "pdf", count: count))
        }
        let job = try counted(site)
        #expect(try ask(site, seat, room: 999).offers.map(\.job) == [job])
    }

    @Test func anOfferIsForAnybodyUntilItIsLent() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        try serve(site, first)
        _ = try counted(site)
        let offer = try #require(try ask(site, first).offers.first)
        #expect(try site.release(second).map(\.job) == [offer.job])
        // The document has come meanwhile, and is of no use any more.
        #expect(try ask(site, first, [(offer.fence, .ready)]).lent == [])
        try isSound(site)
    }

    /// Its agent may have begun the release before it had the document of the offer.
    @Test(arguments: ["reserved", "sending", "in doubt"]) func whatIsReleasedAlreadyIsNotLent(how: String) throws {
        let site = try site()
        let seat = try site.seat(1)
        try serve(site, seat)
        let job = try counted(site)
        let offer = try #require(try ask(site, seat).offers.first)
        let grant = try #require(try site.release(seat).first)
        if how != "reserved" { _ = site.open(seat, grant.release) }
        if how == "in doubt" { _ = record(site, seat, site.progress(grant.release, .unconfirmed, 1).message!) }
        #expect(try ask(site, seat, [(offer.fence, .ready)]).lent == [])
        // A person says that nothing came out: it is lent anew, under another number.
        guard how == "in doubt" else { return }
        #expect(site.admin(.settleJob(job, pages: 0, by: "root")) == .done)
        #expect(try ask(site, seat, [(offer.fence, .ready)]).lent == [])
        try isSound(site)
    }

    @Test func whatIsListedNoMoreIsGivenBack() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        _ = try ask(site, first)
        #expect(try site.release(second).map(\.job) == [lent.job])
        try isSound(site)
    }

    // MARK: Elsewhere

    @Test func aLentJobIsLeftOutElsewhereUntilItIsBack() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        let session = try site.session(second).session
        #expect(
            site.store.perform(.release(second, session: session, at: site.now))
                == .refused(Refusal(.custodyElsewhere)))
        let recalled = site.store.perform(.recallJobs(second, session: session, at: site.now))
        #expect(recalled == .recalled([first.agent]))
        // The holder is told to give it up by leaving it out, and lists it no more once it has.
        #expect(try ask(site, first, [(lent.fence, .ready)]).lent == [])
        #expect(site.store.perform(.release(second, session: session, at: site.now)) != .releases([]))
        #expect(site.state(of: lent.job) == .held)
        _ = try ask(site, first)
        #expect(site.store.perform(.recallJobs(second, session: session, at: site.now)) == .recalled([]))
        guard case .releases(let grants) = site.store.perform(.release(second, session: session, at: site.now)) else {
            throw Missing(what: "releases")
        }
        #expect(grants.map(\.job) == [lent.job])
        try isSound(site)
    }

    @Test(arguments: ["ended", "of an earlier connection", "idle", "another agent's"])
    func onlyAnOpenSessionWantsJobsBack(which: String) throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        let session = try site.session(second).session
        var asking = second
        switch which {
        case "ended": _ = site.store.perform(.endSession(second, session: session, .done, at: site.now))
        case "of an earlier connection": asking = try site.seat(2)
        case "idle": site.pass(SessionRule.idleLife + .seconds(1))
        default: asking = first
        }
        #expect(
            site.store.perform(.recallJobs(asking, session: session, at: site.now))
                == .refused(Refusal(.sessionExpired)))
        #expect(try ask(site, first, [(lent.fence, .ready)]).lent == [lent.fence])
    }

    @Test func theHolderReleasesOnlineAsAlways() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        let grant = try #require(try site.release(seat).first)
        #expect(grant.job == lent.job)
        _ = site.open(seat, grant.release)
        _ = record(site, seat, site.progress(grant.release, .printed(pages: 2), 1).message!)
        #expect(site.state(of: lent.job) == .printed)
        try isSound(site)
    }

    /// The answer that leaves a job out may never arrive, and the agent go on with its lease.
    @Test func wantingAJobBackDoesNotShortenItsLease() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        _ = site.admin(.recallJob(lent.job, agentIsLost: false))
        #expect(try ask(site, try site.seat(1), [(lent.fence, .ready)]).lent == [])
        site.pass(.seconds(3000))
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: lent.job) == .held)
        let seat = try site.seat(2)
        let again = try site.session(seat).session
        #expect(
            site.store.perform(.release(seat, session: again, at: site.now)) == .refused(Refusal(.custodyElsewhere)))
        lapse(site)
        #expect(site.state(of: lent.job) == .inDoubt)
        try isSound(site)
    }

    // MARK: Charges

    @Test func aChargeIsPricedOnce() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        let before = site.ledgerCount() ?? 0
        #expect(record(site, seat, charge(lent, .printed(pages: 2))) == .recorded(through: 1))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before + 1)
        // The same by another stream, after the journal was restored.
        let again = SequencedEvent(sequence: 1, message: charge(lent, .printed(pages: 2)))
        _ = site.store.perform(.recordEvents(seat, stream: site.stream(77), [again], at: site.now))
        #expect(site.ledgerCount() == before + 1)
        try isSound(site)
    }

    @Test func whatMayHavePrintedIsInDoubtAndWhatDidNotIsHeld() throws {
        for (outcome, state) in [(Outcome.unconfirmed, JobState.inDoubt), (.neverStarted(.printerRefused), .held)] {
            let site = try site()
            let seat = try site.seat(1)
            let lent = try lend(site, seat)
            _ = record(site, seat, charge(lent, outcome))
            #expect(site.state(of: lent.job) == state)
            #expect(try ask(site, seat, [(lent.fence, .used)]).lent == [])
            try isSound(site)
        }
    }

    @Test func aChargeComesBeforeTheOnlineReleaseThatItsHolderDoesNotBegin() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        let grant = try #require(try site.release(seat).first)
        _ = site.open(seat, grant.release)
        _ = record(
            site, seat, charge(lent, .printed(pages: 2)),
            site.progress(grant.release, .neverStarted(.documentUnavailable), 2).message!)
        #expect(site.state(of: lent.job) == .printed)
        try isSound(site)
    }

    /// The charge comes after the printer was replaced. A clock that is wrong counts as far as it can be right.
    @Test(
        arguments: [(600, "printer-1", 600), (1800, "printer-3", 1800), (-9, "printer-1", 0), (9999, "printer-3", 3000)]
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

    @Test func nobodyChargesForAnothersCustody() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        let event = SequencedEvent(sequence: 1, message: charge(lent, .printed(pages: 2)))
        let before = site.ledgerCount()
        #expect(
            site.store.perform(.recordEvents(second, stream: site.stream(2), [event], at: site.now))
                == .recorded(through: 1))
        #expect(site.state(of: lent.job) == .held && site.ledgerCount() == before)
    }

    // MARK: Silence

    private func lapse(_ site: Site) {
        site.pass(.seconds(3600) + CustodyRule.margin + .seconds(1))
        _ = site.store.perform(.purge(at: site.now))
    }

    @Test func aLeaseThatRunsOutPutsItsJobIntoDoubt() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        site.pass(.seconds(3600) + CustodyRule.margin)
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: lent.job) == .held)
        site.pass(.seconds(1))
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: lent.job) == .inDoubt)
        try isSound(site)
        // Its holder comes back and has not released it.
        #expect(try ask(site, try site.seat(1), [(lent.fence, .ready)]).lent == [lent.fence])
        #expect(site.state(of: lent.job) == .held)
        try isSound(site)
    }

    @Test func theChargeThatWasMissingSettlesTheDoubt() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        let before = site.ledgerCount() ?? 0
        _ = record(site, try site.seat(1), charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before + 1)
        try isSound(site)
    }

    @Test func aPersonsWordStands() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        #expect(site.admin(.settleJob(lent.job, pages: 2, by: "root")) == .done)
        let before = site.ledgerCount()
        _ = record(site, try site.seat(1), charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before)
        try isSound(site)
    }

    @Test func aLostJournalOrARevokedAgentLeavesItsJobsInDoubt() throws {
        for isRevoked in [true, false] {
            let site = try site()
            let lent = try lend(site, try site.seat(1))
            if isRevoked {
                _ = site.admin(.revokeAgent("copier-1"))
            } else {
                _ = try site.seat(1, stream: site.stream(55))
            }
            #expect(site.state(of: lent.job) == .inDoubt)
            try isSound(site)
        }
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

    @Test func aLateWordDoesNotSettleTheNextDoubt() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        #expect(site.admin(.recallJob(lent.job, agentIsLost: true)) == .done)
        #expect(site.admin(.settleJob(lent.job, pages: 0, by: "root")) == .done)
        let seat = try site.seat(1)
        let grant = try #require(try site.release(seat).first)
        _ = site.open(seat, grant.release)
        let before = site.ledgerCount()
        _ = record(
            site, seat, site.progress(grant.release, .unconfirmed, 1).message!, charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .inDoubt && site.ledgerCount() == before)
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

    // MARK: People

    @Test func aJobThatIsLentIsCanceledOnceItIsBack() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        #expect(site.admin(.cancelJob(lent.job)) == .done)
        #expect(site.state(of: lent.job) == .held)
        #expect(try ask(site, seat, [(lent.fence, .ready)]).lent == [])
        _ = try ask(site, seat)
        #expect(site.state(of: lent.job) == .canceled)
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
            #expect(site.admin(.settleJob(lent.job, pages: 0, by: "root")) == .done)
        case "lost, settled":
            #expect(site.admin(.recallJob(lent.job, agentIsLost: true)) == .done)
            try expectNothing(site, seat)
            #expect(site.admin(.settleJob(lent.job, pages: 0, by: "root")) == .done)
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

    private func expectNothing(_ site: Site, _ seat: AgentSeat) throws {
        let grant = try site.session(seat)
        #expect(grant.jobs == 0 && grant.terms?.inDoubt == 0)
        let query = JobListQuery(session: grant.session, after: nil)
        guard case .jobs(let page) = site.store.perform(.listJobs(seat, query, at: site.now)) else {
            throw Missing(what: "a list")
        }
        #expect(page.jobs.isEmpty)
        let order = ReleaseOrder(session: grant.session)
        #expect(site.store.perform(.release(seat, order, at: site.now)) == .refused(Refusal(.noJobs)))
        guard case .user(let user) = site.admin(.showUser("ada")) else { throw Missing(what: "a user") }
        #expect(user.heldJobs == 0)
    }

    @Test func anAdministratorWantsAJobBack() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        #expect(site.admin(.recallJob(lent.job, agentIsLost: false)) == .done)
        #expect(try ask(site, seat, [(lent.fence, .ready)]).lent == [])
        // Nor is it lent again.
        #expect(try ask(site, seat).offers.isEmpty)
        #expect(site.state(of: lent.job) == .held)
        guard case .refused(let refusal) = site.admin(.recallJob(lent.job, agentIsLost: true)) else {
            throw Missing(what: "a refusal")
        }
        #expect(refusal.code == .notFound)
    }

    @Test func theJobOfALostAgentIsInDoubt() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        guard case .jobs(let jobs) = site.admin(.listJobs(state: .held, owner: nil, limit: 9)) else { return }
        #expect(jobs.first?.lentTo == "copier-1")
        guard case .agents(let agents) = site.admin(.listAgents) else { return }
        #expect(agents.map(\.lentJobs) == [1, 0])
        #expect(site.admin(.recallJob(lent.job, agentIsLost: true)) == .done)
        #expect(site.state(of: lent.job) == .inDoubt)
        try isSound(site)
    }

    @Test func whoeverIsShutOutIsForgotten() throws {
        let site = try site()
        let seat = try site.seat(1)
        try serve(site, seat)
        #expect(try ask(site, seat).forget.isEmpty)
        _ = site.admin(.lockUser("ada", locked: true))
        let answer = try ask(site, seat)
        #expect(answer.forget.count == 1 && answer.forgotten == 1)
        #expect(try ask(site, seat, forgotten: 1).forget.isEmpty)
        _ = site.admin(.lockUser("ada", locked: false))
        _ = site.admin(.revokeBadge(1))
        setPIN(site)
        _ = site.admin(.deleteUser("ada"))
        #expect(try ask(site, seat, forgotten: 1).forgotten >= 4)
    }

    @Test func aSessionTellsWhoseBadgeItWas() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        _ = try site.accept()
        let session = try site.session(first).session
        guard case .learned(let learned) = site.store.perform(.learn(first, session, at: site.now)) else {
            throw Missing(what: "a user")
        }
        #expect(learned.label == "Ada L." && !learned.needsSecondFactor)
        #expect(site.store.perform(.learn(second, session, at: site.now)) == .refused(Refusal(.sessionExpired)))
    }

    @Test func theDocumentIsForItsHolder() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        guard case .document = site.store.perform(.openCustody(first, lent.fence, offset: 0, at: site.now)) else {
            throw Missing(what: "a document")
        }
        #expect(
            site.store.perform(.openCustody(second, lent.fence, offset: 0, at: site.now))
                == .refused(Refusal(.noSuchRelease)))
    }
}
