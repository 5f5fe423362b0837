// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import PrintModel
import PrinterMachines
import Primitives
import ReleaseWire
import Testing

/// `OfflineState`, `AgentCore+Custody` and `AgentCore+Offline`: what is lent, and badges while the server is away.
@Suite struct OfflineTests {
    private static let boot = [UInt8](repeating: 9, count: 16)
    private static let box = OfflineBox(
        cryptography: Cryptography(
            sha256: { Array(($0 + [UInt8](repeating: 0, count: 32)).prefix(32)) },
            hmacSHA256: { _, message in Array((message.reversed() + [UInt8](repeating: 0, count: 32)).prefix(32)) },
            aes128: { $1 }, aes128Inverse: { $1 }),
        key: SecretBytes([1]), boot: boot, space: 1000)
    private static let policy = OfflinePolicy(
        mode: .chargeLater, pages: 5, lease: .seconds(1600), interval: .seconds(15))
    private static let lease = Lease(boot: boot, until: MonotonicTime(nanoseconds: 1_000_000_000_000))

    private static func facts(_ fence: Int64, pages: Int = 2) -> CustodyFacts {
        CustodyFacts(
            fence: Fence(fence), job: JobID(fence), user: UserID(1), label: "Ada", title: "t", format: "", size: 4,
            sha256: [UInt8](repeating: 0, count: 32), pages: pages)
    }

    private static func verifier(_ digits: String) -> [UInt8] {
        let read = Array("lanyard offline read 2".utf8) + [0, 0, 0] + Array(digits.utf8)
        return Array((read.reversed() + [UInt8](repeating: 0, count: 32)).prefix(32))
    }

    private static func remembered(_ digits: String = "1", secondFactor: Bool = false) -> JournalEntry {
        .offline(
            .learned(
                RememberedUser(
                    verifier: verifier(digits), user: UserID(1), label: "Ada", needsSecondFactor: secondFactor,
                    at: WallTime(milliseconds: 0))))
    }

    /// What a box has that was lent these and knows the badge "1".
    private static func lent(_ jobs: CustodyFacts..., secondFactor: Bool = false) -> [JournalEntry] {
        [
            .offline(.policy(policy)),
            .offline(.printer(OfflinePrinter(id: PrinterID(1), name: "one", uri: "socket://one"))),
            remembered(secondFactor: secondFactor),
        ] + jobs.map { .offline(.taken($0)) } + [.offline(.leased(lease, lent: jobs.map(\.fence)))]
    }

    private func away(_ entries: [JournalEntry]) -> Bench {
        var bench = Bench(entries, offline: Self.box)
        _ = bench.feed(.start)
        return bench
    }

