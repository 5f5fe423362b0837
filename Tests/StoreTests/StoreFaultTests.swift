// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing
import TestKit

struct StoreFaultTests {
    /// SQLite's result codes.
    private static let full: Int32 = 13
    private static let inputOutput: Int32 = 10
    private static let constraint: Int32 = 19

    private static var reader: ReaderStatus {
        var reader = ReaderStatus(name: "r1", kind: "wedge", state: .lost)
        reader.drops = [ReaderStatus.Drop(reason: "noise", count: 1)]
        return reader
    }

    /// A little of everything, as groups.
    private func script(_ site: Site, _ seat: AgentSeat) -> [[StoreRequest]] {
        let now = site.now
        let release = ReleaseID(1)
        let printed = site.progress(release, .printed(pages: 2), 1)
        return [
            [.acceptJob(site.incoming()), .acceptJob(site.incoming())],
            [.recordAnalysis(job: JobID(1), kind: "pdf", count: PageCount(pages: 2, colorPages: 1))],
            [.present(seat, site.presented(), at: now)],
            [
                .release(seat, session: SessionID(1), at: now),
                .openDocument(seat, release: release, offset: 0, at: now),
            ],
            [
                .recordEvents(seat, stream: site.stream(1), [printed], at: now),
                .endSession(seat, SessionID(1), .done, at: now),
            ],
            [.noteReaders(seat, [Self.reader], at: now)],
            [.agentLeft(seat, at: now), .purge(at: now.advanced(by: .seconds(100_000)))],
        ]
    }

    @Test(arguments: [full, inputOutput, constraint])
    func anyStatementMayFail(code: Int32) throws {
        var failures = 0
        for n in 1... {
            let folder = try TemporaryDirectory()
            let site = try Site.furnished(path: folder.file("s.db"))
            let seat = try site.seat(1)
            var left = n
            site.store.faultHook = { _ in
                left -= 1
                return left == 0 ? code : nil
            }
            let groups = script(site, seat)
            let replies = groups.map(site.store.perform)
            site.store.faultHook = nil
            let hasFailed = left <= 0
            for (group, replies) in zip(groups, replies) { try #require(group.count == replies.count) }
            let failed = replies.joined().filter { if case .failed = $0 { true } else { false } }
            #expect(!hasFailed || !failed.isEmpty, "statement \(n) failed and nobody heard of it")
            if code == Self.inputOutput { #expect((site.store.fatalFault != nil) == hasFailed) }
            try check(folder, site, answered: replies)
            if !hasFailed { break }
            failures += 1
        }
        #expect(failures > 60)
    }

    /// The file opens again, everything in it fits together, and what was answered is in it.
    private func check(_ folder: TemporaryDirectory, _ old: Site, answered: [[StoreReply]]) throws {
        let site = try Site(path: folder.file("s.db"))
        #expect(try site.store.brokenInvariants() == [])
        for case .jobAccepted(let job, _) in answered.joined() { #expect(site.state(of: job) != nil) }
        let recorded = answered.joined().contains(.recorded(through: 1))
        if recorded { #expect(site.hello(1, next: 1) == .refused(Refusal(.unknownStream))) }
    }

    @Test func aRequestThatFailsLeavesItsGroupAlone() throws {
        let site = try Site.furnished()
        site.store.faultHook = { $0.contains("INSERT INTO documents") ? Self.constraint : nil }
        let replies = site.store.perform([.acceptJob(site.incoming()), .findUnanalysed(limit: 5)])
        guard case .failed(.broken) = replies[0] else { throw Missing(what: "a failure") }
        #expect(replies[1] == .unanalysed([]))
        #expect(site.store.fatalFault == nil)
    }

    @Test func aFullDiskIsSaid() throws {
        let site = try Site.furnished()
        site.store.faultHook = { $0 == "COMMIT" ? Self.full : nil }
        let requests = [StoreRequest.acceptJob(site.incoming()), .acceptJob(site.incoming())]
        #expect(site.store.perform(requests) == [.failed(.full), .failed(.full)])
        #expect(site.admin(.lockUser("ada", locked: true)) == .failed(.full))
        site.store.faultHook = nil
        #expect(site.store.fatalFault == nil)
        #expect(site.admin(.listJobs(state: nil, owner: nil, limit: 9)) == .jobs([]))
        #expect(site.store.perform(requests)[0] == .jobAccepted(JobID(1), isNew: true))
    }

    @Test func afterAFailedSyncNothingIsAnsweredAnyMore() throws {
        let site = try Site.furnished()
        site.store.faultHook = { $0 == "COMMIT" ? Self.inputOutput : nil }
        _ = site.store.perform(.acceptJob(site.incoming()))
        site.store.faultHook = nil
        #expect(site.store.fatalFault?.kind == .inputOutput)
        guard case .failed(.broken) = site.store.perform(.acceptJob(site.incoming())) else {
            throw Missing(what: "a failure")
        }
    }

    @Test func aTransactionThatCannotBeEndedIsFatal() throws {
        let site = try Site.furnished()
        site.store.faultHook = { $0 == "COMMIT" || $0 == "ROLLBACK" ? Self.constraint : nil }
        _ = site.store.perform(.acceptJob(site.incoming()))
        #expect(site.store.fatalFault != nil)
    }

    /// A real limit instead of an injected fault: the database may not grow any more.
    @Test func aDatabaseThatCannotGrowStaysUsable() throws {
        let folder = try TemporaryDirectory()
        let site = try Site.furnished(path: folder.file("s.db"))
        try site.limitPages()
        var replies: [StoreReply] = []
        for _ in 0..<50 {
            var job = site.incoming()
            job.document.place = .row(sealed: Array(repeating: 1, count: 30_000))
            replies.append(site.store.perform(.acceptJob(job)))
        }
        #expect(replies.last == .failed(.full) && site.store.fatalFault == nil)
        #expect(try site.store.brokenInvariants() == [])
        guard case .jobAccepted(let job, _) = replies[0] else { throw Missing(what: "a job") }
        #expect(site.admin(.cancelJob(job)) == .done)
    }
}
