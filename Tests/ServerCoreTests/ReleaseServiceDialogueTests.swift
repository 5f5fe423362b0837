// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseWire
import Testing

@testable import ServerCore

/// What people type, on its way through the service: each question to the store and to the scrypt threads.
@Suite struct ReleaseServiceDialogueTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private let link = LinkID(1)
    private let wall = WallTime(milliseconds: 0)
    private static let key = [UInt8](repeating: 2, count: 16)
    private let seat = AgentSeat(agent: AgentID(7), epoch: 1, capabilities: [.dialogue])
    private let hash = PINHash(logN: 15, salt: [1], hash: SecretBytes([2]))

    /// The next question is number 2.
    private func welcomed(_ capabilities: Set<Capability> = [.dialogue]) -> ReleaseService {
        var service = ReleaseService(wall: wall)
        _ = service.handle(.connected(link, key: KeyHash(checked: [UInt8](repeating: 1, count: 32))), at: now)
        let hello = Hello(
            software: "test", stream: Self.key, nextSequence: 1, unsettled: [], capabilities: capabilities)
        _ = service.handle(.received(link, Frame(.request(.hello(hello))).encode()), at: now)
        let welcome = Welcome(agent: "a", epoch: 1, committed: 0, serverTime: wall)
        _ = service.handle(.answered(QuestionID(1), .welcomed(AgentID(7), welcome)), at: now)
        return service
    }

    private func request(_ message: ReleaseMessage, _ correlation: UInt32 = 1) -> ReleaseService.Event {
        .received(link, Frame(.request(message), correlation: correlation).encode())
    }

    private func reply(_ message: ReleaseMessage, _ correlation: UInt32 = 1) -> ReleaseService.Action {
        .send(link, Frame(.reply(message, hasMore: false), correlation: correlation).encode())
    }

    private func note(_ result: String, at reader: String = "left") -> ReleaseService.Action {
        .note(.readAnswered(agent: "a", reader: reader, result: result))
    }

    private static let badge = Presented(
        reader: "left", read: RawRead(technology: .wedge, text: Array("1".utf8))!, key: key, age: .zero)
    private static let login = Login(
        reader: "left", key: key, age: .zero, user: (typed: "4711", proof: .pin, secret: SecretBytes([0x31])))
    private let grant = SessionGrant(
        session: SessionID(5), user: "Ada", jobs: 0,
        printer: PrinterLink(id: PrinterID(1), name: "p", uri: "socket://p"),
        terms: SessionTerms(idleLife: .seconds(60), inDoubt: 0, account: .none, mayChangePIN: true))
    private let typed = ChallengeReply(prompt: 9, secret: SecretBytes(Array("4711".utf8)))

    // MARK: Capability

    @Test func theSeatCarriesWhatWasAgreed() {
        var service = welcomed()
        #expect(
            service.handle(request(.credential(Self.badge)), at: now)
                == [.ask(QuestionID(2), .present(seat, Self.badge, at: wall))])
        var first = welcomed([])
        #expect(
            first.handle(request(.credential(Self.badge)), at: now)
                == [.ask(QuestionID(2), .present(AgentSeat(agent: AgentID(7), epoch: 1), Self.badge, at: wall))])
        #expect(first.handle(request(.login(Self.login), 2), at: now) == [reply(.refused(Refusal(.unexpected)), 2)])
    }

    // MARK: Prompts

    @Test func aQuestionIsPassedOnAndItsAnswerChecked() {
        var service = welcomed()
        _ = service.handle(request(.credential(Self.badge)), at: now)
        let challenge = Challenge(prompt: 9, kind: .pin, triesLeft: 5)
        #expect(
            service.handle(.answered(QuestionID(2), .verdict(.challenge(challenge))), at: now)
                == [note("pin-asked"), reply(.challenge(challenge))])
        #expect(
            service.handle(request(.challengeReply(typed), 2), at: now)
                == [.ask(QuestionID(3), .takePrompt(seat, prompt: 9, at: wall))])
        #expect(
            service.handle(.answered(QuestionID(3), .demand(.check(hash), reader: "left")), at: now)
                == [.checkPIN(QuestionID(4), typed.secret, hash)])
        #expect(
            service.handle(.pinChecked(QuestionID(4), matched: true), at: now)
                == [.ask(QuestionID(5), .settlePrompt(seat, prompt: 9, .matched(true), at: wall))])
        #expect(
            service.handle(.answered(QuestionID(5), .verdict(.session(grant))), at: now)
                == [note("session"), reply(.session(grant), 2)])
    }

    @Test func aPromptThatIsNotAwaitedIsRefusedWithoutACheck() {
        var service = welcomed()
        _ = service.handle(request(.challengeReply(typed)), at: now)
        let refusal = Refusal(.sessionExpired)
        #expect(
            service.handle(.answered(QuestionID(2), .verdict(.refused(refusal))), at: now)
                == [note("sessionExpired", at: ""), reply(.refused(refusal))])
    }

    @Test func aNewPINIsLookedAtThenHashed() {
        var service = welcomed()
        _ = service.handle(request(.challengeReply(typed)), at: now)
        #expect(
            service.handle(.answered(QuestionID(2), .demand(.newPIN, reader: "left")), at: now)
                == [.hashPIN(QuestionID(3), typed.secret)])
        #expect(
            service.handle(.pinHashed(QuestionID(3), hash), at: now)
                == [.ask(QuestionID(4), .settlePrompt(seat, prompt: 9, .chosen(hash), at: wall))])
        let trivial = ChallengeReply(prompt: 10, secret: SecretBytes(Array("1234".utf8)))
        _ = service.handle(request(.challengeReply(trivial), 2), at: now)
        #expect(
            service.handle(.answered(QuestionID(5), .demand(.newPIN, reader: "left")), at: now)
                == [.ask(QuestionID(6), .settlePrompt(seat, prompt: 10, .unacceptable, at: wall))])
    }

    @Test func aCodeGoesToTheStore() {
        var service = welcomed()
        _ = service.handle(request(.challengeReply(typed)), at: now)
        #expect(
            service.handle(.answered(QuestionID(2), .demand(.code, reader: "left")), at: now)
                == [.ask(QuestionID(3), .settlePrompt(seat, prompt: 9, .code(typed.secret), at: wall))])
    }

    /// One agent that asks for many checks is not why nobody else is looked at.
    @Test func anAgentHasTwoSecretsLookedAtAtATime() {
        var service = welcomed()
        var begun: [ReleaseService.Action] = []
        for number in 1...60 {
            _ = service.handle(request(.login(Self.login), UInt32(number)), at: now)
            begun += service.handle(.answered(QuestionID(UInt64(2 * number)), .secret(hash)), at: now)
        }
        #expect(begun == [3, 5].map { .checkPIN(QuestionID($0), Self.login.secret, hash) })
        let next = service.handle(.pinChecked(QuestionID(3), matched: false), at: now)
        #expect(next.last == .checkPIN(QuestionID(7), Self.login.secret, hash) && next.count == 2)
        // The others are told in time that nobody will look.
        #expect(service.deadline == now + SecretChecks.patience)
        let late = service.tick(at: now + SecretChecks.patience)
        #expect(late.contains(reply(.refused(Refusal(.busy, retryAfter: .seconds(1))), 60)))
        #expect(late.count == 57)
        #expect(service.handle(.pinChecked(QuestionID(5), matched: nil), at: now).count == 1)
        #expect(service.handle(.pinChecked(QuestionID(7), matched: nil), at: now).count == 1)
        #expect(service.purposes.count == 1)
    }

    @Test func aLinkThatIsGoneHasNoMoreLookedAt() {
        var service = welcomed()
        for number in 1...3 {
            _ = service.handle(request(.login(Self.login), UInt32(number)), at: now)
            _ = service.handle(.answered(QuestionID(UInt64(2 * number)), .secret(hash)), at: now)
        }
        _ = service.handle(.disconnected(link), at: now)
        #expect(service.handle(.pinChecked(QuestionID(3), matched: true), at: now).isEmpty)
        #expect(service.handle(.pinChecked(QuestionID(5), matched: true), at: now).isEmpty)
    }

    @Test func whatCouldNotBeCheckedIsNoWrongOne() {
        let busy = reply(.refused(Refusal(.busy, retryAfter: .seconds(1))))
        for demand in [PromptDemand.check(nil), .newPIN] {
            var service = welcomed()
            _ = service.handle(request(.challengeReply(typed)), at: now)
            _ = service.handle(.answered(QuestionID(2), .demand(demand, reader: "left")), at: now)
            let late: ReleaseService.Event =
                demand == .newPIN ? .pinHashed(QuestionID(3), nil) : .pinChecked(QuestionID(3), matched: nil)
            // The question stands, so that the same answer may come again.
            #expect(
                service.handle(late, at: now)
                    == [.ask(QuestionID(4), .settlePrompt(seat, prompt: 9, .unchecked, at: wall))])
            let refused = ReadVerdict.refused(Refusal(.busy, retryAfter: .seconds(1)))
            #expect(
                service.handle(.answered(QuestionID(4), .verdict(refused)), at: now)
                    == [note("busy"), busy])
        }
        var service = welcomed()
        _ = service.handle(request(.login(Self.login)), at: now)
        _ = service.handle(.answered(QuestionID(2), .secret(nil)), at: now)
        #expect(service.handle(.pinChecked(QuestionID(3), matched: nil), at: now) == [busy])
    }

    @Test func answersForAConnectionThatIsGoneAreDropped() {
        var service = welcomed()
        _ = service.handle(request(.login(Self.login)), at: now)
        _ = service.handle(.answered(QuestionID(2), .secret(hash)), at: now)
        _ = service.handle(request(.challengeReply(typed), 2), at: now)
        _ = service.handle(.answered(QuestionID(4), .demand(.newPIN, reader: "left")), at: now)
        _ = service.handle(.disconnected(link), at: now)
        #expect(service.handle(.pinChecked(QuestionID(3), matched: true), at: now) == [])
        #expect(service.handle(.pinHashed(QuestionID(5), hash), at: now) == [])
    }

    // MARK: Log-in

    @Test(arguments: [true, false]) func aLoginIsFoundCheckedAndSettled(matched: Bool) {
        var service = welcomed()
        #expect(
            service.handle(request(.login(Self.login)), at: now)
                == [.ask(QuestionID(2), .findSecret(seat, Self.login, at: wall))])
        // Of nobody, it is checked all the same.
        #expect(
            service.handle(.answered(QuestionID(2), .secret(matched ? hash : nil)), at: now)
                == [.checkPIN(QuestionID(3), Self.login.secret, matched ? hash : nil)])
        #expect(
            service.handle(.pinChecked(QuestionID(3), matched: matched), at: now)
                == [.ask(QuestionID(4), .settleLogin(seat, Self.login, matched: matched, at: wall))])
        let verdict: ReadVerdict = matched ? .session(grant) : .refused(Refusal(.wrongPIN))
        let answer: ReleaseMessage = matched ? .session(grant) : .refused(Refusal(.wrongPIN))
        #expect(
            service.handle(.answered(QuestionID(4), .verdict(verdict)), at: now)
                == [note(matched ? "session" : "wrongPIN"), reply(answer)])
    }

    // MARK: The session

    @Test func listsSelectionsAndChangesAreAskedAndAnswered() {
        let chosen = JobSelection(session: SessionID(5), jobs: [JobID(1)])
        let (jobs, accounts) = (
            JobListQuery(session: SessionID(5), after: nil), AccountQuery(session: SessionID(5), prefix: "P")
        )
        let page = JobPage(jobs: [], next: nil, currency: "EUR", scale: 2)
        let found = AccountPage(accounts: [], hasMore: false)
        let challenge = Challenge(prompt: 3, kind: .newPIN, triesLeft: 1)
        let order = ReleaseOrder(session: SessionID(5), wishes: ReleaseWishes(jobs: [JobID(1)]))
        let table: [(ReleaseMessage, StoreRequest, StoreReply, ReleaseMessage)] = [
            (.jobList(jobs), .listJobs(seat, jobs, at: wall), .jobs(page), .jobs(page)),
            (.accountQuery(accounts), .listAccounts(seat, accounts, at: wall), .accounts(found), .accounts(found)),
            (.hold(chosen), .holdJobs(seat, chosen, at: wall), .count(1), .held(1)),
            (.delete(chosen), .deleteJobs(seat, chosen, at: wall), .deleted(1, holders: []), .deleted(1)),
            (
                .changePIN(session: SessionID(5)), .changePIN(seat, session: SessionID(5), at: wall),
                .verdict(.challenge(challenge)), .challenge(challenge)
            ),
            (.release(order), .release(seat, order, at: wall), .releases([]), .releases([], elsewhere: 0)),
        ]
        for (message, question, answer, said) in table {
            var service = welcomed()
            #expect(service.handle(request(message), at: now) == [.ask(QuestionID(2), question)])
            #expect(service.handle(.answered(QuestionID(2), answer), at: now).last == reply(said))
            var refused = welcomed()
            _ = refused.handle(request(message), at: now)
            let isVerdict = if case .verdict = answer { true } else { false }
            let refusal = Refusal(.sessionExpired)
            let no: StoreReply = isVerdict ? .verdict(.refused(refusal)) : .refused(refusal)
            #expect(refused.handle(.answered(QuestionID(2), no), at: now).last == reply(.refused(refusal)))
            var failed = welcomed()
            _ = failed.handle(request(message), at: now)
            #expect(
                failed.handle(.answered(QuestionID(2), .failed(.full)), at: now).last
                    == reply(.refused(Refusal(.storeFull))))
        }
    }
}
