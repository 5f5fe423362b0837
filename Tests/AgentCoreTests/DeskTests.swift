// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire
import Testing

/// Somebody is logged in and chooses.
@Suite struct DeskTests {
    // MARK: The list

    @Test func theListIsFetchedPageByPage() {
        var bench = Bench.agreed(opensList: true, screens: 1)
        _ = bench.read("1")
        #expect(bench.views["left"]?.stage == .checking)
        #expect(bench.grant(3, to: 1) == ["send jobList 2"])
        #expect(bench.list([Bench.held(1), Bench.held(2)], next: 2, to: 2) == ["send jobList 3"])
        #expect(bench.last == .jobList(JobListQuery(session: SessionID(5), after: JobID(2))))
        #expect(bench.list([Bench.held(3, .inDoubt, pages: nil)], to: 3) == ["show left choose"])
        let view = bench.views["left"]
        #expect(view?.stage == .desk && view?.user == "ada" && view?.documents.map(\.id.value) == [1, 2, 3])
        #expect(view?.documents.map(\.price) == ["0.15 EUR", "0.15 EUR", nil])
        #expect(view?.documents.map(\.state) == ["held", "held", "in-doubt"])
        #expect(view?.choices.contains(.release) == true && view?.choices.contains(.account) == false)
    }

    @Test func aListHasItsLimit() {
        var bench = Bench.agreed(opensList: true, screens: 1)
        _ = bench.read("1")
        _ = bench.grant(1000, to: 1)
        var last: [String] = []
        for page in 0..<8 as Range<Int64> {
            last = bench.list((1...32).map { Bench.held(page * 32 + $0) }, next: page * 32 + 32, to: UInt32(page) + 2)
        }
        #expect(last == ["show left choose"])
        #expect(bench.views["left"]?.documents.count == 256 && bench.views["left"]?.hasMore == true)
    }

