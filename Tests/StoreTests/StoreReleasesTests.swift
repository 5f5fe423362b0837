// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

struct StoreReleasesTests {
    @Test func aJobGoesItsWholeWay() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let job = try site.accept()
        _ = site.store.perform(.recordAnalysis(job: job, kind: "pdf", count: PageCount(pages: 3, colorPages: 1)))
        let grants = try site.release(seat)
        let grant = ReleaseGrant(
            release: ReleaseID(1), job: job, title: "job 1", user: "Ada L.", format: "pdf", size: 10, pages: 3)
        #expect(grants == [grant] && site.state(of: job) == .reserved)
        #expect(site.open(seat, grant.release) == .document(site.incoming().document))
        #expect(site.state(of: job) == .sending)
        let event = site.progress(grant.release, .printed(pages: 3), 1)
        #expect(site.record(seat, 1, [event]) == .recorded(through: 1))
        #expect(site.state(of: job) == .printed)
        let row = ReportRow(
            user: "ada", department: "Physics", title: "job 1", printer: "printer-1", at: site.now, releases: 1,
            monoPages: 2, colorPages: 1, unknownPages: 0, amount: Money(minor: 35))
        let report = site.admin(.report(.history, from: site.now, until: site.now.advanced(by: .seconds(1))))
        #expect(report == .report([row], currency: "EUR", scale: 2))
        #expect(try site.store.brokenInvariants() == [])
    }

    /// Between the grant and the first byte somebody else may decide.
    @Test(
        arguments: [
            (.lockUser("ada", locked: true), .held), (.deleteUser("ada"), .canceled),
            (.removePrinter("printer-1"), .held),
        ] as [(AdminRequest, JobState)])
    func whatIsNotToComeOutAnyMoreIsNotBegun(then: AdminRequest, state: JobState) throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let job = try site.accept()
        let grant = try #require(try site.release(seat).first)
        #expect(site.admin(then) == .done)
        #expect(site.open(seat, grant.release) == .refused(Refusal(.alreadyReleased)))
        #expect(site.state(of: job) == state)
        // From then on it is over.
        #expect(site.open(seat, grant.release) == .refused(Refusal(.alreadyReleased)))
        let late = site.progress(grant.release, .neverStarted(.documentUnavailable), 1)
        #expect(site.record(seat, 1, [late]) == .recorded(through: 1))
        #expect(site.state(of: job) == state)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func whatHasBegunGoesOn() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        let grant = try #require(try site.release(seat).first)
        _ = site.open(seat, grant.release)
        _ = site.admin(.lockUser("ada", locked: true))
        #expect(site.open(seat, grant.release, offset: 3) == .document(site.incoming().document))
    }

    @Test func allHeldJobsComeOldestFirstUpToTheLimit() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let jobs = try (0..<257).map { _ in try site.accept() }
        try site.accept("ben")
        #expect(try site.release(seat).map(\.job) == Array(jobs.prefix(256)))
        #expect(try site.release(seat).map(\.job) == Array(jobs.suffix(1)))
        #expect(try site.present(seat) == .refused(Refusal(.noJobs)))
    }

    @Test func twoAgentsAtOnceGetEachJobOnce() throws {
        let site = try Site.furnished()
        let seats = [try site.seat(1), try site.seat(2)]
        try site.accept()
        let sessions = try seats.map { try site.session($0).session }
        let replies = site.store.perform(zip(seats, sessions).map { .release($0, session: $1, at: site.now) })
        guard case .releases(let grants, _) = replies[0] else { throw Missing(what: "releases") }
        #expect(grants.count == 1 && replies[1] == .refused(Refusal(.noJobs)))
        #expect(site.open(seats[1], grants[0].release) == .refused(Refusal(.noSuchRelease)))
    }

    @Test func onlyItsAgentCanUseASession() throws {
        let site = try Site.furnished()
        let (seat, other) = (try site.seat(1), try site.seat(2))
        try site.accept()
        let session = try site.session(seat).session
        let expired = StoreReply.refused(Refusal(.sessionExpired))
        #expect(site.store.perform(.release(other, session: session, at: site.now)) == expired)
        #expect(site.store.perform(.release(seat, session: SessionID(99), at: site.now)) == expired)
        site.pass(.milliseconds(180_001))
        #expect(site.store.perform(.release(seat, session: session, at: site.now)) == expired)
    }

    @Test func aLockedOrDeletedUserReleasesNothing() throws {
        for request in [AdminRequest.lockUser("ada", locked: true), .deleteUser("ada")] {
            let site = try Site.furnished()
            let seat = try site.seat(1)
            try site.accept()
            let session = try site.session(seat).session
            _ = site.admin(request)
            #expect(
                site.store.perform(.release(seat, session: session, at: site.now))
                    == .refused(Refusal(.sessionExpired)))
        }
    }

    @Test func aSessionReleasesOnlyToThePrinterItWasOpenedFor() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        let session = try site.session(seat).session
        _ = site.admin(.removePrinter("printer-1"))
        _ = site.admin(.addPrinter(name: "other", agent: "copier-1", uri: "socket://q"))
        #expect(site.store.perform(.release(seat, session: session, at: site.now)) == .refused(Refusal(.noPrinter)))
    }

    @Test func aDocumentIsOpenedAgainOnlyWhileItIsSending() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        let release = try #require(try site.release(seat).first).release
        #expect(site.open(seat, release, offset: 11) == .refused(Refusal(.documentUnavailable)))
        #expect(site.open(seat, release, offset: 10) == .document(site.incoming().document))
        #expect(site.open(seat, release, offset: 0) == .document(site.incoming().document))
        #expect(site.open(seat, ReleaseID(77)) == .refused(Refusal(.noSuchRelease)))
        _ = site.record(seat, 1, [site.progress(release, .unconfirmed, 1)])
        #expect(site.open(seat, release) == .refused(Refusal(.inDoubt)))
        _ = site.record(seat, 1, [site.progress(release, .printed(pages: 1), 2)])
        #expect(site.open(seat, release) == .refused(Refusal(.alreadyReleased)))
    }

    @Test func aJobThatNeverStartedIsReleasedAgainAsAnotherAttempt() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let (job, first) = try site.printOne(seat, .neverStarted(.printerUnreachable))
        #expect(site.state(of: job) == .held && site.ledgerCount() == 0)
        let second = try #require(try site.release(seat).first)
        #expect(second.job == job && second.release != first)
        _ = site.open(seat, second.release)
        _ = site.record(seat, 1, [site.progress(second.release, .printed(pages: 2), 2)])
        _ = site.record(seat, 1, [site.progress(first, .printed(pages: 2), 3)])
        #expect(site.state(of: job) == .printed && site.ledgerCount() == 1)
        #expect(try site.store.brokenInvariants() == [])
    }
}
