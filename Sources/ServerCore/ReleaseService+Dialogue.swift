// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import ReleaseWire

/// What people type. A secret is checked or hashed on threads of its own; whether it is asked for, what it counts for
/// and what it opens, the store decides before and after.
extension ReleaseService {
    mutating func dialogue(
        _ message: ReleaseMessage, _ correlation: UInt32, on id: LinkID, from seat: AgentSeat
    ) -> Action {
        switch message {
        case .challengeReply(let reply):
            ask(.prompt(id, correlation, reply), .takePrompt(seat, prompt: reply.prompt, at: wall))
        case .changePIN(let session):
            ask(.verdict(id, correlation, reader: ""), .changePIN(seat, session: session, at: wall))
        case .jobList(let query): ask(.list(id, correlation), .listJobs(seat, query, at: wall))
        case .accountQuery(let query): ask(.list(id, correlation), .listAccounts(seat, query, at: wall))
        case .hold(let jobs):
            ask(.selection(id, correlation), .holdJobs(seat, jobs, at: wall))
        case .delete(let jobs):
            ask(.selection(id, correlation), .deleteJobs(seat, jobs, at: wall))
        case .hello, .welcome, .enrol, .enrolled, .rotateKey, .keyAnnounced, .goAway, .credential, .challenge,
            .session, .sessionEnd, .readOutcome, .login, .accounts, .jobs, .release, .releases, .held, .deleted,
            .registered, .documentOpen, .documentOpened, .progress, .reportQuery, .report, .readers, .readersNoted,
            .account, .offline, .refused:
            preconditionFailure("the caller has sorted out the rest")
        }
    }

    mutating func loginFound(
        _ id: LinkID, _ correlation: UInt32, _ login: Login, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard case .secret(let hash) = reply else {
            return verdict(id, correlation, reader: login.reader, reply, at: now)
        }
        return check(.check(login.secret, hash), for: .loginCheck(id, correlation, login), of: id, at: now)
    }

    mutating func promptTaken(
        _ id: LinkID, _ correlation: UInt32, _ typed: ChallengeReply, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        guard case .demand(let demand, let reader) = reply else {
            return verdict(id, correlation, reader: "", reply, at: now)
        }
        let prompt = Prompt(number: typed.prompt, reader: reader)
        switch demand {
        case .check(let hash):
            return check(.check(typed.secret, hash), for: .promptCheck(id, correlation, prompt), of: id, at: now)
        case .newPIN:
            guard PINRule.isAcceptable(typed.secret.revealed) else {
                return settle(id, correlation, prompt, .unacceptable)
            }
            return check(.hash(typed.secret), for: .promptCheck(id, correlation, prompt), of: id, at: now)
        case .code: return settle(id, correlation, prompt, .code(typed.secret))
        }
    }

    // MARK: Checks

    /// Its turn comes behind that of other links, and it may be so late that it is not looked at any more.
    private mutating func check(
        _ work: SecretChecks.Work, for purpose: Purpose, of id: LinkID, at now: MonotonicTime
    ) -> [Action] {
        guard links[id] != nil else { return [] }
        let question = open(purpose)
        guard checks.add(SecretChecks.Check(question: question, work: work), of: id, at: now) else {
            return unchecked(question, at: now)
        }
        return nextChecks()
    }

    mutating func nextChecks() -> [Action] {
        checks.takeNext().map { check in
            switch check.work {
            case .check(let secret, let hash): .checkPIN(check.question, secret, hash)
            case .hash(let secret): .hashPIN(check.question, secret)
            }
        }
    }

    mutating func tickChecks(at now: MonotonicTime) -> [Action] {
        checks.takeLate(at: now).flatMap { unchecked($0, at: now) }
    }

    private mutating func unchecked(_ question: QuestionID, at now: MonotonicTime) -> [Action] {
        guard let purpose = purposes.removeValue(forKey: question) else { return [] }
        return pinChecked(purpose, nil, at: now)
    }

    /// `nil` when too many checks wait: it counts as no try.
    mutating func pinChecked(_ purpose: Purpose, _ matched: Bool?, at now: MonotonicTime) -> [Action] {
        switch (purpose, matched) {
        case (.loginCheck(let id, let correlation, _), nil): return busy(id, correlation, at: now)
        case (.loginCheck(let id, let correlation, let login), let matched?):
            guard let seat = links[id]?.seat else { return [] }
            return [
                ask(
                    .verdict(id, correlation, reader: login.reader),
                    .settleLogin(seat, login, matched: matched, at: wall))
            ]
        case (.promptCheck(let id, let correlation, let prompt), _):
            return settle(id, correlation, prompt, matched.map(PromptAnswer.matched) ?? .unchecked)
        default: preconditionFailure("only a check of a secret is answered by pinChecked")
        }
    }

    mutating func pinHashed(_ purpose: Purpose, _ hash: PINHash?, at now: MonotonicTime) -> [Action] {
        guard case .promptCheck(let id, let correlation, let prompt) = purpose else {
            preconditionFailure("only a new PIN is answered by pinHashed")
        }
        return settle(id, correlation, prompt, hash.map(PromptAnswer.chosen) ?? .unchecked)
    }

    private mutating func settle(
        _ id: LinkID, _ correlation: UInt32, _ prompt: Prompt, _ answer: PromptAnswer
    ) -> [Action] {
        guard let seat = links[id]?.seat else { return [] }
        return [
            ask(
                .verdict(id, correlation, reader: prompt.reader),
                .settlePrompt(seat, prompt: prompt.number, answer, at: wall))
        ]
    }

    mutating func busy(
        _ id: LinkID, _ correlation: UInt32, for wait: Duration = .seconds(1), at now: MonotonicTime
    ) -> [Action] {
        feed(.reply(correlation, .refused(Refusal(.busy, retryAfter: wait))), to: id, at: now)
    }

    mutating func listed(
        _ id: LinkID, _ correlation: UInt32, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        let message: ReleaseMessage =
            switch reply {
            case .jobs(let page): .jobs(page)
            case .accounts(let page): .accounts(page)
            default: .refused(Self.refusal(for: reply))
            }
        return feed(.reply(correlation, message), to: id, at: now)
    }

    mutating func selected(
        _ id: LinkID, _ correlation: UInt32, _ reply: StoreReply, at now: MonotonicTime
    ) -> [Action] {
        switch reply {
        case .count(let count): return feed(.reply(correlation, .held(count)), to: id, at: now)
        case .deleted(let count, let holders):
            return [.note(.deleted(agent: links[id]?.agentName ?? "", jobs: count))]
                + feed(.reply(correlation, .deleted(count)), to: id, at: now) + askToAsk(holders, at: now)
        default: return feed(.reply(correlation, .refused(Self.refusal(for: reply))), to: id, at: now)
        }
    }
}