    @Test func everythingIsReleasedAndTheListComesAnew() {
        var bench = Bench.atDesk()
        #expect(bench.ask(.releaseAll) == ["send release 3"])
        #expect(
            bench.releases([1, 2], to: 3)
                == ["show left released", "journal released", "dial printer 11", "send jobList 4"])
        #expect(bench.list([Bench.held(1, .onItsWay), Bench.held(2, .onItsWay)], to: 4) == [])
        #expect(bench.views["left"]?.choices == [.list, .changePIN, .logout])
        // The read has its outcome; what follows is shown only.
        #expect(bench.ask(.logOut) == ["send sessionEnd 5", "show left ready"])
        #expect(bench.views["left"] == DeskView(reader: "left", stage: .idle))
    }

    @Test func whatIsPickedIsReleasedAsWished() {
        var bench = Bench.atDesk()
        #expect(bench.ask(.release) == ["refuse nothing-picked"])
        #expect(
            bench.ask(.pick([JobID(2)])) == [] && bench.ask(.mono(true)) == [] && bench.ask(.sides(.longEdge)) == [])
        #expect(bench.ask(.pick([JobID(9)])) == ["refuse no-such-job"])
        #expect(bench.views["left"]?.documents.map(\.isPicked) == [false, true])
        #expect(bench.ask(.release) == ["send release 3"])
        let wishes = ReleaseWishes(
            jobs: [JobID(2)], override: PrintOverride(isMono: true, sides: .longEdge), account: nil)
        #expect(bench.last == .release(ReleaseOrder(session: SessionID(5), wishes: wishes)))
        #expect(bench.releases([2], to: 3).contains("journal released"))
        // A second release of the same read is no second outcome.
        _ = bench.list([Bench.held(1)], to: 4)
        _ = bench.ask(.releaseAll)
        #expect(bench.releases([1], to: 5) == ["show left released", "send jobList 6"])
    }

    @Test func documentsAreDeletedAndKept() {
        var bench = Bench.atDesk()
        _ = bench.ask(.pick([JobID(1)]))
        #expect(bench.ask(.delete([])) == ["send delete 3"])
        #expect(bench.last == .delete(JobSelection(session: SessionID(5), jobs: [JobID(1)])))
        #expect(bench.ask(.list) == ["refuse busy"])
        #expect(bench.receive(.deleted(1), to: 3) == ["show left deleted", "send jobList 4"])
        _ = bench.list([Bench.held(2)], to: 4)
        #expect(bench.ask(.hold([JobID(2)])) == ["send hold 5"])
        #expect(bench.receive(.held(1), to: 5) == ["show left kept", "send jobList 6"])
        _ = bench.list([Bench.held(2)], to: 6)
        #expect(bench.ask(.logOut) == ["send sessionEnd 7", "show left logged-out", "journal listed"])
    }

    @Test func whatIsNotHeldAnyMoreLeavesTheList() {
        var bench = Bench.atDesk()
        _ = bench.ask(.delete([JobID(1)]))
        #expect(bench.refuse(.notHeld, to: 3) == ["show left not-held", "send jobList 4"])
        #expect(bench.list([Bench.held(2)], to: 4) == [])
    }

    @Test func aQuotaThatIsUsedUpIsTheOutcome() {
        var bench = Bench.atDesk()
        _ = bench.ask(.releaseAll)
        #expect(bench.refuse(.quota, to: 3) == ["show left quota"])
        #expect(bench.pass(.seconds(20)).suffix(3) == ["send sessionEnd 4", "show left logged-out", "journal quota"])
    }

    // MARK: Accounts

    private static let codes = AccountPage(
        accounts: [
            AccountLine(id: AccountID(7), code: "12", name: "Bridge"),
            AccountLine(id: AccountID(8), code: "120", name: "Tunnel"),
        ], hasMore: false)

    @Test func aBillingCodeIsChosenAtTheScreen() {
        var terms = Bench.terms
        terms.account = .required
        var bench = Bench.atDesk(terms: terms)
        #expect(bench.ask(.releaseAll) == ["refuse account-needed"])
        #expect(bench.ask(.chooseAccount(AccountID(7))) == ["refuse no-such-account"])
        #expect(bench.ask(.findAccounts("1")) == ["send accountQuery 3"])
        #expect(bench.receive(.accounts(Self.codes), to: 3) == [])
        #expect(bench.views["left"]?.accounts.map(\.code) == ["12", "120"])
        #expect(bench.ask(.chooseAccount(AccountID(8))) == [])
        #expect(bench.views["left"]?.account?.name == "Tunnel" && bench.views["left"]?.needsAccount == false)
        #expect(bench.ask(.releaseAll) == ["send release 4"])
        #expect(
            bench.last
                == .release(ReleaseOrder(session: SessionID(5), wishes: ReleaseWishes(account: AccountID(8)))))
    }

    @Test func aBillingCodeIsTypedOnTheKeypad() {
        var terms = Bench.terms
        terms.account = .required
        var bench = Bench.agreed(hasKeypad: true)
        _ = bench.read("1")
        #expect(bench.grant(terms: terms, to: 1) == ["show left enter-account"])
        _ = bench.type("99")
        #expect(bench.last == .accountQuery(AccountQuery(session: SessionID(5), prefix: "99")))
        #expect(
            bench.receive(.accounts(AccountPage(accounts: [], hasMore: false)), to: 2)
                == ["show left account-unknown", "show left enter-account"])
        #expect(bench.type("12").suffix(2) == ["send accountQuery 3", "show left checking"])
        #expect(bench.receive(.accounts(Self.codes), to: 3) == ["send release 4"])
        #expect(
            bench.last
                == .release(ReleaseOrder(session: SessionID(5), wishes: ReleaseWishes(account: AccountID(7)))))
    }

    /// The server may know better than its session's terms.
    @Test func aRefusalForWantOfABillingCodeAsksForOne() {
        var bench = Bench.agreed(hasKeypad: true)
        _ = bench.read("1")
        _ = bench.grant(to: 1)
        #expect(bench.refuse(.accountRequired, to: 2) == ["show left enter-account"])
        #expect(bench.pass(.seconds(30)).suffix(3) == ["send sessionEnd 3", "show left logged-out", "journal listed"])
    }

    @Test func withoutBillingCodesNobodyAsksForThem() {
        var bench = Bench.atDesk()
        #expect(bench.ask(.findAccounts("")) == ["refuse not-permitted"])
    }

    // MARK: PIN

    @Test func aPINIsChangedAndTheListStays() {
        var bench = Bench.atDesk()
        #expect(bench.ask(.changePIN) == ["send changePIN 3"])
        #expect(bench.challenge(.newPIN, to: 3) == ["show left choose-pin"])
        #expect(bench.views["left"]?.stage == .newPIN)
        #expect(
            bench.ask(.answer(SecretBytes([0x31, 0x32, 0x33, 0x34]))) == [
                "send challengeReply 4", "show left checking",
            ])
        #expect(bench.challenge(.repeatPIN, to: 4) == ["show left repeat-pin"])
        _ = bench.ask(.answer(SecretBytes([0x31, 0x32, 0x33, 0x34])))
        #expect(bench.grant(2, to: 5) == ["show left pin-changed"])
        #expect(bench.views["left"]?.stage == .desk && bench.views["left"]?.documents.count == 2)
    }

    @Test func aPINThatIsNotTakenLeavesTheDeskOpen() {
        var bench = Bench.atDesk()
        _ = bench.ask(.changePIN)
        _ = bench.challenge(.newPIN, to: 3)
        _ = bench.ask(.answer(SecretBytes([0x31])))
        #expect(bench.refuse(.pinNotAcceptable, to: 4) == ["show left pin-not-acceptable"])
        #expect(bench.views["left"]?.stage == .desk)
    }

    @Test func whoMayNotChangeThePINCannot() {
        var terms = Bench.terms
        terms.mayChangePIN = false
        var bench = Bench.atDesk(terms: terms)
        #expect(bench.ask(.changePIN) == ["refuse not-permitted"])
    }

    // MARK: Log-in at the screen

    @Test func aNameAndAPasswordOpenTheList() {
        var bench = Bench.agreed(screens: 1)
        #expect(bench.logIn(at: "left") == ["send login 1", "journal presented", "show left checking"])
        #expect(bench.logIn(at: "left") == ["refuse busy"])
        #expect(bench.grant(1, to: 1) == ["send jobList 2"])
        #expect(bench.list([Bench.held(1)], to: 2) == ["show left choose"])
        #expect(bench.logIn(at: "left") == ["refuse not-now"])
    }

    @Test func withoutAReaderTheScreenIsThePlace() {
        var bench = Bench.agreed(screens: 1)
        #expect(bench.logIn().last == "show screen checking")
        #expect(bench.refuse(.unknownCredential, to: 1) == ["show screen unknown-badge", "journal unknown"])
        #expect(bench.ask(.list) == ["refuse not-now"])
    }

    @Test func aScreenRegistersABadge() {
        var bench = Bench.agreed(screens: 1)
        _ = bench.read("1")
        _ = bench.challenge(.activation, prompt: 3, to: 1)
        #expect(bench.views["left"]?.choices == [.answer, .login, .logout])
        #expect(bench.logIn().first == "send login 2")
        guard case .login(let login) = bench.last else {
            Issue.record("no log-in")
            return
        }
        #expect(login.prompt == 3 && login.proof == .password && login.reader == "left")
    }

    // MARK: The end of a session

    @Test func whoDoesNothingIsLoggedOut() {
        var bench = Bench.atDesk()
        _ = bench.pass(.seconds(15))
        _ = bench.ask(.pick([JobID(1)]))
        #expect(bench.pass(.milliseconds(19_999)).filter { !$0.contains("ping") } == [])
        #expect(bench.pass(.milliseconds(1)) == ["send sessionEnd 3", "show left logged-out", "journal listed"])
        #expect(bench.lastEnd == .idle)
    }

    @Test func aSecondBadgeEndsTheFirstSession() {
        var bench = Bench.atDesk()
        #expect(
            bench.read("2") == [
                "send sessionEnd 3", "show left logged-out", "journal listed", "send credential 4",
                "journal presented",
            ])
    }

    @Test func aSecondBadgeWaitsForAReleaseUnderWay() {
        var bench = Bench.atDesk()
        _ = bench.ask(.releaseAll)
        #expect(bench.read("2") == ["send credential 4", "journal presented"])
        #expect(bench.releases([1], to: 3).contains("journal released"))
        #expect(bench.list([], to: 5) == ["send sessionEnd 6"])
        #expect(bench.grant(0, to: 4) == ["send jobList 7"])
    }

    @Test func theServerMayEndASession() {
        var bench = Bench.atDesk()
        let end = Frame(.command(.sessionEnd(SessionEnd(session: SessionID(5), reason: .idle))))
        #expect(bench.receive(end) == ["show left logged-out", "journal listed"])
        #expect(bench.receive(end) == [])
    }

    @Test func aLostLinkEndsTheSession() {
        var bench = Bench.atDesk()
        #expect(bench.linkDown() == ["show left server-away", "journal serverAway"])
        bench = Bench.atDesk()
        _ = bench.ask(.releaseAll)
        _ = bench.releases([1], to: 3)
        #expect(bench.linkDown().first { $0.hasPrefix("show") } == "show left session-over")
    }

    @Test func anAnswerThatDoesNotComeEndsTheSessionAndTheConnection() {
        var bench = Bench.atDesk()
        _ = bench.ask(.list)
        #expect(bench.pass(.seconds(5)) == ["show left too-late", "journal expired", "hang up"])
    }

    @Test func aSessionThatTheServerForgotIsOver() {
        var bench = Bench.atDesk()
        _ = bench.ask(.list)
        #expect(bench.refuse(.sessionExpired, to: 3) == ["show left too-late", "journal expired"])
    }

    /// Journaled, and nothing of the session survives the restart.
    @Test func aRestartAtTheDeskIsAnInterruption() {
        let bench = Bench.atDesk()
        #expect(bench.core.journalState.presented.count == 1)
    }

    // MARK: Keys at the desk

    @Test func keysStepPickAndRelease() {
        var bench = Bench.atDesk(hasKeypad: true, screens: 0)
        #expect(bench.press(.function(2)) == [])
        #expect(bench.press(.function(1)) == ["show left document"])
        #expect(bench.press(.function(2)) == ["show left document"])
        #expect(bench.press(.function(1)) == ["show left document"])
        #expect(bench.press(.enter) == ["send release 3"])
        #expect(
            bench.last
                == .release(ReleaseOrder(session: SessionID(5), wishes: ReleaseWishes(jobs: [JobID(1)]))))
        #expect(bench.releases([1], to: 3).last == "send sessionEnd 4")
    }

    @Test func enterAloneReleasesEverything() {
        var bench = Bench.atDesk(hasKeypad: true, screens: 0)
        #expect(bench.press(.enter) == ["send release 3"])
        #expect(bench.last == .release(ReleaseOrder(session: SessionID(5), wishes: ReleaseWishes())))
    }

    @Test func deletingTakesTwoPresses() {
        var bench = Bench.atDesk(hasKeypad: true, screens: 0)
        _ = bench.press(.function(1))
        #expect(bench.press(.function(3)) == ["show left confirm-delete"])
        _ = bench.press(.function(2))
        #expect(bench.press(.function(3)) == ["show left confirm-delete"])
        #expect(bench.press(.function(3)) == ["send delete 3"])
    }

    @Test func oneIsKeptAndTheRestIsLeft() {
        var bench = Bench.atDesk(hasKeypad: true, screens: 0)
        _ = bench.press(.function(1))
        #expect(bench.press(.function(4)) == ["send hold 3"])
        _ = bench.receive(.held(1), to: 3)
        _ = bench.list([Bench.held(1), Bench.held(2)], to: 4)
        #expect(bench.press(.clear) == ["send sessionEnd 5", "show left logged-out", "journal listed"])
    }

    // MARK: Screens

    /// A program that asked can wait for the next line.
    @Test func aCommandThatChangesNothingIsAnsweredAllTheSame() {
        var bench = Bench.atDesk()
        let drawn = bench.drawn
        _ = bench.ask(.unpick([]))
        #expect(bench.drawn == drawn + 1)
        _ = bench.ask(.release)
        #expect(bench.drawn == drawn + 1)
    }

    @Test func withoutAScreenNothingIsDrawn() {
        var bench = Bench.atDesk(hasKeypad: true, screens: 0)
        #expect(bench.views.isEmpty)
        // One that comes later gets how things stand.
        _ = bench.feed(.screens(1))
        #expect(bench.views["left"]?.documents.count == 2)
    }
}
