// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing

/// Releases of lent jobs that are told when somebody else has decided, or when the month is over.
struct StoreLateChargesTests: CustodyScenes {
    /// How the doubt was settled before the holder's word came.
    struct Course: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var saidByPerson: Int?
        var then = After.nothing
        let outcome: Outcome
        /// The line that is added: pages, amount, whether it is a release.
        var line: (pages: Int, amount: Int64, releases: Int)?
        let state: JobState

        enum After { case nothing, released, reserved, canceled, purged, deleted }
    }

    private static let courses = [
        Course(testDescription: "as the person said", saidByPerson: 2, outcome: .printed(pages: 2), state: .printed),
        Course(
            testDescription: "fewer than the person said", saidByPerson: 5, outcome: .printed(pages: 2),
            line: (-3, -15, 0), state: .printed),
        Course(
            testDescription: "more than the person said", saidByPerson: 1, outcome: .printed(pages: 3),
            line: (2, 10, 0), state: .printed),
        Course(
            testDescription: "nothing came out after all", saidByPerson: 2, outcome: .neverStarted(.printerRefused),
            line: (-2, -10, 0), state: .printed),
        Course(testDescription: "the agent knows no more", saidByPerson: 2, outcome: .unconfirmed, state: .printed),
        Course(
            testDescription: "it came out although it was held again", saidByPerson: 0, outcome: .printed(pages: 2),
            line: (2, 10, 1), state: .printed),
        Course(
            testDescription: "it was held again rightly", saidByPerson: 0, outcome: .neverStarted(.printerRefused),
            state: .held),
        Course(
            testDescription: "it may have come out after all", saidByPerson: 0, outcome: .unconfirmed, state: .inDoubt),
        Course(
            testDescription: "released elsewhere", saidByPerson: 0, then: .released, outcome: .printed(pages: 2),
            line: (2, 10, 1), state: .printed),
        Course(
            testDescription: "released elsewhere, and nobody counted", saidByPerson: 0, then: .released,
            outcome: .unconfirmed, state: .printed),
        Course(
            testDescription: "being released elsewhere", saidByPerson: 0, then: .reserved,
            outcome: .printed(pages: 2), line: (2, 10, 1), state: .reserved),
        Course(
            testDescription: "canceled", saidByPerson: 0, then: .canceled, outcome: .printed(pages: 2),
            line: (2, 10, 1), state: .canceled),
        Course(
            testDescription: "purged", saidByPerson: 0, then: .purged, outcome: .printed(pages: 2),
            line: (2, 10, 1), state: .purged),
        Course(
            testDescription: "its user deleted", saidByPerson: 0, then: .deleted, outcome: .printed(pages: 2),
            line: (2, 10, 1), state: .canceled),
        Course(
            testDescription: "more pages than there can be", saidByPerson: 0, then: .canceled,
            outcome: .printed(pages: OutcomeRule.pageLimit + 1), state: .canceled),
    ]

    private func history(_ site: Site) throws -> [ReportRow] {
        let report = AdminRequest.report(
            .history, from: WallTime(milliseconds: .min), until: WallTime(milliseconds: .max))
        guard case .report(let rows, _, _) = site.admin(report) else { throw Missing(what: "a report") }
        return rows
    }

    private func go(_ course: Course, _ site: Site, _ job: JobID) throws {
        if let pages = course.saidByPerson {
            #expect(site.admin(.settleJob(job, pages: pages, by: "root", evenIfMore: true)) == .done)
        }
        switch course.then {
        case .nothing: break
        case .reserved, .released:
            let seat = try site.seat(2)
            let grant = try #require(try site.release(seat).first)
            guard course.then == .released else { return }
            _ = site.open(seat, grant.release)
            _ = site.record(seat, 2, [site.progress(grant.release, .printed(pages: 2), 1)])
        case .canceled: #expect(site.admin(.cancelJob(job)) == .done)
        case .purged:
            site.pass(PurgeRule.standardLife + .seconds(1))
            _ = site.store.perform(.purge(at: site.now))
        case .deleted: _ = site.admin(.deleteUser("ada"))
        }
    }

    @Test(arguments: courses, [true, false])
    func theLedgerSaysWhatCameOutOnce(course: Course, hasLapsed: Bool) throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        let printedAt = site.now.advanced(by: .seconds(60))
        if hasLapsed { lapse(site) } else { _ = site.admin(.recallJob(lent.job, agentIsLost: true)) }
        try go(course, site, lent.job)
        try isSound(site)
        site.pass(.seconds(60))
        let before = try history(site)
        for stream: UInt8 in [1, 2] {
            let seat = try site.seat(1, stream: site.stream(stream))
            let event = SequencedEvent(sequence: 1, message: charge(lent, course.outcome, at: printedAt))
            #expect(
                site.store.perform(.recordEvents(seat, stream: site.stream(stream), [event], at: site.now))
                    == .recorded(through: 1))
            let added = Array(try history(site).dropFirst(before.count))
            #expect(added.count == (course.line == nil ? 0 : 1))
            #expect(added.first?.monoPages == course.line?.pages && added.first?.amount.minor == course.line?.amount)
            #expect(added.first?.releases == course.line?.releases)
            for row in added {
                #expect(row.user == "ada" && row.printer == "printer-1" && row.at == site.now)
                #expect(row.lateSince == printedAt)
            }
            #expect(site.state(of: lent.job) == course.state)
            try isSound(site)
        }
        #expect(try Array(history(site).prefix(before.count)) == before)
    }

    /// An agent that is not as it should be: who has given a job back cannot have released it.
    @Test(arguments: ["held", "released", "lapsed", "lapsed and lent again"]) func whatWasGivenBackIsNotCharged(
        state: String
    ) throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        if state.hasPrefix("lapsed") { lapse(site) }
        if state == "lapsed and lent again" { _ = try ask(site, seat, [(lent.fence, .ready)]) }
        _ = try ask(site, seat)
        #expect(site.state(of: lent.job) == .held)
        if state == "released" {
            let grant = try #require(try site.release(seat).first)
            _ = site.open(seat, grant.release)
            _ = site.record(seat, 99, [site.progress(grant.release, .printed(pages: 2), 2)])
        }
        let before = (site.state(of: lent.job), site.ledgerCount())
        _ = record(site, seat, charge(lent, .printed(pages: 2)))
        #expect((site.state(of: lent.job), site.ledgerCount()) == before)
        #expect(try site.auditLines().last?.contains("foreign-offline-charge") == true)
        try isSound(site)
    }

    /// A buggy agent: a custody has one release.
    @Test func oneCustodyIsMadeGoodOnce() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        _ = site.admin(.settleJob(lent.job, pages: 1, by: "root", evenIfMore: true))
        let seat = try site.seat(1)
        let before = site.ledgerCount() ?? 0
        _ = record(
            site, seat, charge(lent, .printed(pages: 3), key: 1), charge(lent, .printed(pages: 3), key: 2),
            charge(lent, .printed(pages: 9), key: 3))
        #expect(site.ledgerCount() == before + 1)
        try isSound(site)
    }

    /// Nor is it charged besides what a person will say of it.
    @Test func whoSaysThatItMayHavePrintedHasSaidIt() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        let before = site.ledgerCount() ?? 0
        _ = record(site, seat, charge(lent, .unconfirmed, key: 1), charge(lent, .printed(pages: 3), key: 2))
        #expect(site.state(of: lent.job) == .inDoubt && site.ledgerCount() == before)
        #expect(site.admin(.settleJob(lent.job, pages: 2, by: "root", evenIfMore: true)) == .done)
        #expect(site.ledgerCount() == before + 1)
        try isSound(site)
    }

    @Test func aJobThatCameOutTwiceIsChargedTwice() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        _ = site.admin(.recallJob(lent.job, agentIsLost: true))
        _ = site.admin(.settleJob(lent.job, pages: 0, by: "root", evenIfMore: true))
        // The next holder.
        let session = try site.session(second).session
        _ = site.store.perform(.endSession(second, session, .done, at: site.now))
        let again = try #require(try ask(site, second).offers.first { $0.job == lent.job })
        #expect(try ask(site, second, [(again.fence, .ready)]).lent == [again.fence])
        let before = site.ledgerCount() ?? 0
        _ = record(site, first, charge(lent, .printed(pages: 2), key: 1))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before + 1)
        try isSound(site)
        #expect(try ask(site, second, [(again.fence, .used)]).lent.isEmpty)
        let event = SequencedEvent(sequence: 1, message: charge(again, .printed(pages: 2), key: 2))
        _ = site.store.perform(.recordEvents(second, stream: site.stream(2), [event], at: site.now))
        #expect(site.ledgerCount() == before + 2)
        try isSound(site)
    }

    @Test func whatMayHaveComeOutOfAReplacedCustodyIsInDoubt() throws {
        let site = try site()
        let (first, second) = (try site.seat(1), try site.seat(2))
        let lent = try lend(site, first)
        _ = site.admin(.recallJob(lent.job, agentIsLost: true))
        _ = site.admin(.settleJob(lent.job, pages: 0, by: "root", evenIfMore: true))
        _ = try site.session(second)
        let again = try #require(try ask(site, second).offers.first { $0.job == lent.job })
        _ = try ask(site, second, [(again.fence, .ready)])
        _ = record(site, first, charge(lent, .unconfirmed))
        #expect(site.state(of: lent.job) == .inDoubt)
        try isSound(site)
        #expect(try ask(site, second, [(again.fence, .ready)]).lent.isEmpty)
        _ = try ask(site, second)
        #expect(site.state(of: lent.job) == .inDoubt)
        try isSound(site)
        // The other one had used its copy before it heard of that.
        #expect(site.admin(.settleJob(lent.job, pages: 0, by: "root", evenIfMore: true)) == .done)
        let before = site.ledgerCount() ?? 0
        let event = SequencedEvent(sequence: 1, message: charge(again, .printed(pages: 2), key: 2))
        _ = site.store.perform(.recordEvents(second, stream: site.stream(2), [event], at: site.now))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before + 1)
        try isSound(site)
    }

    @Test func aClosedMonthStaysAsItIs() throws {
        let site = try site()
        site.now = WallTime(milliseconds: 1_764_547_200_000 - 600_000)  // 2025-11-30T23:50Z
        let november = try #require(CalendarMonth("2025-11"))
        let lent = try lend(site, try site.seat(1))
        let printedAt = site.now.advanced(by: .seconds(60))
        let report = AdminRequest.report(.history, from: november.begins, until: november.ends)
        let before = site.admin(report)
        site.pass(.seconds(1200))
        _ = record(site, try site.seat(1), charge(lent, .printed(pages: 2), at: printedAt))
        #expect(site.state(of: lent.job) == .printed)
        #expect(site.admin(report) == before)
        let row = try #require(try history(site).last)
        #expect(row.at == site.now && row.lateSince == printedAt && row.monoPages == 2)
        try isSound(site)
    }

    @Test func aChargeInItsMonthIsNotLate() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        site.pass(.seconds(600))
        _ = record(site, seat, charge(lent, .printed(pages: 2), at: site.now.advanced(by: .seconds(-300))))
        #expect(try history(site).map(\.lateSince) == [nil, nil])
    }

    @Test func theAuditSaysWhatWasDone() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        _ = site.admin(.settleJob(lent.job, pages: 5, by: "root", evenIfMore: true))
        _ = record(site, try site.seat(1), charge(lent, .printed(pages: 2)))
        #expect(
            try site.auditLines().last
                == "agent late-offline-charge job \(lent.job) at copier-1, printed: printed, 2 pages: ledger line 3")
    }

    /// Sums count releases, and a correction is none.
    @Test func aCorrectionIsNoRelease() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        _ = site.admin(.settleJob(lent.job, pages: 5, by: "root", evenIfMore: true))
        _ = record(site, try site.seat(1), charge(lent, .printed(pages: 2)))
        let report = AdminRequest.report(
            .users, from: WallTime(milliseconds: .min), until: WallTime(milliseconds: .max))
        guard case .report(let rows, _, _) = site.admin(report) else { throw Missing(what: "a report") }
        #expect(rows.map(\.releases) == [2])
        #expect(rows.map { $0.monoPages + $0.unknownPages } == [3])
    }

    // MARK: Billing codes

    @Test(arguments: ["known", "unknown", "deleted later", "deleted before", "not in use"])
    func theBillingCodeThatWasChosenIsCharged(which: String) throws {
        var settings = settings()
        settings.billingCode = which == "not in use" ? .none : .optional
        let site = try Site.furnished(settings: settings)
        _ = site.admin(.addAccount(code: "P-1", name: ""))
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        site.pass(.seconds(60))
        if which == "deleted before" { _ = site.admin(.deleteAccount("P-1")) }
        site.pass(.seconds(60))
        let printedAt = site.now
        site.pass(.seconds(60))
        if which == "deleted later" { _ = site.admin(.deleteAccount("P-1")) }
        guard case .account(var one) = charge(lent, .printed(pages: 2), at: printedAt) else { return }
        one.account = AccountID(which == "unknown" ? 99 : 1)
        _ = record(site, seat, .account(one))
        let isTaken = which == "known" || which == "deleted later"
        #expect(try history(site).last?.account == (isTaken ? "P-1" : nil))
        #expect(try site.auditLines().contains { $0.contains("offline-billing-code-unknown") } == !isTaken)
        #expect(site.state(of: lent.job) == .printed)
        try isSound(site)
    }
}
