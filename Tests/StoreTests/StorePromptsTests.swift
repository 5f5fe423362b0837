// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseRules
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing

/// Questions at a reader: second factor, first PIN, change of the PIN.
struct StorePromptsTests {
    private let other = PINHash(logN: 15, salt: [9], hash: SecretBytes([7]))

    private func site(_ change: (inout StoreSettings) -> Void) throws -> Site {
        var settings = Site.settings
        change(&settings)
        return try Site.furnished(settings: settings)
    }

    private func audit(_ site: Site) throws -> [String] {
        try site.auditLines()
    }

    @Test func aPersonWithoutJobsHasASessionWhereTheAgentCanShowIt() throws {
        let site = try Site.furnished()
        #expect(try site.present(try site.seat(1)) == .refused(Refusal(.noJobs)))
        let grant = try site.session(try site.present(try site.able()))
        #expect(grant.jobs == 0)
        #expect(grant.terms?.idleLife == .seconds(60))
    }

    @Test func theFirstPINIsChosenAndTypedTwice() throws {
        let site = try site { $0.secondFactor = .always }
        let seat = try site.able()
        let first = try site.challenge(seat, .newPIN)
        #expect(site.store.perform(.takePrompt(seat, prompt: first, at: site.now)) == .demand(.newPIN, reader: "r1"))
        let second = try site.prompt(
            try site.verdict(.settlePrompt(seat, prompt: first, .chosen(Site.pin), at: site.now)), .repeatPIN)
        #expect(
            site.store.perform(.takePrompt(seat, prompt: second, at: site.now))
                == .demand(.check(Site.pin), reader: "r1"))
        _ = try site.session(try site.verdict(.settlePrompt(seat, prompt: second, .matched(true), at: site.now)))
        // From then on it is asked for.
        let prompt = try site.challenge(seat, .pin)
        #expect(
            site.store.perform(.takePrompt(seat, prompt: prompt, at: site.now))
                == .demand(.check(Site.pin), reader: "r1"))
        #expect(try audit(site).contains("ada choose-pin ada"))
    }

    @Test func anUnfitOrMistypedNewPINChangesNothing() throws {
        let site = try site { $0.secondFactor = .always }
        let seat = try site.able()
        let refused = ReadVerdict.refused(Refusal(.pinNotAcceptable))
        #expect(try site.answer(seat, try site.challenge(seat, .newPIN), .unacceptable) == refused)
        let again = try site.prompt(
            try site.answer(seat, try site.challenge(seat, .newPIN), .chosen(Site.pin)), .repeatPIN)
        #expect(try site.answer(seat, again, .matched(false)) == refused)
        _ = try site.challenge(seat, .newPIN)
        #expect(try audit(site).allSatisfy { !$0.contains("choose-pin") })
    }

    @Test func anAnswerThatWasNotLookedAtMayComeAgain() throws {
        let site = try site { $0.secondFactor = .always }
        let seat = try site.able()
        let busy = ReadVerdict.refused(Refusal(.busy, retryAfter: .seconds(1)))
        let first = try site.challenge(seat, .newPIN)
        #expect(try site.answer(seat, first, .unchecked) == busy)
        let again = try site.prompt(try site.answer(seat, first, .chosen(Site.pin)), .repeatPIN)
        for _ in 0..<10 { #expect(try site.answer(seat, again, .unchecked) == busy) }
        _ = try site.session(try site.answer(seat, again, .matched(true)))
        // It counts nowhere, and the question ends when it would have.
        let prompt = try site.challenge(seat, .pin)
        #expect(try site.answer(seat, prompt, .unchecked) == busy)
        #expect(try site.triesLeft(seat) == 5)
        let last = try site.challenge(seat, .pin)
        #expect(try site.answer(seat, last, .unchecked) == busy)
        site.pass(.milliseconds(120_001))
        #expect(
            site.store.perform(.takePrompt(seat, prompt: last, at: site.now))
                == .verdict(.refused(Refusal(.readExpired))))
    }

    @Test func aPINSetMeanwhileIsNotOverwritten() throws {
        let site = try site { $0.secondFactor = .always }
        let seat = try site.able()
        let again = try site.prompt(
            try site.answer(seat, try site.challenge(seat, .newPIN), .chosen(other)), .repeatPIN)
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        #expect(try site.answer(seat, again, .matched(true)) == .refused(Refusal(.notPermitted)))
    }

    @Test func anAgentOfTheFirstVersionCannotAskForANewPIN() throws {
        let site = try site { $0.secondFactor = .always }
        let seat = try site.seat(1)
        try site.accept()
        #expect(try site.present(seat) == .refused(Refusal(.notPermitted)))
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        _ = try site.challenge(seat, .pin)
    }

    @Test func aTypedNumberNeedsThePINAndABadgeDoesNot() throws {
        let site = try site { $0.secondFactor = .whenTyped }
        let seat = try site.able()
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        _ = try site.session(try site.present(seat))
        func typed(_ digits: String) throws -> Presented {
            var presented = site.presented(digits)
            presented.read = try #require(RawRead(technology: .keypad, text: Array(digits.utf8)))
            return presented
        }
        let prompt = try site.challenge(seat, .pin, try typed(Site.badge))
        _ = try site.session(try site.answer(seat, prompt, .matched(true)))
        // A number that nobody has: the same question, checked against nothing, and the same answers.
        var answers: [ReadVerdict] = []
        for _ in 0..<5 {
            let prompt = try site.challenge(seat, .pin, try typed("2718281828"))
            #expect(
                site.store.perform(.takePrompt(seat, prompt: prompt, at: site.now))
                    == .demand(.check(nil), reader: "r1"))
            answers.append(try site.verdict(.settlePrompt(seat, prompt: prompt, .matched(false), at: site.now)))
        }
        #expect(answers.last == .refused(Refusal(.locked, retryAfter: .seconds(60))))
        #expect(answers.dropLast().allSatisfy { $0 == .refused(Refusal(.wrongPIN)) })
        #expect(
            try site.present(seat, try typed("2718281828")) == .refused(Refusal(.locked, retryAfter: .seconds(60))))
    }

    /// The numbers of nobody, of somebody without and with a PIN, of a locked person and of two people: what is
    /// answered to the end, when each wait is waited for.
    @Test(arguments: [SecondFactor.whenTyped, .always])
    func whatATypedNumberIsWorthNeverShows(policy: SecondFactor) throws {
        var told: [String: [String]] = [:]
        for number in ["nobody", "bare", "ada", "locked", "two"] {
            let settings = StoreSettings { read, _ in
                let other = RawRead(technology: .wedge, text: Array("777777".utf8))
                return read.forms + (number == "two" ? other.map(\.forms) ?? [] : [])
            }
            var policed = settings
            policed.secondFactor = policy
            let site = try Site.furnished(settings: policed)
            let seats = [try site.able(1), try site.able(2)]
            if number != "bare" { _ = site.admin(.setPIN(user: "ada", Site.pin)) }
            _ = site.admin(.addBadge(user: "ben", try Site.form("777777"), label: ""))
            if number == "locked" { _ = site.admin(.lockUser("ada", locked: true)) }
            for attempt in 0..<9 {
                var presented = site.presented(reader: "r\(attempt)")
                let digits = number == "nobody" ? "2718281828" : Site.badge
                presented.read = try #require(RawRead(technology: .keypad, text: Array(digits.utf8)))
                let seat = seats[attempt % 2]
                let asked: Challenge
                switch try site.present(seat, presented) {
                case .challenge(let challenge), .ambiguous(_, let challenge?): asked = challenge
                case let other: throw Missing(what: "a question of \(number), not \(other)")
                }
                guard
                    case .demand(.check, _) = site.store.perform(
                        .takePrompt(seat, prompt: asked.prompt, at: site.now))
                else { throw Missing(what: "a check") }
                let answer = try site.verdict(
                    .settlePrompt(seat, prompt: asked.prompt, .matched(false), at: site.now))
                guard case .refused(let refusal) = answer else { throw Missing(what: "a refusal") }
                told[number, default: []].append("\(asked.kind) \(asked.triesLeft) \(refusal)")
                if let wait = refusal.retryAfter { site.pass(wait) }
            }
        }
        #expect(Set(told.values).count == 1, "\(told)")
    }

    @Test func aLockShowsWithTheRightPINOnly() throws {
        let site = try site { $0.secondFactor = .whenTyped }
        let seat = try site.able()
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        _ = site.admin(.lockUser("ada", locked: true))
        for (matched, code) in [(false, Refusal.Code.wrongPIN), (true, .locked)] {
            var typed = site.presented()
            typed.read = try #require(RawRead(technology: .keypad, text: Array(Site.badge.utf8)))
            let prompt = try site.challenge(seat, .pin, typed)
            #expect(try site.answer(seat, prompt, .matched(matched)) == .refused(Refusal(code)))
        }
        // Who holds the badge has something that cannot be guessed.
        #expect(try site.present(seat) == .refused(Refusal(.locked)))
    }

    @Test func theAdministratorLearnsOfANumberThatTwoPeopleHave() throws {
        var settings = StoreSettings { read, _ in
            let other = RawRead(technology: .wedge, text: Array("777777".utf8))
            return read.forms + (other.map(\.forms) ?? [])
        }
        settings.secondFactor = .whenTyped
        let site = try Site.furnished(settings: settings)
        _ = site.admin(.addBadge(user: "ben", try Site.form("777777"), label: ""))
        var typed = site.presented()
        typed.read = try #require(RawRead(technology: .keypad, text: Array(Site.badge.utf8)))
        guard case .ambiguous(users: ["ada", "ben"], let challenge?) = try site.present(try site.able(), typed) else {
            throw Missing(what: "a report")
        }
        #expect(challenge.kind == .pin)
        #expect(try audit(site).contains { $0.contains("ambiguous-badge") })
    }

    @Test func aPINThatSomebodyChoseIsToldOf() throws {
        let site = try site { $0.secondFactor = .always }
        let seat = try site.able()
        let again = try site.prompt(
            try site.answer(seat, try site.challenge(seat, .newPIN), .chosen(other)), .repeatPIN)
        _ = site.store.perform(.takePrompt(seat, prompt: again, at: site.now))
        guard
            case .pinChosen(.session, knowing: []) = site.store.perform(
                .settlePrompt(seat, prompt: again, .matched(true), at: site.now))
        else { throw Missing(what: "a chosen PIN") }
        // Nothing else is: not a right PIN, and not one that was mistyped.
        let right = try site.challenge(seat, .pin)
        _ = site.store.perform(.takePrompt(seat, prompt: right, at: site.now))
        guard
            case .verdict(.session) = site.store.perform(
                .settlePrompt(seat, prompt: right, .matched(true), at: site.now))
        else { throw Missing(what: "a session") }
    }

    // MARK: Change

    private func change(_ site: Site, _ seat: AgentSeat, _ session: SessionID) throws -> ReadVerdict {
        try site.verdict(.changePIN(seat, session: session, at: site.now))
    }

    @Test func whoeverHasTypedThePINChangesIt() throws {
        let site = try Site.furnished()
        let seat = try site.able()
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        let session = try site.session(try site.answer(seat, try site.challenge(seat, .pin), .matched(true)))
        let new = try site.prompt(try change(site, seat, session.session), .newPIN)
        let again = try site.prompt(try site.answer(seat, new, .chosen(other)), .repeatPIN)
        #expect(try site.answer(seat, again, .matched(true)) == .session(session))
        let prompt = try site.challenge(seat, .pin)
        #expect(
            site.store.perform(.takePrompt(seat, prompt: prompt, at: site.now)) == .demand(.check(other), reader: "r1"))
    }

    @Test func aBadgeThatLiesAboutDoesNotChangeThePIN() throws {
        let site = try site { $0.secondFactor = .whenTyped }
        let seat = try site.able()
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        let session = try site.session(try site.present(seat)).session
        let old = try site.prompt(try change(site, seat, session), .pin)
        #expect(try site.answer(seat, old, .matched(false)) == .refused(Refusal(.wrongPIN)))
        let right = try site.prompt(try change(site, seat, session), .pin)
        let new = try site.prompt(try site.answer(seat, right, .matched(true)), .newPIN)
        let again = try site.prompt(try site.answer(seat, new, .chosen(other)), .repeatPIN)
        #expect(try site.session(try site.answer(seat, again, .matched(true))).session == session)
        site.pass(PINRule.changePause)
        _ = try site.prompt(try change(site, seat, session), .newPIN)
    }

    @Test func aPINIsChangedOnceAMinute() throws {
        let site = try Site.furnished()
        let seat = try site.able()
        let session = try site.session(try site.present(seat)).session
        func choose(_ new: UInt32) throws -> ReadVerdict {
            let again = try site.prompt(try site.answer(seat, new, .chosen(other)), .repeatPIN)
            return try site.answer(seat, again, .matched(true))
        }
        _ = try site.session(try choose(try site.prompt(try change(site, seat, session), .newPIN)))
        #expect(try change(site, seat, session) == .refused(Refusal(.busy, retryAfter: PINRule.changePause)))
        site.pass(PINRule.changePause - .milliseconds(1))
        #expect(try change(site, seat, session) == .refused(Refusal(.busy, retryAfter: .milliseconds(1))))
        site.pass(.milliseconds(1))
        let new = try site.prompt(try change(site, seat, session), .newPIN)
        // Somebody who asked at many places at once is told at the end of each.
        let second = try site.able(2)
        let there = try site.session(try site.answer(second, try site.challenge(second, .pin), .matched(true)))
        let late = try site.prompt(try change(site, second, there.session), .newPIN)
        _ = try site.session(try choose(new))
        let again = try site.prompt(try site.answer(second, late, .chosen(other)), .repeatPIN)
        #expect(try site.answer(second, again, .matched(true)) == .refused(Refusal(.busy, retryAfter: .seconds(60))))
    }

    @Test func whoMayRememberThePersonIsToldOfTheirNewPIN() throws {
        func knowing(_ mode: OfflineMode, after wait: Duration) throws -> [AgentID] {
            let site = try site {
                $0.offline = OfflinePolicy(mode: mode, pages: 9, lease: .seconds(900), interval: .seconds(60))
            }
            let (first, second) = (try site.able(1), try site.able(2))
            _ = try site.session(try site.present(first))
            site.pass(wait)
            let session = try site.session(try site.present(second)).session
            let new = try site.prompt(try change(site, second, session), .newPIN)
            let again = try site.prompt(try site.answer(second, new, .chosen(other)), .repeatPIN)
            _ = site.store.perform(.takePrompt(second, prompt: again, at: site.now))
            guard
                case .pinChosen(_, let knowing) = site.store.perform(
                    .settlePrompt(second, prompt: again, .matched(true), at: site.now))
            else { throw Missing(what: "a chosen PIN") }
            return knowing
        }
        #expect(try knowing(.cached, after: OfflineRule.cacheLife) == [AgentID(1), AgentID(2)])
        #expect(try knowing(.cached, after: OfflineRule.cacheLife + .milliseconds(1)) == [AgentID(2)])
        #expect(try knowing(.deny, after: .zero) == [])
    }

    @Test func onlyAnOpenSessionChangesAPIN() throws {
        let site = try Site.furnished()
        let (seat, elsewhere) = (try site.able(1), try site.able(2))
        let session = try site.session(try site.present(seat)).session
        let expired = ReadVerdict.refused(Refusal(.sessionExpired))
        #expect(try change(site, elsewhere, session) == expired)
        #expect(try change(site, seat, SessionID(99)) == expired)
        let new = try site.prompt(try change(site, seat, session), .newPIN)
        _ = site.admin(.lockUser("ada", locked: true))
        #expect(try change(site, seat, session) == expired)
        let again = try site.prompt(try site.answer(seat, new, .chosen(other)), .repeatPIN)
        #expect(try site.answer(seat, again, .matched(true)) == .refused(Refusal(.notPermitted)))
    }

    @Test func promptsEndWithTheirConnection() throws {
        let site = try site { $0.secondFactor = .always }
        let old = try site.able()
        let prompt = try site.challenge(old, .newPIN)
        let new = try site.able()
        let fenced = StoreReply.verdict(.refused(Refusal(.fenced)))
        #expect(site.store.perform(.takePrompt(old, prompt: prompt, at: site.now)) == fenced)
        #expect(site.store.perform(.settlePrompt(old, prompt: prompt, .unacceptable, at: site.now)) == fenced)
        #expect(
            site.store.perform(.takePrompt(new, prompt: prompt, at: site.now))
                == .verdict(.refused(Refusal(.sessionExpired))))
    }
}
