// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing

/// What the tests of lent jobs begin with.
protocol CustodyScenes {}

extension CustodyScenes {
    static var policy: OfflinePolicy {
        OfflinePolicy(
            mode: .chargeLater, pages: 50, lease: .seconds(3600), interval: .seconds(15))
    }

    func settings(_ mode: OfflineMode = .chargeLater) -> StoreSettings {
        var settings = Site.settings
        settings.offline = Self.policy
        settings.offline.mode = mode
        return settings
    }

    func site(_ mode: OfflineMode = .chargeLater) throws -> Site {
        try Site.furnished(settings: settings(mode))
    }

    /// Ada is served here, so that her next jobs are lent here.
    func serve(_ site: Site, _ seat: AgentSeat) throws {
        _ = try site.accept()
        let grant = try site.session(seat)
        guard case .releases(let grants, _) = site.store.perform(.release(seat, session: grant.session, at: site.now))
        else { throw Missing(what: "releases") }
        for one in grants { _ = site.store.perform(.openDocument(seat, release: one.release, offset: 0, at: site.now)) }
        // Told as a stream of its own, so that the tests' own events begin at 1.
        for one in grants {
            _ = site.store.perform(
                .recordEvents(
                    seat, stream: site.stream(99), [site.progress(one.release, .printed(pages: 1), 1)], at: site.now))
        }
    }

    func counted(_ site: Site, pages: Int? = 2) throws -> JobID {
        let job = try site.accept()
        let count = PageCount(pages: pages, colorPages: 0)
        _ = site.store.perform(.recordAnalysis(job: job, kind: "pdf", count: count))
        return job
    }

    func ask(
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
    func lend(_ site: Site, _ seat: AgentSeat) throws -> CustodyFacts {
        try serve(site, seat)
        _ = try counted(site)
        let offer = try #require(try ask(site, seat).offers.first)
        #expect(try ask(site, seat, [(offer.fence, .ready)]).lent == [offer.fence])
        return offer
    }

    func charge(
        _ facts: CustodyFacts, _ outcome: Outcome, key: UInt8 = 1, at: WallTime = WallTime(milliseconds: 0)
    ) -> ReleaseMessage {
        .account(
            OfflineCharge(
                key: [UInt8](repeating: key, count: 16), fence: facts.fence, job: facts.job, user: facts.user,
                outcome: outcome, evidence: .pjlJobEnd, at: at))
    }

    func record(_ site: Site, _ seat: AgentSeat, _ messages: ReleaseMessage...) -> StoreReply {
        let events = messages.enumerated().map { SequencedEvent(sequence: UInt64($0.offset) + 1, message: $0.element) }
        return site.store.perform(.recordEvents(seat, stream: site.stream(1), events, at: site.now)).withoutUncalled
    }

    func isSound(_ site: Site) throws { #expect(try site.store.brokenInvariants() == []) }

    func setPIN(_ site: Site) {
        _ = site.admin(.setPIN(user: "ada", PINHash(logN: 1, salt: [1], hash: SecretBytes([1]))))
    }

    func lapse(_ site: Site) {
        site.pass(.seconds(3600) + CustodyRule.margin + .seconds(1))
        _ = site.store.perform(.purge(at: site.now))
    }

    func expectNothing(_ site: Site, _ seat: AgentSeat) throws {
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
}
