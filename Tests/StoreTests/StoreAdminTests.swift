// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing
import TestKit

struct StoreAdminTests {
    private func code(_ reply: AdminReply) -> AdminRefusal.Code? {
        if case .refused(let refusal) = reply { refusal.code } else { nil }
    }

    @Test func aUserIsAddedShownAndListed() throws {
        let site = try Site.furnished()
        try site.accept()
        let badge = BadgeFacts(id: 1, label: "blue", addedAt: site.now)
        let ada = UserFacts(
            name: "ada", fullName: "Ada L.", department: "Physics", isLocked: false, hasPIN: false, badges: [badge],
            heldJobs: 1)
        let ben = UserFacts(
            name: "ben", fullName: "", department: "Chemistry", isLocked: false, hasPIN: false, badges: [], heldJobs: 0)
        #expect(site.admin(.showUser("ada")) == .user(ada))
        #expect(site.admin(.listUsers) == .users([ada, ben]))
        #expect(site.admin(.showUser("Ada")) == .refused(AdminRefusal(.notFound, "there is no user Ada")))
    }

    @Test func badNamesAreInvalid() throws {
        let site = try Site.furnished()
        for name in ["", " x", "x ", "a\nb", String(repeating: "x", count: 256)] {
            #expect(code(site.admin(.addUser(name: name, fullName: "", department: "d"))) == .invalid)
            #expect(code(site.admin(.addUser(name: "x", fullName: "", department: name))) == .invalid)
            #expect(code(site.admin(.addPrinter(name: name, agent: "copier-1", uri: "a://b"))) == .invalid)
        }
        #expect(code(site.admin(.addPrinter(name: "x", agent: "copier-1", uri: "here"))) == .invalid)
    }

    @Test func whatIsThereOrNotIsSaid() throws {
        let site = try Site.furnished()
        #expect(code(site.admin(.addUser(name: "ada", fullName: "", department: "x"))) == .exists)
        let missing: [AdminRequest] = [
            .lockUser("x", locked: true), .deleteUser("x"), .addBadge(user: "x", try Site.form("12345"), label: ""),
            .revokeBadge(9), .setPIN(user: "x", nil), .revokeAgent("x"), .removePrinter("x"), .cancelJob(JobID(9)),
            .addPrinter(name: "p", agent: "x", uri: "a://b"), .settleJob(JobID(9), pages: 1, by: "r"),
        ]
        for request in missing { #expect(code(site.admin(request)) == .notFound) }
    }

    @Test func aBadgeBelongsToOnePersonUntilItIsRevoked() throws {
        let site = try Site.furnished()
        let reply = site.admin(.addBadge(user: "ben", try Site.form(Site.badge), label: "red"))
        #expect(code(reply) == .exists)
        #expect(!"\(reply)".contains(Site.badge))
        #expect(site.admin(.revokeBadge(1)) == .done)
        #expect(code(site.admin(.revokeBadge(1))) == .notFound)
        let added = site.admin(.addBadge(user: "ben", try Site.form(Site.badge), label: "red"))
        #expect(added == .badge(BadgeFacts(id: 2, label: "red", addedAt: site.now)))
    }

    @Test func anAgentDrivesOnePrinter() throws {
        let site = try Site.furnished()
        #expect(code(site.admin(.addPrinter(name: "new", agent: "copier-1", uri: "a://b"))) == .conflict)
        #expect(code(site.admin(.addPrinter(name: "printer-1", agent: "copier-2", uri: "a://b"))) == .exists)
        #expect(site.admin(.removePrinter("printer-1")) == .done)
        let facts = PrinterFacts(name: "new", agent: "copier-1", uri: "a://b")
        #expect(site.admin(.addPrinter(name: "new", agent: "copier-1", uri: "a://b")) == .printer(facts))
        let other = PrinterFacts(name: "printer-2", agent: "copier-2", uri: "socket://p2")
        #expect(site.admin(.listPrinters) == .printers([facts, other]))
    }

    /// The box is replaced by one that takes its name.
    @Test func aReplacedBoxGetsThePrinterOfTheOneBefore() throws {
        var settings = Site.settings
        settings.requiresApproval = true
        let site = try Site.furnished(settings: settings)
        var waiting = PrinterFacts(name: "printer-1", agent: "copier-1", uri: "socket://p1")
        waiting.isAgentRevoked = true
        #expect(site.admin(.revokeAgent("copier-1")) == .doneButPrinterWaits(waiting))
        guard case .printers(let printers) = site.admin(.listPrinters) else { throw Missing(what: "printers") }
        #expect(printers.map(\.isAgentRevoked) == [true, false])
        guard case .enrolmentCode(let secret, _) = site.admin(.makeEnrolmentCode) else { throw Missing(what: "a code") }
        let typed = try EnrolmentCode(typed: String(decoding: secret.revealed, as: UTF8.self))
        let proof = typed.proof(agent: Site.key(3), server: Site.serverKey)
        let enrolment = Enrolment(name: "copier-1", proof: proof)
        #expect(
            site.store.perform(.enrolAgent(key: Site.key(3), enrolment, at: site.now)) == .enrolled(name: "copier-1"))
        #expect(site.admin(.approveAgent("copier-1")) == .doneButPrinterWaits(waiting))
        guard case .refused(let refusal) = site.admin(.addPrinter(name: "printer-1", agent: "copier-1", uri: "a://b"))
        else { throw Missing(what: "a refusal") }
        #expect(refusal.code == .exists && refusal.detail.contains("printer move"))
        let moved = PrinterFacts(name: "printer-1", agent: "copier-1", uri: "socket://p1")
        #expect(site.admin(.movePrinter("printer-1", agent: "copier-1")) == .printer(moved))
        #expect(try site.auditLines().last == "root move-printer printer-1 from copier-1 to copier-1")
        #expect(site.admin(.approveAgent("copier-1")) == .done)
        #expect(code(site.admin(.movePrinter("printer-1", agent: "copier-1"))) == .conflict)
        #expect(code(site.admin(.movePrinter("printer-1", agent: "copier-2"))) == .conflict)
        #expect(code(site.admin(.movePrinter("printer-9", agent: "copier-2"))) == .notFound)
        #expect(code(site.admin(.movePrinter("printer-1", agent: "nobody"))) == .notFound)
        #expect(try site.store.brokenInvariants() == [])
    }

