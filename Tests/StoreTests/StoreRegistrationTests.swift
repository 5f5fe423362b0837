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

/// A badge that nobody has becomes its holder's.
struct StoreRegistrationTests {
    private static let fresh = "2718281828"

    private func site(_ policy: SelfRegistration = .both) throws -> (Site, AgentSeat) {
        var settings = Site.settings
        settings.selfRegistration = policy
        let site = try Site.furnished(settings: settings)
        return (site, try site.able())
    }

    private func code(_ site: Site, _ user: String = "ben") throws -> SecretBytes {
        guard case .activationCode(let code, let expires) = site.admin(.makeActivationCode(user: user)) else {
            throw Missing(what: "a code")
        }
        #expect(expires == site.now.advanced(by: .seconds(7 * 86_400)))
        #expect(code.revealed.count == 8)
        return code
    }

    private func wrong(_ code: SecretBytes) -> SecretBytes {
        SecretBytes(Array(code.revealed.dropLast()) + [code.revealed[7] == 0x30 ? 0x31 : 0x30])
    }

    private func hold(_ site: Site) -> Presented { site.presented(Self.fresh) }

    private func activate(_ site: Site, _ seat: AgentSeat, _ code: SecretBytes) throws -> ReadVerdict {
        try site.answer(seat, try site.challenge(seat, .activation, hold(site)), .code(code))
    }

    @Test func aCodeAndTwoEqualReadsMakeTheBadgeTheirs() throws {
        let (site, seat) = try site()
        try site.accept("ben")
        let code = try code(site)
        _ = try site.prompt(try activate(site, seat, code), .presentAgain)
        let grant = try site.session(try site.present(seat, hold(site)))
        #expect(grant.user == "ben" && grant.jobs == 1)
        #expect(try site.auditLines().contains("ben register-badge 2 of ben"))
        #expect(try site.session(try site.present(seat, hold(site))).user == "ben")
        // The code is spent.
        #expect(
            try site.answer(seat, try site.challenge(seat, .activation, site.presented("555555")), .code(code))
                == .refused(Refusal(.activationCode)))
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func aCodeIsNoSecondFactor() throws {
        let (site, seat) = try site()
        _ = site.admin(.setPIN(user: "ben", Site.pin))
        _ = try site.prompt(try activate(site, seat, try code(site)), .presentAgain)
        let prompt = try site.prompt(try site.present(seat, hold(site)), .pin)
        #expect(try site.answer(seat, prompt, .matched(false)) == .refused(Refusal(.wrongPIN)))
        // The badge is theirs all the same, as any other is whose PIN was wrong.
        let next = try site.challenge(seat, .pin, hold(site))
        #expect(try site.session(try site.answer(seat, next, .matched(true))).user == "ben")
    }

    @Test func whereEverybodyHasAPINTheFirstBadgeLeadsToOne() throws {
        var settings = Site.settings
        (settings.selfRegistration, settings.secondFactor) = (.both, .always)
        let site = try Site.furnished(settings: settings)
        let seat = try site.able()
        _ = try site.prompt(try activate(site, seat, try code(site)), .presentAgain)
        let chosen = try site.prompt(try site.present(seat, hold(site)), .newPIN)
        let again = try site.prompt(try site.answer(seat, chosen, .chosen(Site.pin)), .repeatPIN)
        #expect(try site.session(try site.answer(seat, again, .matched(true))).user == "ben")
        _ = try site.challenge(seat, .pin, hold(site))
    }

    @Test func aLoginIsOne() throws {
        let (site, seat) = try site()
        _ = site.admin(.setPIN(user: "ben", Site.pin))
        _ = site.admin(.setPassword(user: "ben", Site.pin))
        let prompt = try site.challenge(seat, .activation, hold(site))
        _ = try site.prompt(
            try site.log(seat, site.login("ben", .password, prompt: prompt), matched: true), .presentAgain)
        #expect(try site.session(try site.present(seat, hold(site))).user == "ben")
    }

