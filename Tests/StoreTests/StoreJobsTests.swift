// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing

struct StoreJobsTests {
    @Test func aJobIsHeldForAnyOwnerEvenOneWhoIsNotRegistered() throws {
        let site = try Site()
        let job = try site.accept("nobody yet")
        #expect(site.state(of: job) == .held)
    }

    @Test func aJobWithoutOwnerOrDocumentIsRefused() throws {
        let site = try Site()
        #expect(site.store.perform(.acceptJob(site.incoming(""))) == .jobRefused(.ownerMissing))
        #expect(site.store.perform(.acceptJob(site.incoming(size: 0))) == .jobRefused(.empty))
    }

    @Test func aRepeatedSubmissionIsTheSameJobForTenMinutes() throws {
        let site = try Site()
        guard case .jobAccepted(let job, isNew: true) = site.store.perform(.acceptJob(site.incoming(number: "7")))
        else {
            throw Missing(what: "a job")
        }
        site.pass(.seconds(600))
        #expect(site.store.perform(.acceptJob(site.incoming(number: "7"))) == .jobAccepted(job, isNew: false))
        #expect(site.store.perform(.acceptJob(site.incoming(number: "8"))) != .jobAccepted(job, isNew: false))
        #expect(site.store.perform(.acceptJob(site.incoming(number: "7", size: 11))) != .jobAccepted(job, isNew: false))
        site.pass(.milliseconds(1))
        #expect(site.store.perform(.acceptJob(site.incoming(number: "7"))) != .jobAccepted(job, isNew: false))
    }

    /// Clients number modulo 1000: on a host of many people the same number soon comes again with the same document.
    @Test func anotherPersonsJobWithTheSameNumberIsAnotherJob() throws {
        let site = try Site()
        var titled = site.incoming(number: "7")
        titled.title = "another"
        var copied = site.incoming(number: "7")
        copied.copies = 2
        let jobs = [site.incoming("ada", number: "7"), site.incoming("bob", number: "7"), titled, copied]
        let replies = site.store.perform(jobs.map { .acceptJob($0) })
        #expect(replies == (1...4).map { .jobAccepted(JobID($0), isNew: true) })
    }

    @Test func jobsWithoutANumberAreNeverTheSame() throws {
        let site = try Site()
        let replies = site.store.perform([.acceptJob(site.incoming(number: "")), .acceptJob(site.incoming(number: ""))])
        #expect(replies == [.jobAccepted(JobID(1), isNew: true), .jobAccepted(JobID(2), isNew: true)])
    }

    @Test func titlesAreFitToBeShown() throws {
        let site = try Site()
        var job = site.incoming()
        job.title = "\u{1B}[2J" + String(repeating: "ü", count: 300)
        _ = site.store.perform(.acceptJob(job))
        guard case .jobs(let jobs) = site.admin(.listJobs(state: nil, owner: nil, limit: 1)) else {
            throw Missing(what: "jobs")
        }
        #expect(jobs[0].title.utf8.count <= 255 && jobs[0].title.hasPrefix("\u{FFFD}[2J"))
    }

    @Test func unanalysedJobsComeOldestFirstUntilTheyAreRecorded() throws {
        let site = try Site()
        let (first, second) = (try site.accept(), try site.accept())
        guard case .unanalysed(let jobs) = site.store.perform(.findUnanalysed(limit: 10)) else {
            throw Missing(what: "jobs")
        }
        #expect(jobs.map(\.job) == [first, second])
        #expect(jobs[0].document == site.incoming().document)
        let count = PageCount(pages: 3, colorPages: 1, copies: 2)
        #expect(site.store.perform(.recordAnalysis(job: first, kind: "pdf", count: count)) == .done)
        #expect(site.store.perform(.recordAnalysis(job: second, kind: "", count: nil)) == .done)
        #expect(site.store.perform(.findUnanalysed(limit: 10)) == .unanalysed([]))
        guard case .jobs(let facts) = site.admin(.listJobs(state: .held, owner: nil, limit: 10)) else {
            throw Missing(what: "jobs")
        }
        #expect(facts.map(\.count) == [nil, count])
    }

    @Test func unclaimedJobsArePurgedWithTheirKeys() throws {
        let site = try Site()
        var large = site.incoming()
        large.document.place = .spool(name: "0123456789abcdef0123456789abcdef")
        _ = site.store.perform(.acceptJob(large))
        let small = try site.accept()
        #expect(try site.store.spoolNames() == ["0123456789abcdef0123456789abcdef"])
        site.pass(.seconds(12 * 3600))
        #expect(site.store.perform(.purge(at: site.now)) == .purged([]))
        site.pass(.milliseconds(1))
        guard case .purged(let gone) = site.store.perform(.purge(at: site.now)) else { throw Missing(what: "a purge") }
        #expect(gone.map(\.place) == [large.document.place] && gone[0].wrappedKey.isEmpty)
        #expect(site.state(of: small) == .purged)
        #expect(try site.store.spoolNames().isEmpty)
        #expect(site.store.perform(.purge(at: site.now)) == .purged([]))
        #expect(site.store.perform(.findUnanalysed(limit: 10)) == .unanalysed([]))
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func aReleaseOfWhichNobodyTellsTheEndIsInDoubt() throws {
        let site = try Site.furnished()
        let job = try site.accept()
        let seat = try site.seat(1)
        let release = try #require(try site.release(seat).first?.release)
        _ = site.open(seat, release)
        site.pass(OutcomeRule.silence)
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: job) == .sending)
        site.pass(.milliseconds(1))
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: job) == .inDoubt && site.ledgerCount() == 0)
        _ = site.record(seat, 1, [site.progress(release, .printed(pages: 3), 1)])
        #expect(site.state(of: job) == .printed && site.ledgerCount() == 1)
    }

    /// A printer that takes one page in a minute is slow, not silent.
    @Test func aDocumentThatIsStillBeingSentIsNotSilent() throws {
        let site = try Site.furnished()
        let job = try site.accept()
        let (seat, other) = (try site.seat(1), try site.seat(2))
        let release = try #require(try site.release(seat).first?.release)
        _ = site.open(seat, release)
        site.pass(OutcomeRule.silence)
        #expect(site.store.perform(.noteSending(seat, [release, ReleaseID(99)], at: site.now)) == .done)
        site.pass(.milliseconds(1))
        // Nobody else speaks for it.
        #expect(site.store.perform(.noteSending(other, [release], at: site.now)) == .done)
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: job) == .sending)
        site.pass(OutcomeRule.silence)
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: job) == .inDoubt)
        _ = site.store.perform(.noteSending(seat, [release], at: site.now))
        #expect(site.state(of: job) == .inDoubt)
    }

    @Test func aReservationOfAnAgentThatNeverComesBackEnds() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let job = try site.accept()
        let release = try #require(try site.release(seat).first?.release)
        site.pass(OutcomeRule.silence)
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: job) == .reserved)
        site.pass(.seconds(1))
        _ = site.store.perform(.purge(at: site.now))
        #expect(site.state(of: job) == .held, "and not purged, however long it was reserved")
        #expect(site.open(seat, release) == .refused(Refusal(.alreadyReleased)), "too late to print it")
    }
}
