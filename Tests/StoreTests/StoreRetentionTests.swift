// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing

@testable import Store

/// What is forgotten when its time is over, and what never is.
struct StoreRetentionTests: CustodyScenes {
    private func count(_ site: Site, _ table: String) throws -> Int {
        try site.store.count("SELECT count(*) FROM \(table)")
    }

    private func purge(_ site: Site) { _ = site.store.perform(.purge(at: site.now)) }

    private func charged(_ site: Site) throws -> CustodyFacts {
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        _ = record(site, seat, charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .printed)
        return lent
    }

    @Test func aCustodyAndItsKeyAreForgottenTogether() throws {
        let site = try site()
        _ = try charged(site)
        site.pass(RetentionRule.custodyLife)
        purge(site)
        #expect(try count(site, "custodies") == 1 && count(site, "offline_charges") == 1)
        site.pass(.milliseconds(1))
        purge(site)
        #expect(try count(site, "custodies") == 0 && count(site, "offline_charges") == 0)
        try isSound(site)
    }

    /// The agent's journal was restored from a copy of long ago, and it comes under a new stream.
    @Test(arguments: [RetentionRule.custodyLife, RetentionRule.custodyLife + .seconds(1)])
    func noPurgeLetsAChargeCountTwice(age: Duration) throws {
        let site = try site()
        let lent = try charged(site)
        site.pass(age)
        let before = site.ledgerCount()
        for stream: UInt8 in 50...52 {
            purge(site)
            let seat = try site.seat(1, stream: site.stream(stream))
            let again = SequencedEvent(sequence: 1, message: charge(lent, .printed(pages: 2)))
            #expect(
                site.store.perform(.recordEvents(seat, stream: site.stream(stream), [again], at: site.now))
                    .withoutUncalled == .recorded(through: 1))
            #expect(site.ledgerCount() == before)
            site.pass(RetentionRule.custodyLife + .seconds(1))
        }
        try isSound(site)
    }

    /// However old: somebody may yet settle it, and the holder may yet come.
    @Test func whatIsNotOverIsKept() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        #expect(site.admin(.recallJob(lent.job, agentIsLost: true)) == .done)
        site.pass(RetentionRule.custodyLife + RetentionRule.custodyLife)
        purge(site)
        #expect(site.state(of: lent.job) == .inDoubt)
        let before = site.ledgerCount() ?? 0
        _ = record(site, try site.seat(1), charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before + 1)
        try isSound(site)
    }

    /// However often somebody is shut out; and an agent that was away for long hears of everybody.
    @Test func whoIsToBeForgottenIsListedOnce() throws {
        let site = try site()
        let seat = try site.seat(1)
        for isLocked in [true, false, true, false, true] { _ = site.admin(.lockUser("ada", locked: isLocked)) }
        _ = site.admin(.lockUser("ben", locked: true))
        let all = try ask(site, seat)
        #expect(Set(all.forget).count == 2 && all.forget.count == 2)
        #expect(try count(site, "forgotten_users") == 2)
        site.pass(RetentionRule.auditLife)
        purge(site)
        // Whoever was away and whoever was half through hear of both.
        for last: UInt64 in [0, 1] {
            let answer = try ask(site, seat, forgotten: last)
            #expect(Set(answer.forget) == Set(all.forget) && answer.forgotten == all.forgotten)
        }
        // Numbers are not used again.
        _ = site.admin(.lockUser("ben", locked: false))
        _ = site.admin(.lockUser("ben", locked: true))
        #expect(try ask(site, seat, forgotten: all.forgotten).forget.count == 1)
    }

    @Test func sessionsThatNothingCameOutOfAreForgotten() throws {
        let site = try site()
        let seat = try site.seat(1, capabilities: [.dialogue])
        _ = try site.printOne(seat, .printed(pages: 1))
        for _ in 0..<3 { _ = try site.session(seat) }
        let open = try site.session(seat).session
        #expect(try count(site, "sessions") == 5)
        site.pass(RetentionRule.historyLife + .seconds(1))
        purge(site)
        #expect(try count(site, "sessions") == 2)
        #expect(try count(site, "sessions WHERE ended_at IS NULL AND id = \(open.value)") == 1)
        #expect(try count(site, "reads") == 0)
        try isSound(site)
    }

    @Test func sessionsAreLookedAtOnce() throws {
        let site = try site()
        let seat = try site.seat(1, capabilities: [.dialogue])
        for _ in 0..<(StoreCore.purgeLimit + 10) { _ = try site.session(seat) }
        _ = site.store.perform(.agentLeft(seat, at: site.now))
        site.pass(RetentionRule.historyLife + .seconds(1))
        purge(site)
        #expect(try count(site, "sessions") == 10)
        purge(site)
        #expect(try count(site, "sessions") == 0)
    }

    @Test func jobsThatNeverCameOutAreForgotten() throws {
        let site = try site()
        let seat = try site.seat(1)
        let printed = try site.printOne(seat, .printed(pages: 1)).job
        let held = try site.accept()
        let canceled = try site.accept()
        #expect(site.admin(.cancelJob(canceled)) == .done)
        // One that was tried once.
        _ = site.admin(.cancelJob(held))
        let failed = try site.accept()
        let release = try #require(try site.release(seat).first).release
        _ = site.open(seat, release)
        _ = site.record(seat, 1, [site.progress(release, .neverStarted(.printerRefused), 2)])
        #expect(site.admin(.cancelJob(failed)) == .done)
        site.pass(RetentionRule.historyLife + .seconds(1))
        let waiting = try site.accept()
        purge(site)
        #expect(try count(site, "jobs") == 2)
        #expect(site.state(of: printed) == .printed && site.state(of: waiting) == .held)
        #expect(site.ledgerCount() == 1)
        try isSound(site)
    }

    /// It was looked at before the job was old enough.
    @Test func theSessionOfAReleaseThatFailedGoesWithIt() throws {
        let site = try site()
        let seat = try site.seat(1)
        let job = try site.accept()
        let release = try #require(try site.release(seat).first).release
        _ = site.open(seat, release)
        _ = site.store.perform(.agentLeft(try site.seat(1, unsettled: [release]), at: site.now))
        site.pass(.seconds(600))
        _ = site.record(
            try site.seat(1, unsettled: [release]), 1,
            [
                site.progress(release, .neverStarted(.printerRefused), 1)
            ])
        #expect(site.admin(.cancelJob(job)) == .done)
        site.pass(RetentionRule.historyLife - .seconds(1))
        purge(site)
        #expect(try count(site, "jobs") == 1 && count(site, "sessions WHERE kept = 1") == 1)
        site.pass(.seconds(600))
        purge(site)
        #expect(try count(site, "jobs") == 0 && count(site, "releases") == 0 && count(site, "sessions") == 0)
        try isSound(site)
    }

    /// The clock was wrong once.
    @Test func aSessionOfTheFutureStopsNothing() throws {
        let site = try site()
        let seat = try site.seat(1, capabilities: [.dialogue])
        let later = try site.session(seat).session
        _ = try site.session(seat)
        _ = try site.session(seat)
        _ = site.store.perform(.agentLeft(seat, at: site.now))
        try site.store.database.run(
            "UPDATE sessions SET opened_at = opened_at + ?2, used_at = used_at + ?2 WHERE id = ?1", .id(later),
            .integer(Int64(100_000_000_000)))
        site.pass(RetentionRule.historyLife + .seconds(1))
        purge(site)
        #expect(try count(site, "sessions") == 1 && count(site, "sessions WHERE id = \(later.value)") == 1)
        site.pass(.seconds(100_000_000))
        purge(site)
        #expect(try count(site, "sessions") == 0)
    }

    /// However it ends.
    @Test(arguments: ["given up", "released elsewhere", "canceled", "its agent lost"])
    func anOfferThatCameToNothingLeavesNothing(end: String) throws {
        let site = try site()
        let seat = try site.seat(1)
        try serve(site, seat)
        let job = try counted(site)
        let offer = try #require(try ask(site, seat).offers.first)
        #expect(try count(site, "custodies") == 1)
        switch end {
        case "given up":
            _ = site.admin(.lockUser("ada", locked: true))
            _ = try ask(site, seat)
        case "released elsewhere": _ = try site.release(try site.seat(2))
        case "canceled": _ = site.admin(.cancelJob(job))
        default: _ = site.admin(.revokeAgent("copier-1"))
        }
        #expect(try count(site, "custodies") == 0)
        try isSound(site)
        guard end == "given up" else { return }
        _ = site.admin(.lockUser("ada", locked: false))
        let next = try #require(try ask(site, seat).offers.first)
        #expect(next.job == job && next.fence.value > offer.fence.value)
        // The old fence is nobody's.
        let before = site.ledgerCount()
        _ = record(site, seat, charge(offer, .printed(pages: 2)))
        #expect(site.ledgerCount() == before && site.state(of: job) == .held)
        try isSound(site)
    }

    /// Each minute, so it must cost nothing where there is nothing to do.
    @Test func thePurgeReadsAndSortsNothingInVain() throws {
        let site = try site()
        var seen: Set<String> = []
        site.store.faultHook = { sql in
            seen.insert(sql)
            return nil
        }
        purge(site)
        site.store.faultHook = nil
        let plans = try seen.filter { $0.contains("SELECT") || $0.contains("DELETE") }.map { sql in
            (sql: sql, plan: try site.store.database.plan(of: sql).joined(separator: "; "))
        }
        for index in [
            "jobs_over", "attempts_by_age", "sessions_over", "custodies_over", "offline_charges_by_age", "jobs_by_age",
            "custodies_by_lease", "audit_by_age", "reads_by_age",
        ] {
            #expect(plans.contains { $0.plan.contains("\(index) (") }, "\(index) is not searched")
        }
        for (sql, plan) in plans { #expect(!plan.contains("TEMP B-TREE"), "\(sql): \(plan)") }
    }

    /// A client that sends again is answered with the job of before, for as long as it may.
    @Test func noPurgeOpensTheWindowOfASubmission() throws {
        #expect(DuplicateRule.window < RetentionRule.historyLife)
        #expect(CustodyRule.servedLife < RetentionRule.historyLife)
        #expect(RetentionRule.historyLife < RetentionRule.custodyLife)
    }

    @Test func theAuditIsKeptForTwoYears() throws {
        let site = try site()
        site.pass(RetentionRule.auditLife)
        _ = site.admin(.lockUser("ada", locked: true))
        purge(site)
        #expect(try count(site, "audit WHERE action = 'add-user'") == 2)
        site.pass(.milliseconds(1))
        purge(site)
        #expect(try count(site, "audit") == 1)
    }
}