    private func open(_ entries: [JournalEntry] = []) -> Bench {
        var bench = Bench(entries, offline: Self.box)
        _ = bench.feed(.start)
        _ = bench.feed(.linkUp)
        _ = bench.sync()
        let welcome = Welcome(
            agent: "a", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 0), capabilities: [.offline])
        _ = bench.receive(.welcome(welcome), to: 0)
        return bench
    }

    private func tell(_ bench: inout Bench, _ message: OfflineMessage) -> [String] {
        bench.receive(Frame(.command(.offline(message))))
    }

    private func answer(
        _ bench: inout Bench, _ correlation: UInt32, lent: [Int64] = [], offers: [CustodyFacts] = [],
        forget: [UserID] = []
    ) -> [String] {
        let answer = CustodyAnswer(
            lent: lent.map { Fence($0) }, lease: .seconds(1600), offers: offers,
            printer: OfflinePrinter(id: PrinterID(1), name: "one", uri: "socket://one"), forget: forget,
            forgotten: UInt64(forget.count))
        return bench.receive(.offline(.answer(answer)), to: correlation)
    }

    // MARK: Badges while the server is away

    @Test func aKnownBadgeReleasesWhatIsLent() {
        var bench = away(Self.lent(Self.facts(7)))
        #expect(
            bench.read("1") == [
                "journal presented", "show left released-offline", "journal offlineReleased", "dial printer -7",
            ])
        _ = bench.sync()
        #expect(bench.printer(-7, .connected) == ["read custody 7 0"])
        #expect(bench.feed(.custodyRead(Fence(7), .bytes([1, 2, 3, 4]))) == ["journal used"])
        // Not a byte before it is on disk.
        #expect(bench.sync() == ["write -7"])
        #expect(bench.printer(-7, .drained) == ["read custody 7 4"])
        let end = bench.feed(.custodyRead(Fence(7), .end(sha256: Self.facts(7).sha256)))
        #expect(end == ["write -7"])
        _ = bench.printer(-7, .drained)
        let told = bench.printed(-7, pages: 2)
        #expect(told.contains("journal account 7 printed(pages: 2)") && told.contains("remove custody 7"))
        #expect(told.contains("show left printed"))
    }

    /// The server finds the badge whatever kind of reader it was held to.
    @Test func aKnownBadgeIsKnownAtAReaderOfAnotherKind() throws {
        var bench = away(Self.lent(Self.facts(7)))
        let read = try #require(RawRead(technology: .em4100, text: Array("1".utf8)))
        let told = bench.feed(.read(reader: "right", read, key: [UInt8](repeating: 7, count: 16)))
        #expect(told.contains("show right released-offline"))
    }

    /// The server may have asked for a PIN with it.
    @Test(arguments: [(Technology.wedge, true), (.keypad, false)])
    func aNumberThatWasTypedIsNoBadge(technology: Technology, isLearned: Bool) throws {
        var bench = open()
        _ = tell(&bench, .policy(Self.policy))
        let read = try #require(RawRead(technology: technology, text: Array("1".utf8)))
        _ = bench.feed(.read(reader: "left", read, key: [UInt8](repeating: 7, count: 16)))
        let session = SessionGrant(session: SessionID(5), user: "ada", jobs: 1, printer: Bench.printer)
        let told = bench.receive(.session(session), to: 1)
        #expect(told.contains { $0.hasPrefix("send release") })
        #expect(told.contains { $0.hasPrefix("send offline learn") } == isLearned)
    }

    @Test(arguments: ["unknown", "boot", "lease", "not lent"]) func nothingElseComesOut(why: String) {
        var entries = Self.lent(Self.facts(7))
        if why == "boot" {
            let other = Lease(boot: [UInt8](repeating: 8, count: 16), until: Self.lease.until)
            entries.append(.offline(.leased(other, lent: [])))
        }
        if why == "not lent" { entries.removeLast() }
        var bench = away(entries)
        if why == "lease" { bench.now = Self.lease.until }
        let told = bench.read(why == "unknown" ? "2" : "1")
        #expect(told == ["journal presented", "show left server-away", "journal serverAway"])
    }

    @Test func aPINCannotBeCheckedHere() {
        var bench = away(Self.lent(Self.facts(7), secondFactor: true))
        #expect(bench.read("1") == ["journal presented", "show left second-factor-away", "journal serverAway"])
    }

    @Test func nobodyPrintsBeyondTheirPages() {
        var bench = away(Self.lent(Self.facts(7, pages: 3), Self.facts(8, pages: 3)))
        #expect(bench.read("1").contains("dial printer -7"))
        _ = bench.pass(.seconds(3))
        #expect(bench.read("1").contains("show left offline-limit"))
    }

    @Test func whatHadBegunBeforeARestartIsInDoubt() {
        let used = JournalEntry.offline(.used(Fence(7), key: [UInt8](repeating: 4, count: 16)))
        var bench = Bench(Self.lent(Self.facts(7), Self.facts(8)) + [used], offline: Self.box)
        #expect(bench.feed(.start) == ["journal account 7 unconfirmed", "dial"])
        #expect(bench.read("1").contains("dial printer -8"))
    }

    /// The server is lost while somebody is at the desk, and they hold their badge again.
    @Test(arguments: ["link", "no answer", "too late", "another badge", "none chosen"])
    func aBillingCodeThatWasChosenGoesAlong(course: String) throws {
        var desk = AgentCore.Desk()
        desk.opensList = true
        var bench = Bench(Self.lent(Self.facts(7)) + [Self.remembered("2")], offline: Self.box, desk: desk)
        _ = bench.feed(.start)
        _ = bench.feed(.screens(1))
        _ = bench.feed(.linkUp)
        _ = bench.sync()
        _ = bench.welcome(capabilities: [.dialogue, .offline])
        _ = bench.read("1")
        var terms = Bench.terms
        terms.account = .optional
        _ = bench.grant(terms: terms, to: 1)
        _ = bench.list([Bench.held(7)], to: 3)
        _ = bench.ask(.findAccounts(""))
        let codes = AccountPage(
            accounts: [AccountLine(id: AccountID(8), code: "12", name: "Bridge")], hasMore: false)
        _ = bench.receive(.accounts(codes), to: 4)
        if course != "none chosen" { #expect(bench.ask(.chooseAccount(AccountID(8))) == []) }
        if course == "no answer" {
            #expect(bench.ask(.releaseAll) == ["send release 5"])
            #expect(bench.pass(.seconds(6)).contains("hang up"))
        }
        _ = bench.linkDown()
        _ = bench.sync()
        _ = bench.pass(course == "too late" ? .seconds(301) : .seconds(3))
        #expect(bench.read(course == "another badge" ? "2" : "1").contains("dial printer -7"))
        _ = bench.printer(-7, .connected)
        #expect(bench.feed(.custodyRead(Fence(7), .bytes([1]))) == ["journal used"])
        let isKept = course == "link" || course == "no answer"
        #expect(bench.core.journalState.offline.custody(Fence(7))?.account == (isKept ? AccountID(8) : nil))
        // Also when the box dies now.
        var next = Bench(
            recovered: try Journal.recover(from: bench.core.journalState.compacted()).state, offline: Self.box)
        _ = next.feed(.start)
        guard case .account(let charge) = next.core.journalState.pending.last?.event else {
            Issue.record("no charge")
            return
        }
        #expect(charge.account == (isKept ? AccountID(8) : nil) && charge.outcome == .unconfirmed)
    }

    @Test func aPrinterThatIsOffLeavesTheJobLent() {
        var bench = away(Self.lent(Self.facts(7)))
        _ = bench.read("1")
        #expect(bench.printer(-7, .connectFailed(.refused)) == ["show left printer-unavailable"])
        _ = bench.pass(.seconds(3))
        #expect(bench.read("1").contains("dial printer -7"))
    }

    @Test func theLinksReturnDoesNotStopARelease() {
        var bench = away(Self.lent(Self.facts(7), Self.facts(8)))
        _ = bench.read("1")
        _ = bench.feed(.linkUp)
        _ = bench.linkDown()
        #expect(bench.printer(-7, .connected) == ["read custody 7 0"])
    }

    // MARK: Lending

    @Test func aDocumentIsFetchedKeptAndLent() {
        var bench = open()
        #expect(tell(&bench, .policy(Self.policy)) == ["journal policy"])
        #expect(bench.sync() == ["send offline ask 1"])
        #expect(
            answer(&bench, 1, offers: [Self.facts(7)]) == [
                "journal printer", "open custody 7", "send offline open 2",
            ])
        _ = bench.sync()
        #expect(bench.receive(.documentOpened(size: 4), to: 2) == [])
        #expect(bench.receive(Frame(.bytes(offset: 0, [1, 2, 3, 4]), correlation: 2)) == ["append custody 7 4"])
        #expect(bench.feed(.custodyAppended(Fence(7), bytes: 4)) == ["send grant 2"])
        let end = Frame(.end(sha256: Self.facts(7).sha256), correlation: 2)
        #expect(bench.receive(end) == ["finish custody 7"])
        #expect(bench.feed(.custodyFinished(Fence(7), isWhole: true)) == ["journal taken"])
        // Claimed only once it is on disk.
        #expect(bench.sync() == ["send offline ask 3"])
        #expect(answer(&bench, 3, lent: [7]) == ["journal leased"])
        #expect(bench.core.journalState.offline.custodies.map(\.isLent) == [true])
        _ = bench.sync()
        #expect(bench.pass(.seconds(15)).contains("send offline ask 4"))
    }

    @Test func whatWasOnItsWayWhenTheServerWasAskedIsNotLentYet() {
        var bench = open()
        _ = tell(&bench, .policy(Self.policy))
        _ = bench.sync()
        _ = answer(&bench, 1, offers: [Self.facts(7)])
        _ = bench.sync()
        _ = bench.receive(.documentOpened(size: 4), to: 2)
        _ = bench.receive(Frame(.bytes(offset: 0, [1, 2, 3, 4]), correlation: 2))
        _ = bench.feed(.custodyAppended(Fence(7), bytes: 4))
        #expect(bench.pass(.seconds(15)).contains("send offline ask 3"))
        // The document comes between the question and its answer.
        _ = bench.receive(Frame(.end(sha256: Self.facts(7).sha256), correlation: 2))
        #expect(bench.feed(.custodyFinished(Fence(7), isWhole: true)) == ["journal taken"])
        _ = answer(&bench, 3, lent: [7])
        #expect(bench.core.journalState.offline.custodies.map(\.isLent) == [false])
        #expect(bench.sync().contains("send offline ask 4"))
        _ = answer(&bench, 4, lent: [7])
        #expect(bench.core.journalState.offline.custodies.map(\.isLent) == [true])
    }

    @Test func whatIsWantedBackIsGivenUpFirst() {
        var bench = open(Self.lent(Self.facts(7), Self.facts(8)))
        _ = tell(&bench, .policy(Self.policy))
        #expect(answer(&bench, 1, lent: [8]) == ["journal over", "journal leased", "remove custody 7"])
        // The server hears of it when it is on disk.
        #expect(bench.sync() == ["send offline ask 2"])
        #expect(bench.core.journalState.offline.custodies.map(\.facts.fence) == [Fence(8)])
    }

    @Test func aReleaseGrantedOnlineEndsTheCustody() {
        var bench = open(Self.lent(Self.facts(7)))
        let session = SessionGrant(session: SessionID(5), user: "Ada", jobs: 1, printer: Bench.printer)
        let grant = ReleaseGrant(
            release: ReleaseID(100), job: JobID(7), title: "t", user: "Ada", format: "", size: 4, pages: nil)
        _ = bench.read("1")
        #expect(
            bench.receive(.session(session), to: 1) == ["send release 3", "send offline learn 2"])
        _ = bench.receive(.releases([grant]), to: 3)
        _ = bench.printer(100, .connected)
        let begun =
            bench.receive(.documentOpened(size: 4), to: 5)
            + bench.receive(Frame(.bytes(offset: 0, [1, 2, 3, 4]), correlation: 5))
        #expect(begun == ["journal began 100", "journal over", "remove custody 7", "send grant 5"])
        #expect(bench.core.journalState.offline.custodies.isEmpty)
    }

    @Test func aJobThatCameOutHereDoesNotComeOutAgain() {
        let used = JournalEntry.offline(.used(Fence(7), key: [UInt8](repeating: 4, count: 16)))
        var bench = open(Self.lent(Self.facts(7)) + [used])
        let session = SessionGrant(session: SessionID(5), user: "Ada", jobs: 1, printer: Bench.printer)
        let grant = ReleaseGrant(
            release: ReleaseID(100), job: JobID(7), title: "t", user: "Ada", format: "", size: 4, pages: nil)
        _ = bench.read("1")
        _ = bench.receive(.session(session), to: 1)
        let told = bench.receive(.releases([grant]), to: 3)
        #expect(told.contains { $0.hasPrefix("journal 100 neverStarted") })
        #expect(!told.contains("dial printer 100"))
    }

    @Test func whereTheSiteForbidsItNothingIsKept() {
        var bench = open(Self.lent(Self.facts(7)))
        let told = tell(&bench, .policy(.deny))
        #expect(told.contains("remove custody 7"))
        #expect(bench.core.journalState.offline.custodies.isEmpty)
        #expect(bench.core.journalState.offline.remembered.isEmpty)
        // The server hears once that it has everything back.
        #expect(bench.sync().contains("send offline ask 1"))
        _ = answer(&bench, 1)
        #expect(!bench.pass(.seconds(40)).contains { $0.hasPrefix("send offline") })
    }

    @Test func aServerThatKnowsNothingOfItEndsIt() {
        var bench = Bench(Self.lent(Self.facts(7)), offline: Self.box)
        _ = bench.feed(.start)
        _ = bench.feed(.linkUp)
        #expect(bench.welcome().contains("remove custody 7"))
    }

    @Test func aChargeWaitsForAServerThatKnowsIt() {
        let used = JournalEntry.offline(.used(Fence(7), key: [UInt8](repeating: 4, count: 16)))
        var bench = Bench(Self.lent(Self.facts(7)) + [used], offline: Self.box)
        _ = bench.feed(.start)
        _ = bench.sync()
        _ = bench.feed(.linkUp)
        #expect(!bench.welcome().contains("send event 1 0"))
        #expect(bench.sync() == ["send withheld 1 0"])
        var able = Bench(Self.lent(Self.facts(7)) + [used], offline: Self.box)
        _ = able.feed(.start)
        _ = able.sync()
        _ = able.feed(.linkUp)
        let welcome = Welcome(
            agent: "a", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 0), capabilities: [.offline])
        #expect(able.receive(.welcome(welcome), to: 0).contains("send event 1 0"))
    }

    // MARK: Learning

    @Test func aBadgeThatTheServerLetInIsLearned() {
        var bench = open([.offline(.policy(Self.policy))])
        _ = bench.read("1")
        let session = SessionGrant(session: SessionID(5), user: "Ada", jobs: 1, printer: Bench.printer)
        let asked = bench.receive(.session(session), to: 1)
        #expect(Set(asked) == ["send offline learn 2", "send release 3"])
        let learned = Learned(user: UserID(1), label: "Ada", needsSecondFactor: false)
        #expect(bench.receive(.offline(.learned(learned)), to: 2) == ["journal learned"])
        #expect(bench.core.journalState.offline.remembered(Self.verifier("1"))?.user == UserID(1))
    }

    @Test func whoeverIsShutOutIsForgotten() {
        var bench = open(Self.lent(Self.facts(7)))
        _ = tell(&bench, .policy(Self.policy))
        _ = answer(&bench, 1, lent: [7], forget: [UserID(1)])
        #expect(bench.core.journalState.offline.remembered.isEmpty)
        #expect(bench.core.journalState.offline.forgotten == 1)
    }
}
