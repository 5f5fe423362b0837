// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing
import TestKit

@testable import Store

/// Numbers, names, PINs and passwords that people type.
struct StoreLoginTests {
    private static let wrong = ReadVerdict.refused(Refusal(.wrongPIN))

    private func site(_ settings: StoreSettings = Site.settings, path: String = ":memory:") throws -> Site {
        let site = try Site.furnished(path: path, settings: settings)
        _ = site.admin(.setNumber(user: "ada", "4711"))
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        _ = site.admin(.setPassword(user: "ada", Site.pin))
        return site
    }

    private func secret(_ site: Site, _ seat: AgentSeat, _ user: String, _ proof: Login.Proof) -> StoreReply {
        site.store.perform(.findSecret(seat, site.login(user, proof), at: site.now))
    }

    @Test func aNumberGoesWithThePINAndANameWithThePassword() throws {
        let site = try site()
        let seat = try site.able()
        #expect(secret(site, seat, "4711", .pin) == .secret(Site.pin))
        #expect(secret(site, seat, "ada", .pin) == .secret(nil), "a PIN is not open to guessing by name")
        #expect(secret(site, seat, "ada", .password) == .secret(Site.pin))
        #expect(secret(site, seat, "4711", .password) == .secret(Site.pin))
        #expect(secret(site, seat, "0815", .pin) == .secret(nil))
        #expect(secret(site, seat, "ben", .password) == .secret(nil))
        _ = site.admin(.setNumber(user: "ada", nil))
        #expect(secret(site, seat, "4711", .pin) == .secret(nil))
        let terms = try site.session(try site.log(seat, site.login("ada", .password), matched: true)).terms
        #expect(
            terms == SessionTerms(idleLife: .seconds(60), inDoubt: 0, account: .none, mayChangePIN: true))
    }

    @Test func theSameLoginIsAnsweredOnce() throws {
        let site = try site()
        let seat = try site.able()
        let login = site.login("4711")
        let grant = try site.session(try site.log(seat, login, matched: true))
        #expect(site.store.perform(.findSecret(seat, login, at: site.now)) == .verdict(.session(grant)))
        #expect(try site.verdict(.settleLogin(seat, login, matched: false, at: site.now)) == .session(grant))
        let old = site.login("4711", age: .milliseconds(5001))
        let expired = StoreReply.verdict(.refused(Refusal(.readExpired)))
        #expect(site.store.perform(.findSecret(seat, old, at: site.now)) == expired)
        var again = old
        again.age = .zero
        #expect(site.store.perform(.findSecret(seat, again, at: site.now)) == expired)
    }

    @Test func anUnknownUserIsAnsweredLikeAWrongSecretToTheEnd() throws {
        for known in ["4711", "0815"] {
            let site = try site()
            let seats = try (1...2).map { try site.able(UInt8($0)) }
            var answers: [ReadVerdict] = []
            for number in 0..<9 {
                // Readers enough, so that only the user's counter bars.
                let login = site.login(known, reader: "r\(number)")
                let answer = try site.log(seats[number % 2], login, matched: false)
                answers.append(answer)
                if case .refused(let refusal) = answer, let wait = refusal.retryAfter { site.pass(wait) }
            }
            let waits = [60, 120, 240, 480, 960].map {
                ReadVerdict.refused(Refusal(.locked, retryAfter: .seconds($0)))
            }
            #expect(answers == Array(repeating: Self.wrong, count: 4) + waits, "\(known)")
        }
    }

    @Test func aLockShowsOnlyToWhoeverHasTheSecret() throws {
        let site = try site()
        let seat = try site.able()
        _ = site.admin(.lockUser("ada", locked: true))
        #expect(try site.log(seat, site.login("4711"), matched: false) == Self.wrong)
        #expect(try site.log(seat, site.login("4711"), matched: true) == .refused(Refusal(.locked)))
    }

    @Test func aHundredFailuresNeedTheAdministrator() throws {
        let site = try site()
        let seat = try site.able()
        try site.store.database.run("UPDATE users SET failures = 99, barred_until = NULL WHERE name = 'ada'")
        #expect(try site.log(seat, site.login("4711"), matched: false) == .refused(Refusal(.locked)))
        site.pass(.seconds(30 * 86_400))
        #expect(try site.log(seat, site.login("4711"), matched: true) == .refused(Refusal(.locked)))
        _ = site.admin(.lockUser("ada", locked: false))
        _ = try site.session(try site.log(seat, site.login("4711"), matched: true))
    }

    // MARK: Places

    @Test func aReaderIsShutAfterManyWrongSecretsWhoeverTheyWereFor() throws {
        let folder = try TemporaryDirectory()
        var wait: Duration?
        do {
            let site = try site(path: folder.file("s.db"))
            let seat = try site.able()
            for number in 0..<10 { _ = try site.log(seat, site.login("10\(number)"), matched: false) }
            let shut = try site.log(seat, site.login("4711"), matched: true)
            guard case .refused(let refusal) = shut else { throw Missing(what: "a refusal") }
            #expect(refusal == Refusal(.locked, retryAfter: .seconds(60)))
            wait = refusal.retryAfter
        }
        // A restart changes nothing; the next reader is open, and so is this one after the wait.
        let site = try Site(path: folder.file("s.db"))
        site.reads = 100
        let seat = try site.able()
        #expect(
            try site.log(seat, site.login("4711"), matched: true) == .refused(Refusal(.locked, retryAfter: wait)))
        _ = try site.session(try site.log(seat, site.login("4711", reader: "r2"), matched: true))
        site.pass(wait ?? .zero)
        _ = try site.session(try site.log(seat, site.login("4711"), matched: true))
        // A right one lowered nothing: the next wrong one bars at once, twice as long.
        _ = try site.log(seat, site.login("999"), matched: false)
        #expect(
            try site.log(seat, site.login("4711"), matched: true)
                == .refused(Refusal(.locked, retryAfter: .seconds(120))))
        #expect(site.admin(.unlockAgent("copier-1")) == .done)
        _ = try site.session(try site.log(seat, site.login("4711"), matched: true))
        #expect(try site.store.brokenInvariants() == [])
    }

    /// Of a user, of a name that nobody has, and of an agent; the reader's is above.
    @Test(arguments: ["4711", "0815", "agent"]) func delaysSurviveARestart(whose: String) throws {
        let folder = try TemporaryDirectory()
        let barred = ReadVerdict.refused(Refusal(.locked, retryAfter: .seconds(60)))
        func guess(_ site: Site, _ seat: AgentSeat, _ number: Int) throws -> ReadVerdict {
            let user = whose == "agent" ? "10\(number)" : whose
            return try site.log(seat, site.login(user, reader: "r\(number)"), matched: false)
        }
        var now: WallTime?
        do {
            let site = try site(path: folder.file("s.db"))
            let seat = try site.able()
            for number in 0..<(whose == "agent" ? 20 : 5) { _ = try guess(site, seat, number) }
            #expect(try guess(site, seat, 30) == barred)
            now = site.now
        }
        let site = try Site(path: folder.file("s.db"))
        (site.reads, site.now) = (100, try #require(now))
        let seat = try site.able()
        #expect(try guess(site, seat, 31) == barred)
        site.pass(.milliseconds(59_999))
        #expect(try guess(site, seat, 32) == .refused(Refusal(.locked, retryAfter: .milliseconds(1))))
        site.pass(.milliseconds(1))
        // What was counted before the restart goes on counting.
        _ = try guess(site, seat, 33)
        #expect(try guess(site, seat, 34) == .refused(Refusal(.locked, retryAfter: .seconds(120))))
    }

    @Test func soIsAnAgentWithManyReaders() throws {
        let site = try site()
        let (seat, other) = (try site.able(1), try site.able(2))
        for number in 0..<20 {
            _ = try site.log(seat, site.login("10\(number)", reader: "r\(number)"), matched: false)
        }
        #expect(
            try site.log(seat, site.login("4711", reader: "new"), matched: true)
                == .refused(Refusal(.locked, retryAfter: .seconds(60))))
        _ = try site.session(try site.log(other, site.login("4711"), matched: true))
    }

    @Test func badgesThatNobodyHasShutNoReader() throws {
        let site = try site()
        let seat = try site.able()
        for number in 0..<30 { _ = try site.present(seat, site.presented("99999\(number)")) }
        _ = try site.challenge(seat, .pin)
        for _ in 0..<10 {
            _ = try site.log(seat, site.login("10"), matched: false)
            site.pass(.seconds(86_400))
        }
        #expect(try site.triesLeft(seat) == 5)
    }

    @Test func aShutReaderAsksForNoPINAndTakesBadgesWithoutOne() throws {
        let site = try site()
        let seat = try site.able()
        _ = site.admin(.addBadge(user: "ben", try Site.form("777777"), label: ""))
        for number in 0..<10 { _ = try site.log(seat, site.login("10\(number)"), matched: false) }
        #expect(try site.present(seat) == .refused(Refusal(.locked, retryAfter: .seconds(60))))
        _ = try site.session(try site.present(seat, site.presented("777777")))
    }

    @Test func countersOfLongAgoAreForgotten() throws {
        let site = try site()
        let seat = try site.able()
        _ = try site.log(seat, site.login("10"), matched: false)
        func count() throws -> Int? { try site.store.database.row("SELECT count(*) FROM attempts") { $0.int(0) } }
        #expect(try count() == 3)
        site.pass(PlaceLockRule.recordLife + .seconds(1))
        _ = site.store.perform(.purge(at: site.now))
        // A user's failures are not forgotten either: waiting does not tell the two apart.
        #expect(try count() == 1)
        site.pass(LockRule.recordLife)
        _ = site.store.perform(.purge(at: site.now))
        #expect(try count() == 0)
    }

    // MARK: Administration

    private func code(_ reply: AdminReply) -> AdminRefusal.Code? {
        if case .refused(let refusal) = reply { refusal.code } else { nil }
    }

    @Test func numbersAreDigitsAndOnePersons() throws {
        let site = try site()
        for number in ["", "12a", "-1", " 1", String(repeating: "1", count: 33)] {
            #expect(code(site.admin(.setNumber(user: "ben", number))) == .invalid)
        }
        #expect(code(site.admin(.setNumber(user: "ben", "4711"))) == .exists)
        #expect(code(site.admin(.addUser(name: "eve", fullName: "", department: "d", number: "4711"))) == .exists)
        #expect(site.admin(.setNumber(user: "ada", "4711")) == .done)
        #expect(code(site.admin(.setNumber(user: "nobody", "1"))) == .notFound)
        guard case .user(let facts) = site.admin(.showUser("ada")) else { throw Missing(what: "ada") }
        #expect(facts.number == "4711" && facts.hasPassword)
        _ = site.admin(.deleteUser("ada"))
        guard case .user(let eve) = site.admin(.addUser(name: "eve", fullName: "", department: "d", number: "4711"))
        else { throw Missing(what: "eve") }
        #expect(eve.number == "4711" && !eve.hasPassword)
    }

    /// As a version before let them be: it compared names by their bytes.
    @Test func usersWhoseNamesLookAlikeKeepTheirOwnNumbers() throws {
        let site = try site()
        let (one, two) = ("jos\u{E9}", "jose\u{301}")
        _ = site.admin(.addUser(name: one, fullName: "", department: "R&D", number: "5"))
        _ = site.admin(.addUser(name: "jo", fullName: "", department: "R&D", number: nil))
        try site.store.database.run("UPDATE users SET name = ?1 WHERE name = 'jo'", .text(two))
        #expect(code(site.admin(.setNumber(user: two, "5"))) == .exists)
        #expect(site.admin(.setNumber(user: two, "6")) == .done)
        #expect(site.admin(.setNumber(user: two, "6")) == .done)
        // KELVIN SIGN is K to Unicode.
        _ = site.admin(.addUser(name: "\u{212A}", fullName: "", department: "R&D", number: nil))
        #expect(code(site.admin(.addUser(name: "K", fullName: "", department: "R&D", number: nil))) == .exists)
    }
}
