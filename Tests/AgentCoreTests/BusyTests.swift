// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire
import Testing

/// The server had too much to check: what was typed is neither right nor wrong, and its question stands.
@Suite struct BusyTests {
    /// The question, what is typed, and what is asked of the server again.
    /// A number that is being typed outlives its connection; the next one is to a server that knows no log-in.
    @Test func whatIsTypedIsNotSaidToAServerThatDoesNotKnowIt() {
        var bench = Bench.agreed(hasKeypad: true)
        _ = bench.type("42")
        #expect(bench.linkDown().allSatisfy { !$0.hasPrefix("journal") })
        _ = bench.feed(.linkUp)
        _ = bench.welcome()
        #expect(bench.type("4711").suffix(3) == ["journal presented", "show pad server-away", "journal serverAway"])
    }

    @Test(arguments: [
        (Challenge.Kind.pin, "enter-pin"), (.newPIN, "choose-pin"), (.repeatPIN, "repeat-pin"),
        (.activation, "enter-code"),
    ])
    func theSameQuestionIsAnsweredOnceMore(kind: Challenge.Kind, asked: String) {
        var bench = Bench.agreed()
        _ = bench.read("1")
        #expect(bench.challenge(kind, prompt: 7, to: 1) == ["show left \(asked)"])
        for correlation: UInt32 in 2...4 {
            #expect(
                bench.type("4711")
                    == Array(repeating: "show left \(asked)", count: 4)
                    + ["send challengeReply \(correlation)", "show left checking"])
            #expect(bench.last == .challengeReply(ChallengeReply(prompt: 7, secret: SecretBytes(Array("4711".utf8)))))
            #expect(bench.refuse(.busy, to: correlation) == ["show left busy"])
        }
        // The read is open, and has its one outcome at the end.
        #expect(bench.core.journalState.presented.count == 1)
        _ = bench.type("4711")
        #expect(bench.grant(to: 5) == ["send release 6"])
        #expect(bench.releases([1], to: 6).prefix(2) == ["show left released", "journal released"])
    }

    @Test func whoGivesUpThenHasAnOutcome() {
        for isLate in [true, false] {
            var bench = Bench.typed()
            _ = bench.refuse(.busy, to: 2)
            let told = isLate ? bench.pass(.seconds(30)).filter { !$0.contains("ping") } : bench.press(.clear)
            #expect(told == ["show left abandoned", "journal abandoned"])
        }
    }

    @Test func anotherRefusalEndsItAsAlways() {
        var bench = Bench.typed()
        _ = bench.refuse(.busy, to: 2)
        _ = bench.type("4711")
        #expect(bench.refuse(.readExpired, to: 3) == ["show left too-late", "journal expired"])
    }

    /// A badge is held again; there is no question yet.
    @Test func aBadgeThatWasNotLookedAtIsOver() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        #expect(bench.refuse(.busy, to: 1) == ["show left server-away", "journal serverAway"])
    }

    @Test func theNextBadgeTakesThePlace() {
        var bench = Bench.typed()
        _ = bench.refuse(.busy, to: 2)
        #expect(
            bench.read("2") == [
                "show left abandoned", "journal abandoned", "send credential 3", "journal presented",
            ])
    }

    // MARK: Log-in

    @Test func aLogInAtAKeypadAsksForThePINOnceMore() {
        var bench = Bench.agreed()
        _ = bench.type("42")
        _ = bench.type("4711")
        guard case .login(let first) = bench.last else {
            Issue.record("no log-in")
            return
        }
        #expect(bench.refuse(.busy, to: 1) == ["show pad busy"])
        #expect(
            bench.type("0815")
                == Array(repeating: "show pad enter-pin", count: 4) + ["send login 2", "show pad checking"])
        guard case .login(let second) = bench.last else {
            Issue.record("no log-in")
            return
        }
        // The same log-in, for the server and for the journal.
        #expect(second.key == first.key && second.user == "42" && second.age == .zero)
        #expect(second.secret == SecretBytes(Array("0815".utf8)))
        #expect(bench.core.journalState.presented.count == 1)
        #expect(bench.grant(to: 2) == ["send release 3"])
        // No badge has become anybody's.
        #expect(bench.releases([1], to: 3).prefix(2) == ["show pad released", "journal released"])
        #expect(bench.core.journalState.presented.isEmpty)
    }

    @Test func aLogInAtAScreenMayComeAgain() {
        var bench = Bench.agreed(screens: 1)
        #expect(bench.logIn(at: "left") == ["send login 1", "journal presented", "show left checking"])
        #expect(bench.refuse(.busy, to: 1) == ["show left busy"])
        #expect(bench.views["left"]?.choices.contains(.login) == true)
        #expect(bench.logIn(at: "left") == ["send login 2", "show left checking"])
        #expect(bench.grant(to: 2) == ["send jobList 3"])
    }

    @Test func aLogInForABadgeKeepsIts() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.activation, prompt: 7, to: 1)
        _ = bench.press(.function(1))
        _ = bench.type("42")
        #expect(bench.type("4711").suffix(3) == ["send login 2", "journal presented", "show left checking"])
        _ = bench.refuse(.busy, to: 2)
        _ = bench.type("4711")
        guard case .login(let login) = bench.last else {
            Issue.record("no log-in")
            return
        }
        #expect(login.prompt == 7 && bench.core.journalState.presented.count == 2)
        #expect(bench.challenge(.presentAgain, to: 3) == ["show left hold-again"])
        _ = bench.pass(.seconds(3))
        #expect(bench.read("1") == ["send credential 4", "journal presented"])
        #expect(
            bench.grant(to: 4).prefix(3) == ["show left registered", "journal registered", "journal registered"])
    }

    @Test func theServerMayGoMeanwhile() {
        var bench = Bench.agreed()
        _ = bench.type("42")
        _ = bench.type("4711")
        _ = bench.refuse(.busy, to: 1)
        #expect(bench.linkDown() == [])
        #expect(bench.type("4711").suffix(2) == ["show pad server-away", "journal serverAway"])
        #expect(bench.core.journalState.presented.isEmpty)
    }

    // MARK: In a session

    @Test func aChangeOfThePINGoesOn() {
        var bench = Bench.atDesk(hasKeypad: true)
        _ = bench.ask(.changePIN)
        _ = bench.challenge(.pin, prompt: 8, to: 3)
        _ = bench.type("4711")
        #expect(bench.refuse(.busy, to: 4) == ["show left busy"])
        #expect(bench.views["left"]?.stage == .pin)
        _ = bench.type("4711")
        #expect(bench.last == .challengeReply(ChallengeReply(prompt: 8, secret: SecretBytes(Array("4711".utf8)))))
    }

    @Test func aBillingCodeIsTypedOnceMore() {
        var bench = Bench.agreed()
        var terms = Bench.terms
        terms.account = .required
        _ = bench.read("1")
        #expect(bench.grant(terms: terms, to: 1) == ["show left enter-account"])
        _ = bench.type("17")
        #expect(bench.refuse(.busy, to: 2) == ["show left busy"])
        #expect(bench.type("17").suffix(2) == ["send accountQuery 3", "show left checking"])
    }
}
