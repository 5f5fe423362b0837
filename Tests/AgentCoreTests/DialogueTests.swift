// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire
import Testing

/// Who it is: badge, number, name, PIN, and badges that become somebody's.
@Suite struct DialogueTests {
    // MARK: Badge

    @Test func aBadgeAloneReleasesEverything() {
        var bench = Bench.agreed()
        #expect(bench.read("1") == ["send credential 1", "journal presented"])
        #expect(bench.grant(to: 1) == ["send release 2"])
        #expect(bench.last == .release(ReleaseOrder(session: SessionID(5), wishes: ReleaseWishes())))
        #expect(
            bench.releases([1], to: 2)
                == ["show left released", "journal released", "dial printer 11", "send sessionEnd 3"])
    }

    @Test func withoutTheCapabilityTheReleaseIsTheOldOne() {
        var bench = Bench.open()
        _ = bench.read("1")
        let session = SessionGrant(session: SessionID(5), user: "ada", jobs: 1, printer: Bench.printer)
        #expect(bench.receive(.session(session), to: 1) == ["send release 2"])
        #expect(bench.last == .release(session: SessionID(5)))
        #expect(bench.press(.digit(0x31)) == [])
        #expect(bench.ask(.logOut) == ["refuse unsupported"])
    }

    @Test func withoutDocumentsThePersonIsToldSo() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        #expect(bench.grant(0, to: 1) == ["send sessionEnd 2", "show left no-jobs", "journal noJobs"])
    }

    @Test func documentsInDoubtAreSpokenOf() {
        var bench = Bench.agreed()
        var terms = Bench.terms
        terms.inDoubt = 2
        _ = bench.read("1")
        #expect(bench.grant(0, terms: terms, to: 1) == ["send sessionEnd 2", "show left in-doubt", "journal noJobs"])
    }

    /// To choose takes keys or a screen.
    @Test func aListThatNobodyCouldChooseFromIsNotOpened() {
        var bench = Bench.agreed(opensList: true)
        _ = bench.read("1")
        #expect(bench.grant(to: 1) == ["send release 2"])
    }

    @Test func aBadgeAndAPINOpenTheList() {
        var bench = Bench.agreed(opensList: true, hasKeypad: true)
        _ = bench.read("1")
        #expect(bench.challenge(.pin, to: 1) == ["show left enter-pin"])
        #expect(bench.type("4711").suffix(2) == ["send challengeReply 2", "show left checking"])
        #expect(bench.grant(2, to: 2) == ["send jobList 3"])
        #expect(bench.list([Bench.held(1), Bench.held(2)], to: 3) == ["show left choose"])
    }

    @Test(arguments: [(Refusal.Code.wrongPIN, "wrong-pin", "pinWrong"), (.locked, "locked", "locked")])
    func aWrongPINEndsIt(code: Refusal.Code, shown: String, recorded: String) {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.pin, to: 1)
        _ = bench.type("0000")
        #expect(bench.refuse(code, to: 2) == ["show left \(shown)", "journal \(recorded)"])
        #expect(bench.pass(.seconds(100)).filter { $0.contains("show") } == [])
    }

    // MARK: Number and PIN

    @Test func aNumberAndItsPINAreALogIn() {
        var bench = Bench.agreed()
        #expect(bench.press(.digit(0x34)) == ["show pad enter-number"])
        #expect(bench.type("2") == ["show pad enter-number", "show pad enter-pin"])
        #expect(
            bench.type("4711")
                == Array(repeating: "show pad enter-pin", count: 4)
                + ["send login 1", "journal presented", "show pad checking"])
        guard case .login(let login) = bench.last else {
            Issue.record("no log-in")
            return
        }
        #expect(login.user == "42" && login.proof == .pin && login.prompt == nil && login.reader == "pad")
        #expect(login.secret == SecretBytes(Array("4711".utf8)))
        #expect(bench.grant(to: 1) == ["send release 2"])
        #expect(bench.releases([1], to: 2).prefix(2) == ["show pad released", "journal released"])
    }

    @Test func aKeypadBesideAReaderSpeaksThere() {
        var desk = AgentCore.Desk()
        desk.keypadPlace = "left"
        var bench = Bench.open(desk: desk, capabilities: [.dialogue])
        #expect(bench.press(.digit(0x34)) == ["show left enter-number"])
    }

    @Test func aNumberMayBeTakenBackAndLeft() {
        var bench = Bench.agreed()
        _ = bench.press(.digit(0x34))
        #expect(bench.press(.correct) == ["show pad enter-number"])
        #expect(bench.press(.enter) == ["show pad enter-number"])
        #expect(bench.press(.clear) == ["show pad ready"])
        // Nothing was asked, so nothing is recorded.
        #expect(bench.core.journalState.presented.isEmpty && bench.core.journalState.pending.isEmpty)
        for key in [Keypad.Action.enter, .clear, .correct, .function(1)] { #expect(bench.press(key) == []) }
    }

    @Test func aNumberThatNobodyFinishesIsForgotten() {
        var bench = Bench.agreed()
        _ = bench.press(.digit(0x34))
        #expect(bench.pass(.milliseconds(29_999)).filter { !$0.contains("ping") } == [])
        #expect(bench.pass(.milliseconds(1)).last == "show pad ready")
    }

    @Test func aNumberIsTypedOnWhileTheServerIsAwayAndThenRefused() {
        var bench = Bench.agreed()
        _ = bench.type("42")
        #expect(bench.linkDown() == [])
        #expect(bench.type("4711").suffix(3) == ["journal presented", "show pad server-away", "journal serverAway"])
    }

    @Test func aNumberEndsWithABadge() {
        var bench = Bench.agreed()
        _ = bench.type("42")
        #expect(bench.read("1") == ["show pad ready", "send credential 1", "journal presented"])
    }

    @Test func keysAreNotTakenForTheNextOneWhileTheServerIsAsked() {
        var bench = Bench.agreed()
        _ = bench.type("42")
        _ = bench.type("4711")
        #expect(bench.press(.digit(0x31)) == [])
    }

    // MARK: PINs that people set

    @Test func aPINIsChosenAtFirstUse() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        #expect(bench.challenge(.newPIN, to: 1) == ["show left choose-pin"])
        #expect(bench.type("12345").suffix(2) == ["send challengeReply 2", "show left checking"])
        #expect(bench.challenge(.repeatPIN, to: 2) == ["show left repeat-pin"])
        #expect(bench.type("12345").suffix(2) == ["send challengeReply 3", "show left checking"])
        #expect(bench.grant(to: 3) == ["send release 4"])
    }

    @Test func aPINThatIsNotTakenEndsIt() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.newPIN, to: 1)
        _ = bench.type("1111")
        #expect(bench.refuse(.pinNotAcceptable, to: 2) == ["show left pin-not-acceptable", "journal pinWrong"])
    }

    // MARK: Badges that become somebody's

    @Test func anActivationCodeAndTwoEqualReadsMakeABadgeSomebodys() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        #expect(bench.challenge(.activation, to: 1) == ["show left enter-code"])
        #expect(bench.type("123456").suffix(2) == ["send challengeReply 2", "show left checking"])
        #expect(bench.challenge(.presentAgain, to: 2) == ["show left hold-again"])
        _ = bench.pass(.seconds(3))
        #expect(bench.read("1") == ["send credential 3", "journal presented"])
        #expect(
            bench.grant(0, to: 3)
                == [
                    "send sessionEnd 4", "show left registered", "journal registered", "journal noJobs",
                ])
        #expect(bench.pass(.seconds(5)) == [], "what was told stands")
    }

    /// In the middle of which the second read of a badge is answered by the question for a PIN.
    private func registering(held second: String, _ kind: Challenge.Kind) -> (Bench, [String]) {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.activation, to: 1)
        _ = bench.type("123456")
        _ = bench.challenge(.presentAgain, to: 2)
        _ = bench.pass(.seconds(3))
        _ = bench.read(second)
        let told = bench.challenge(kind, to: 3)
        return (bench, told)
    }

    @Test(arguments: [(Challenge.Kind.pin, "enter-pin"), (.newPIN, "choose-pin")])
    func whoHasAPINHearsAtOnceThatTheBadgeIsTheirs(kind: Challenge.Kind, word: String) {
        let (bench, told) = registering(held: "1", kind)
        #expect(told == ["show left registered", "journal registered", "show left \(word)"])
        var (right, left) = (bench, bench)
        #expect(right.type("4711").suffix(2) == ["send challengeReply 4", "show left checking"])
        #expect(right.grant(0, to: 4) == ["send sessionEnd 5", "show left no-jobs", "journal noJobs"])
        #expect(left.pass(.seconds(30)).suffix(2) == ["show left abandoned", "journal abandoned"])
    }

    /// Somebody else has come, with a badge that was theirs before.
    @Test func anotherBadgesPINIsNoRegistration() {
        var (bench, told) = registering(held: "2", .pin)
        #expect(told == ["show left enter-pin"])
        #expect(bench.pass(.seconds(30)).contains("show left abandoned"))
    }

    @Test func aLogInMakesABadgeSomebodys() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.activation, prompt: 77, to: 1)
        #expect(bench.press(.function(1)) == ["show left enter-number"])
        _ = bench.type("42")
        #expect(bench.type("4711").suffix(3) == ["send login 2", "journal presented", "show left checking"])
        guard case .login(let login) = bench.last else {
            Issue.record("no log-in")
            return
        }
        #expect(login.prompt == 77 && login.reader == "left")
        #expect(bench.challenge(.presentAgain, to: 2) == ["show left hold-again"])
        _ = bench.pass(.seconds(3))
        _ = bench.read("1")
        let told = bench.grant(to: 3)
        #expect(
            told == [
                "show left registered", "journal registered", "journal registered", "send release 4",
            ])
    }

    @Test func aWrongPINAtTheLogInMakesNothingOfTheBadge() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.activation, to: 1)
        _ = bench.press(.function(1))
        _ = bench.type("42")
        _ = bench.type("0000")
        #expect(
            bench.refuse(.wrongPIN, to: 2) == ["show left wrong-pin", "journal pinWrong", "journal activationFailed"])
    }

    @Test func anotherBadgeIsNotTheSame() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.activation, to: 1)
        _ = bench.type("123456")
        _ = bench.challenge(.presentAgain, to: 2)
        _ = bench.read("2")
        #expect(
            bench.refuse(.differentBadge, to: 3)
                == [
                    "show left different-badge", "journal activationFailed", "journal activationFailed",
                ])
    }

    @Test(arguments: [(Refusal.Code.activationCode, "code-refused"), (.badgeTaken, "badge-taken")])
    func aBadCodeIsRefused(code: Refusal.Code, shown: String) {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.activation, to: 1)
        _ = bench.type("123456")
        #expect(bench.refuse(code, to: 2) == ["show left \(shown)", "journal activationFailed"])
    }

    @Test func aBadgeThatIsNotHeldAgainStaysUnknown() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.activation, to: 1)
        _ = bench.type("123456")
        _ = bench.challenge(.presentAgain, to: 2)
        #expect(bench.pass(.seconds(10)) == ["show left not-held-again", "journal abandoned"])
    }

    // MARK: The server away, in each state

    @Test(arguments: [Challenge.Kind.pin, .newPIN, .repeatPIN, .activation, .presentAgain])
    func aLostLinkEndsWhatRestsOnIt(kind: Challenge.Kind) {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(kind, to: 1)
        #expect(bench.linkDown() == ["show left server-away", "journal serverAway"])
        #expect(bench.type("4").allSatisfy { $0.hasPrefix("show pad") })
    }

    @Test func aLostLinkEndsEveryReadOfARegistration() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.challenge(.presentAgain, to: 1)
        _ = bench.pass(.seconds(3))
        _ = bench.read("1")
        #expect(
            bench.linkDown()
                == ["show left server-away", "journal serverAway", "journal serverAway"])
    }

    @Test func aStoppingBoxTakesNoLogIn() {
        var bench = Bench.agreed()
        _ = bench.type("42")
        _ = bench.feed(.stop)
        #expect(bench.type("4711").suffix(2) == ["show pad out-of-order", "show pad ready"])
        #expect(bench.press(.digit(0x31)) == [])
    }
}