    /// Reports say where it came out then.
    @Test func aPrinterThatMovesKeepsWhatCameOutBefore() throws {
        let site = try Site.furnished()
        _ = try site.printOne(try site.seat(1), .printed(pages: 1))
        _ = site.admin(.removePrinter("printer-2"))
        guard case .printer = site.admin(.movePrinter("printer-1", agent: "copier-2")) else {
            throw Missing(what: "a printer")
        }
        let seat = try site.seat(2)
        try site.accept()
        #expect(try site.session(seat).printer.name == "printer-1")
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func aKeyThatMayOnlyReadReportsDrivesNoPrinter() throws {
        let site = try Site.furnished()
        _ = site.admin(.removePrinter("printer-1"))
        _ = site.admin(.setRight(.reports, of: "copier-1", isGranted: true))
        _ = site.admin(.setRight(.release, of: "copier-1", isGranted: false))
        let reply = site.admin(.addPrinter(name: "new", agent: "copier-1", uri: "a://b"))
        #expect(code(reply) == .conflict && "\(reply)".contains("agent grant copier-1 release"))
        _ = site.admin(.setRight(.release, of: "copier-1", isGranted: true))
        #expect(code(site.admin(.addPrinter(name: "new", agent: "copier-1", uri: "a://b"))) == nil)
    }

    @Test func agentsAreListedWithTheirKeys() throws {
        let site = try Site.furnished()
        _ = try site.seat(2)
        _ = site.admin(.revokeAgent("copier-1"))
        let facts = [
            AgentFacts(name: "copier-1", key: Site.key(1), isRevoked: true, epoch: 0, lastHelloAt: nil),
            AgentFacts(name: "copier-2", key: Site.key(2), isRevoked: false, epoch: 1, lastHelloAt: site.now),
        ]
        #expect(site.admin(.listAgents) == .agents(facts))
    }

    @Test func revokingAnAgentLeavesDoubtWhereItHadBegun() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let jobs = [try site.accept(), try site.accept()]
        let releases = try site.release(seat).map(\.release)
        _ = site.open(seat, releases[0])
        _ = site.admin(.revokeAgent("copier-1"))
        #expect(jobs.map(site.state) == [.inDoubt, .held])
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func onlyAHeldJobIsCanceled() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let job = try site.accept()
        #expect(site.admin(.cancelJob(job)) == .done)
        #expect(site.state(of: job) == .canceled)
        #expect(code(site.admin(.cancelJob(job))) == .conflict)
        let doubtful = try site.printOne(seat, .unconfirmed).job
        #expect(code(site.admin(.cancelJob(doubtful))) == .conflict)
    }

