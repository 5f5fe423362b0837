// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing
import TestKit

struct StoreReadsTests {
    private let pin = PINHash(logN: 15, salt: [1, 2, 3], hash: SecretBytes(Array(repeating: 8, count: 32)))

    /// Presents ada's badge and answers the PIN.
    private func tryPIN(_ site: Site, _ seat: AgentSeat, matched: Bool) throws -> ReadVerdict {
        try site.answer(seat, try site.challenge(seat, .pin), .matched(matched))
    }

    private func take(_ site: Site, _ seat: AgentSeat, _ prompt: UInt32) -> StoreReply {
        site.store.perform(.takePrompt(seat, prompt: prompt, at: site.now))
    }

    private func settle(_ site: Site, _ seat: AgentSeat, _ prompt: UInt32, matched: Bool) -> StoreReply {
        site.store.perform(.settlePrompt(seat, prompt: prompt, .matched(matched), at: site.now))
    }

    @Test func aKnownBadgeOpensASessionAtTheAgentsPrinter() throws {
        let site = try Site.furnished()
        let seat = try site.seat(2)
        try site.accept()
        try site.accept()
        let printer = PrinterLink(id: PrinterID(2), name: "printer-2", uri: "socket://p2")
        let grant = SessionGrant(session: SessionID(1), user: "Ada L.", jobs: 2, printer: printer)
        #expect(try site.present(seat) == .session(grant))
    }