    @Test func aLoginAndTwoEqualReadsDoSo() throws {
        let (site, seat) = try site(.login)
        _ = site.admin(.setPassword(user: "ben", Site.pin))
        let prompt = try site.challenge(seat, .activation, hold(site))
        let answer = try site.log(seat, site.login("ben", .password, prompt: prompt), matched: true)
        _ = try site.prompt(answer, .presentAgain)
        #expect(try site.session(try site.present(seat, hold(site))).user == "ben")
        // A code does not, where the site says so.
        #expect(
            try site.answer(
                seat, try site.challenge(seat, .activation, site.presented("555555")), .code(try code(site)))
                == .refused(Refusal(.activationCode)))
    }

    @Test func aLoginThatFailsOrNamesAnotherQuestionDoesNot() throws {
        let (site, seat) = try site()
        _ = site.admin(.setPassword(user: "ben", Site.pin))
        let prompt = try site.challenge(seat, .activation, hold(site))
        let failed = try site.log(seat, site.login("ben", .password, prompt: prompt), matched: false)
        #expect(failed == .refused(Refusal(.wrongPIN)))
        let stale = try site.log(seat, site.login("ben", .password, prompt: prompt), matched: true)
        #expect(stale == .refused(Refusal(.sessionExpired)))
        let next = try site.challenge(seat, .activation, hold(site))
        let elsewhere = site.login("ben", .password, reader: "r2", prompt: next)
        #expect(try site.log(seat, elsewhere, matched: true) == .refused(Refusal(.sessionExpired)))
        _ = try site.challenge(seat, .activation, hold(site))
    }

    @Test func whereItIsOffOrTheAgentCannotTheBadgeStaysUnknown() throws {
        let unknown = ReadVerdict.refused(Refusal(.unknownCredential))
        let (off, seat) = try site(.off)
        #expect(try off.present(seat, hold(off)) == unknown)
        let (site, _) = try site()
        #expect(try site.present(try site.seat(1), hold(site)) == unknown)
        let (codes, able) = try self.site(.activation)
        _ = codes.admin(.setPassword(user: "ben", Site.pin))
        let prompt = try codes.challenge(able, .activation, hold(codes))
        let login = codes.login("ben", .password, prompt: prompt)
        #expect(try codes.log(able, login, matched: true) == .refused(Refusal(.notPermitted)))
    }

    private func typed(_ site: Site, _ digits: String) throws -> Presented {
        var presented = site.presented(digits)
        presented.read = try #require(RawRead(technology: .keypad, text: Array(digits.utf8)))
        return presented
    }

    @Test func aNumberThatSomebodyTypedIsNoBadgeToRegister() throws {
        let (site, seat) = try site()
        let unknown = ReadVerdict.refused(Refusal(.unknownCredential))
        #expect(try site.present(seat, try typed(site, Self.fresh)) == unknown)
        // Nor is it the second read of one: the person at the keypad has taken the reader over.
        _ = try site.prompt(try activate(site, seat, try code(site)), .presentAgain)
        #expect(try site.present(seat, try typed(site, Self.fresh)) == unknown)
        _ = try site.challenge(seat, .activation, hold(site))
        #expect(try site.store.database.row("SELECT count(*) FROM badges") { $0.int(0) } == 1)
    }

    @Test func guessingNumbersAtAKeypadShutsItAndLeavesBadgesAlone() throws {
        let (site, seat) = try site(.off)
        try site.accept()
        for number in 0..<10 {
            #expect(
                try site.present(seat, try typed(site, "55550\(number)")) == .refused(Refusal(.unknownCredential)))
        }
        let locked = ReadVerdict.refused(Refusal(.locked, retryAfter: .seconds(60)))
        #expect(try site.present(seat, try typed(site, "777777")) == locked)
        #expect(try site.present(seat, try typed(site, Site.badge)) == locked, "a right guess is not told")
        #expect(try site.session(try site.present(seat)).user == "Ada L.")
        site.pass(.seconds(61))
        #expect(try site.session(try site.present(seat, try typed(site, Site.badge))).user == "Ada L.")
    }

    @Test func aDifferentSecondReadIsRefused() throws {
        let (site, seat) = try site()
        let code = try code(site)
        _ = try activate(site, seat, code)
        #expect(try site.present(seat, site.presented("555555")) == .refused(Refusal(.differentBadge)))
        // Nothing is enrolled, and the code is as good as before.
        _ = try site.challenge(seat, .activation, hold(site))
        _ = try site.prompt(try activate(site, seat, code), .presentAgain)
        _ = try site.session(try site.present(seat, hold(site)))
    }

    @Test func somebodyElsesBadgeInBetweenIsTheirs() throws {
        let (site, seat) = try site()
        _ = try activate(site, seat, try code(site))
        #expect(try site.session(try site.present(seat)).user == "Ada L.")
        _ = try site.challenge(seat, .activation, hold(site))
    }

    @Test func aBadgeTakenMeanwhileIsRefused() throws {
        let (site, seat) = try site()
        _ = try activate(site, seat, try code(site))
        _ = site.admin(.addBadge(user: "ada", try Site.form(Self.fresh), label: ""))
        #expect(try site.present(seat, hold(site)) == .refused(Refusal(.badgeTaken)))
    }

    @Test func aSecondReadThatComesLateIsAskedForAgain() throws {
        let (site, seat) = try site()
        _ = try activate(site, seat, try code(site))
        site.pass(.seconds(11))
        _ = try site.prompt(try site.present(seat, hold(site)), .presentAgain)
        site.pass(.seconds(10))
        #expect(try site.session(try site.present(seat, hold(site))).user == "ben")
        _ = site.admin(.revokeBadge(2))
        _ = try activate(site, seat, try code(site))
        site.pass(.milliseconds(120_001))
        _ = try site.challenge(seat, .activation, hold(site))
    }

    @Test func aWrongCodeCountsAgainstTheOneThatItNames() throws {
        let (site, seat) = try site()
        let (code, other) = (try code(site), try self.code(site, "ada"))
        let refused = ReadVerdict.refused(Refusal(.activationCode))
        for _ in 0..<5 { #expect(try activate(site, seat, wrong(code)) == refused) }
        #expect(try activate(site, seat, code) == refused, "its five tries are used up")
        _ = try site.prompt(try activate(site, seat, other), .presentAgain)
    }

    @Test func guessingCodesShutsTheReader() throws {
        let (site, seat) = try site()
        let refused = ReadVerdict.refused(Refusal(.activationCode))
        for number in 0..<10 {
            #expect(try activate(site, seat, SecretBytes(Array("999999\(10 + number)".utf8))) == refused)
        }
        #expect(try activate(site, seat, try code(site)) == .refused(Refusal(.locked, retryAfter: .seconds(60))))
        for typed in ["", "1234", "abcdefgh", "123456789"] {
            site.pass(.seconds(7200))
            #expect(try activate(site, seat, SecretBytes(Array(typed.utf8))) == refused)
        }
    }

    @Test func aCodeEndsAfterAWeekWithItsUserAndWithTheNextOne() throws {
        let (site, seat) = try site()
        let refused = ReadVerdict.refused(Refusal(.activationCode))
        let first = try code(site)
        let second = try code(site)
        #expect(try activate(site, seat, first) == refused)
        _ = try site.prompt(try activate(site, seat, second), .presentAgain)
        let third = try code(site)
        #expect(try site.present(seat, hold(site)) != .refused(Refusal(.unknownCredential)))
        #expect(try site.store.database.row("SELECT count(*) FROM badges") { $0.int(0) } == 1)
        site.pass(.seconds(7 * 86_400))
        #expect(try activate(site, seat, third) == refused)
        _ = site.store.perform(.purge(at: site.now.advanced(by: .seconds(1))))
        #expect(try site.store.database.row("SELECT count(*) FROM activation_codes") { $0.int(0) } == 0)
        let last = try code(site)
        _ = site.admin(.deleteUser("ben"))
        #expect(try activate(site, seat, last) == refused)
    }

    @Test func aLockedUserRegistersNothing() throws {
        let (site, seat) = try site()
        let code = try code(site)
        _ = site.admin(.lockUser("ben", locked: true))
        #expect(try activate(site, seat, code) == .refused(Refusal(.locked)))
        _ = site.admin(.lockUser("ben", locked: false))
        _ = try activate(site, seat, code)
        _ = site.admin(.lockUser("ben", locked: true))
        #expect(try site.present(seat, hold(site)) == .refused(Refusal(.locked)))
    }

    @Test func noNumberAndNoCodeIsInTheDatabase() throws {
        let folder = try TemporaryDirectory()
        var settings = Site.settings
        settings.selfRegistration = .both
        let site = try Site.furnished(path: folder.file("s.db"), settings: settings)
        let seat = try site.able()
        let code = try code(site)
        _ = try activate(site, seat, code)
        for name in folder.names {
            for secret in [Array(Self.fresh.utf8), code.revealed] {
                #expect(try !folder.bytes(name).contains(secret), "\(name)")
            }
        }
    }
}
