// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing

/// Jobs that are lent, charged late, wanted back, and left in doubt.
struct StoreCustodyTests: CustodyScenes {
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
        #expect(site.admin(.settleJob(job, pages: 0, by: "root", evenIfMore: true)) == .done)
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
        guard case .releases(let grants, _) = site.store.perform(.release(second, session: session, at: site.now))
        else {
            throw Missing(what: "releases")
        }
        #expect(grants.map(\.job) == [lent.job])
        try isSound(site)
    }

    @Test func whatIsElsewhereIsCountedForWhoeverUnderstandsIt() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.able(2))
        _ = try lend(site, first)
        let session = try site.session(second).session
        func release() -> StoreReply { site.store.perform(.release(second, session: session, at: site.now)) }
        #expect(release() == .releases([], elsewhere: 1))
        let free = try counted(site)
        guard case .releases(let grants, elsewhere: 1) = release() else { throw Missing(what: "releases") }
        #expect(grants.map(\.job) == [free])
        #expect(release() == .releases([], elsewhere: 1))
        try isSound(site)
    }

    @Test func whoHoldsADeletedDocumentIsNamed() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.able(2))
        let lent = try lend(site, first)
        let free = try counted(site)
        let session = try site.session(second).session
        func delete(_ job: JobID) -> StoreReply {
            site.store.perform(.deleteJobs(second, JobSelection(session: session, jobs: [job]), at: site.now))
        }
        #expect(delete(free) == .deleted(1, holders: []))
        #expect(delete(lent.job) == .deleted(1, holders: [first.agent]))
        #expect(delete(lent.job) == .deleted(0, holders: []))
        try isSound(site)
    }

    /// The same read may be another badge at the other reader.
    @Test func nobodyIsLearnedWhereReadersDiffer() throws {
        let table = ConverterTable(readers: ["back": try Converter("hex2dec")])
        var settings = settings()
        settings.readersAreAlike = { table.areAlike($0) }
        let site = try Site.furnished(settings: settings)
        let seat = try site.seat(1, capabilities: [.offline, .readers])
        _ = try site.accept()
        let session = try site.session(seat).session
        func learn() -> StoreReply { site.store.perform(.learn(seat, session, at: site.now)) }
        func note(_ names: String...) {
            let readers = names.map { ReaderStatus(name: $0, kind: "text", state: .attached) }
            _ = site.store.perform(.noteReaders(seat, readers, at: site.now))
        }
        guard case .learned = learn() else { throw Missing(what: "what was learned") }
        note("back")
        guard case .learned = learn() else { throw Missing(what: "what was learned") }
        note("front", "back")
        #expect(learn() == .refused(Refusal(.notPermitted)))
        note("front", "side")
        guard case .learned = learn() else { throw Missing(what: "what was learned") }
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

    @Test func nobodyChargesForAnothersCustody() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        let event = SequencedEvent(sequence: 1, message: charge(lent, .printed(pages: 2)))
        let before = site.ledgerCount()
        #expect(
            site.store.perform(.recordEvents(second, stream: site.stream(2), [event], at: site.now))
                == .recorded(through: 1, uncalled: 1))
        #expect(site.state(of: lent.job) == .held && site.ledgerCount() == before)
    }

    // MARK: Silence

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

    @Test func aPersonsWordIsNotChargedAgain() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        #expect(site.admin(.settleJob(lent.job, pages: 2, by: "root", evenIfMore: true)) == .done)
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
        #expect(refusal.code == .conflict)
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