    @Test func everyRefusalHasItsReason() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        func refusal(_ presented: Presented? = nil) throws -> Refusal.Code? {
            guard case .refused(let refusal) = try site.present(seat, presented) else { return nil }
            return refusal.code
        }
        #expect(try refusal() == .noJobs)
        #expect(try refusal(site.presented("2718281828")) == .unknownCredential)
        #expect(try refusal(site.presented(age: .seconds(6))) == .readExpired)
        _ = site.admin(.lockUser("ada", locked: true))
        #expect(try refusal() == .locked)
        _ = site.admin(.lockUser("ada", locked: false))
        _ = site.admin(.removePrinter("printer-1"))
        #expect(try refusal() == .noPrinter)
        _ = site.admin(.revokeBadge(1))
        #expect(try refusal() == .unknownCredential)
    }

    @Test func aBadgeOfTwoPeopleIsNobodys() throws {
        let settings = StoreSettings { read, _ in
            let other = RawRead(technology: .wedge, text: Array("777777".utf8))
            return read.forms + (other.map { $0.forms } ?? [])
        }
        let site = try Site.furnished(settings: settings)
        let seat = try site.seat(1)
        try site.accept()
        _ = try site.session(seat)
        _ = site.admin(.addBadge(user: "ben", try Site.form("777777"), label: ""))
        #expect(try site.present(seat) == .ambiguous(users: ["ada", "ben"], nil))
    }

    @Test func aRepeatedReadGetsItsSessionOnlyWhileThatIsOpen() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        let read = site.presented()
        let first = try site.present(seat, read)
        #expect(try site.present(seat, read) == first)
        var elsewhere = read
        elsewhere.reader = "r2"
        let expired = ReadVerdict.refused(Refusal(.readExpired))
        #expect(try site.present(seat, elsewhere) == expired)
        site.pass(.milliseconds(180_001))
        #expect(try site.present(seat, read) == expired)
        let unknown = site.presented("2718281828")
        _ = try site.present(seat, unknown)
        #expect(try site.present(seat, unknown) == expired)
    }

    @Test func twoAgentsMayUseTheSameKey() throws {
        let site = try Site.furnished()
        let seats = (try site.seat(1), try site.seat(2))
        try site.accept()
        let read = site.presented()
        #expect(try site.session(seats.0, read).session != site.session(seats.1, read).session)
    }

    @Test func anotherBadgeAtTheSameReaderEndsTheSession() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        let here = try site.session(seat).session
        let there = try site.session(seat, site.presented(reader: "r2")).session
        _ = try site.present(seat, site.presented("2718281828"))
        #expect(site.store.perform(.release(seat, session: here, at: site.now)) == .refused(Refusal(.sessionExpired)))
        guard case .releases = site.store.perform(.release(seat, session: there, at: site.now)) else {
            throw Missing(what: "releases")
        }
    }

    @Test func aSessionEndsOnceAndOnlyByItsAgent() throws {
        let site = try Site.furnished()
        let (seat, other) = (try site.seat(1), try site.seat(2))
        try site.accept()
        let session = try site.session(seat).session
        #expect(site.store.perform(.endSession(other, session, .done, at: site.now)) == .done)
        guard case .releases = site.store.perform(.release(seat, session: session, at: site.now)) else {
            throw Missing(what: "releases")
        }
        #expect(site.store.perform(.endSession(seat, session, .done, at: site.now)) == .done)
        #expect(site.store.perform(.endSession(seat, session, .done, at: site.now)) == .done)
        #expect(
            site.store.perform(.release(seat, session: session, at: site.now)) == .refused(Refusal(.sessionExpired)))
    }

    @Test func aPINOpensTheSessionThatTheBadgeAskedFor() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        _ = site.admin(.setPIN(user: "ada", pin))
        let read = site.presented()
        #expect(try site.present(seat, read) == .challenge(Challenge(prompt: 1, kind: .pin, triesLeft: 5)))
        #expect(take(site, seat, 1) == .demand(.check(pin), reader: "r1"))
        #expect(take(site, seat, 1) == .verdict(.refused(Refusal(.sessionExpired))))
        guard case .verdict(.session(let grant)) = settle(site, seat, 1, matched: true) else {
            throw Missing(what: "a session")
        }
        #expect(try site.present(seat, read) == .session(grant))
        #expect(settle(site, seat, 1, matched: true) == .verdict(.refused(Refusal(.readExpired))))
    }

    @Test func aPINWithoutTheBadgeBeforeItCountsForNothing() throws {
        let site = try Site.furnished()
        let (seat, other) = (try site.seat(1), try site.seat(2))
        try site.accept()
        _ = site.admin(.setPIN(user: "ada", pin))
        let (expired, unknown) = (
            StoreReply.verdict(.refused(Refusal(.readExpired))), StoreReply.verdict(.refused(Refusal(.sessionExpired)))
        )
        #expect(take(site, seat, 1) == unknown)
        #expect(settle(site, seat, 1, matched: true) == expired)
        let prompt = try site.challenge(seat, .pin)
        #expect(settle(site, seat, prompt, matched: true) == expired, "it must be taken first")
        #expect(take(site, other, prompt) == unknown)
        #expect(take(site, seat, prompt + 1) == unknown)
        #expect(take(site, seat, prompt) == .demand(.check(pin), reader: "r1"))
        #expect(settle(site, other, prompt, matched: true) == expired)
        site.pass(.milliseconds(120_001))
        #expect(settle(site, seat, prompt, matched: true) == expired)
        let late = try site.challenge(seat, .pin)
        site.pass(.milliseconds(120_001))
        #expect(take(site, seat, late) == expired)
    }

    @Test func anotherReadAtTheReaderOrANewHelloEndsTheQuestion() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        _ = site.admin(.setPIN(user: "ada", pin))
        let prompt = try site.challenge(seat, .pin)
        _ = try site.present(seat, site.presented(reader: "r2"))
        #expect(take(site, seat, prompt) == .demand(.check(pin), reader: "r1"))
        _ = try site.present(seat, site.presented("2718281828"))
        #expect(settle(site, seat, prompt, matched: true) == .verdict(.refused(Refusal(.readExpired))))
        let next = try site.challenge(seat, .pin)
        let seatAfter = try site.seat(1)
        #expect(take(site, seatAfter, next) == .verdict(.refused(Refusal(.sessionExpired))))
    }

    @Test func wrongPINsLockAndTheLockSurvivesARestart() throws {
        let folder = try TemporaryDirectory()
        do {
            let site = try Site.furnished(path: folder.file("s.db"))
            let seat = try site.seat(1)
            try site.accept()
            _ = site.admin(.setPIN(user: "ada", pin))
            for _ in 0..<4 { #expect(try tryPIN(site, seat, matched: false) == .refused(Refusal(.wrongPIN))) }
        }
        let site = try Site(path: folder.file("s.db"))
        site.reads = 100
        let seat = try site.seat(1)
        #expect(try tryPIN(site, seat, matched: false) == .refused(Refusal(.locked, retryAfter: .seconds(60))))
        #expect(
            try site.present(seat, site.presented(key: [9, 1])) == .refused(Refusal(.locked, retryAfter: .seconds(60))))
        site.pass(.seconds(60))
        guard case .session = try tryPIN(site, seat, matched: true) else { throw Missing(what: "a session") }
        #expect(try site.triesLeft(seat, site.presented(key: [9, 2])) == 5)
    }

    @Test func guessingInParallelGainsNothing() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        _ = site.admin(.setPIN(user: "ada", pin))
        let prompts = try (0..<10).map { number in
            let prompt = try site.challenge(seat, .pin, site.presented(reader: "r\(number)"))
            _ = take(site, seat, prompt)
            return prompt
        }
        let requests = (0..<10).map {
            StoreRequest.settlePrompt(seat, prompt: prompts[$0], .matched($0 == 9), at: site.now)
        }
        let replies = site.store.perform(requests)
        #expect(replies[9] == .verdict(.refused(Refusal(.locked, retryAfter: .seconds(60)))))
        #expect(replies.filter { $0 == .verdict(.refused(Refusal(.wrongPIN))) }.count == 4)
    }

    @Test func anAdministratorForgivesWrongPINs() throws {
        for forgive in [AdminRequest.lockUser("ada", locked: false), .setPIN(user: "ada", pin)] {
            let site = try Site.furnished()
            let seat = try site.seat(1)
            _ = site.admin(.setPIN(user: "ada", pin))
            for _ in 0..<5 { _ = try tryPIN(site, seat, matched: false) }
            #expect(site.admin(forgive) == .done)
            #expect(try site.triesLeft(seat) == 5)
        }
    }
}