    @Test func aPersonSettlesAJobInDoubt() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let first = try site.printOne(seat, .unconfirmed).job
        #expect(code(site.admin(.settleJob(first, pages: -1, by: "root", evenIfMore: true))) == .invalid)
        #expect(site.admin(.settleJob(first, pages: 4, by: "root", evenIfMore: true)) == .done)
        #expect(site.state(of: first) == .printed && site.ledgerCount() == 1)
        #expect(code(site.admin(.settleJob(first, pages: 4, by: "root", evenIfMore: true))) == .conflict)
        let second = try site.printOne(seat, .unconfirmed, sequence: 2).job
        #expect(site.admin(.settleJob(second, pages: 0, by: "root", evenIfMore: true)) == .done)
        #expect(site.state(of: second) == .held && site.ledgerCount() == 1)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func aDeletedUsersJobsDoNotGoToTheNextOfThatName() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        _ = try site.printOne(seat, .printed(pages: 1))
        let job = try site.accept()
        #expect(site.admin(.deleteUser("ada")) == .done)
        #expect(site.state(of: job) == .canceled)
        #expect(try site.present(seat) == .refused(Refusal(.unknownCredential)))
        _ = site.admin(.addUser(name: "ada", fullName: "Another", department: "Physics"))
        _ = site.admin(.addBadge(user: "ada", try Site.form(Site.badge), label: ""))
        #expect(try site.present(seat) == .refused(Refusal(.noJobs)))
        #expect(site.ledgerCount() == 1)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func jobsAreListedNewestFirst() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let printed = try site.printOne(seat, .printed(pages: 1)).job
        let mine = [try site.accept(), try site.accept()]
        let theirs = try site.accept("ben")
        func list(_ state: JobState?, _ owner: String?, _ limit: Int = 10) -> [JobID] {
            if case .jobs(let jobs) = site.admin(.listJobs(state: state, owner: owner, limit: limit)) {
                jobs.map(\.job)
            } else {
                []
            }
        }
        #expect(list(nil, nil) == [theirs, mine[1], mine[0]])
        #expect(list(nil, "ada") == [mine[1], mine[0]])
        #expect(list(nil, nil, 1) == [theirs] && list(nil, nil, -1).isEmpty)
        #expect(list(.printed, nil) == [printed] && list(.printed, "ben").isEmpty)
        guard case .jobs(let jobs) = site.admin(.listJobs(state: .printed, owner: "ada", limit: 1)) else {
            throw Missing(what: "jobs")
        }
        #expect(jobs[0].printer == "printer-1")
    }

    @Test func reportsAddUpTheLedgerOfAPeriod() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let start = site.now
        _ = try site.printOne(seat, .printed(pages: 3))
        site.pass(.seconds(60))
        _ = try site.printOne(seat, .printed(pages: 4), sequence: 2)
        let end = site.now
        let both = ReportRow(
            user: "ada", department: "Physics", releases: 2, monoPages: 0, colorPages: 0, unknownPages: 7,
            amount: Money(minor: 35))
        var one = both
        (one.releases, one.unknownPages, one.amount) = (1, 3, Money(minor: 15))
        let later = end.advanced(by: .milliseconds(1))
        #expect(site.admin(.report(.users, from: start, until: later)) == .report([both], currency: "EUR", scale: 2))
        #expect(site.admin(.report(.users, from: start, until: end)) == .report([one], currency: "EUR", scale: 2))
        var department = both
        department.user = ""
        #expect(
            site.admin(.report(.departments, from: start, until: later))
                == .report([department], currency: "EUR", scale: 2))
        let counts = StateCounts(jobs: [.printed: 2], users: 2, agents: 2, ledgerEntries: 2)
        #expect(site.admin(.countState) == .state(counts))
    }

    @Test func aPeriodWithTwoCurrenciesIsNotAddedUp() throws {
        let folder = try TemporaryDirectory()
        do {
            let site = try Site.furnished(path: folder.file("s.db"))
            _ = try site.printOne(try site.seat(1), .printed(pages: 1))
        }
        var settings = Site.settings
        settings.tariff = Tariff(currency: "CHF", scale: 2, mono: .zero, color: .zero, unknown: .zero)
        let site = try Site(path: folder.file("s.db"), settings: settings)
        let reply = site.admin(.report(.users, from: site.now, until: site.now.advanced(by: .seconds(1))))
        #expect(code(reply) == .conflict)
        let until = site.now.advanced(by: .seconds(1))
        #expect(code(site.admin(.history(from: site.now, until: until, after: 0, limit: 9))) == .conflict)
    }
}
