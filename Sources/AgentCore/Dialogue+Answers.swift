// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire

/// What the server answers.
extension Dialogue {
    mutating func answered(_ message: ReleaseMessage, in box: Surroundings) -> [Action] {
        guard case .asking(let question, _) = state else { return [] }
        let actions = take(message, to: question, in: box)
        guard let leaving, isWaiting else { return actions }
        return actions + leave(leaving, in: box)
    }

    private mutating func take(
        _ message: ReleaseMessage, to question: Question, in box: Surroundings
    ) -> [Action] {
        switch (question, message) {
        case (_, .refused(let refusal)): refused(refusal, question, in: box)
        case (.person, .challenge(let challenge)): challenged(challenge, in: box)
        case (.person, .session(let grant)): opened(grant, in: box)
        case (.person, .registered(let user)): fail(.registered(user: user), .registered)
        case (.release, .releases(let grants, let elsewhere)):
            released(grants, elsewhere: elsewhere ?? 0, in: box)
        case (.jobs(let isFirst), .jobs(let page)): listed(page, isFirst: isFirst, in: box)
        case (.hold, .held(let count)): [.show(.kept(documents: count))] + list(in: box)
        case (.delete, .deleted(let count)): [.show(.deleted(documents: count))] + list(in: box)
        case (.accounts(let code), .accounts(let page)): found(page, exactly: code, in: box)
        default: fail(.serverAway, .serverAway)
        }
    }

    // MARK: Who it is

    private mutating func challenged(_ challenge: Challenge, in box: Surroundings) -> [Action] {
        let prompt = challenge.prompt
        switch challenge.kind {
        case .pin: return typePIN(.pin(prompt: prompt), isNew: false, in: box)
        case .newPIN: return typePIN(.newPIN(prompt: prompt), isNew: true, in: box)
        case .repeatPIN: return type(.repeatPIN(prompt: prompt), in: box)
        case .activation: return type(.activation(prompt: prompt), in: box)
        case .presentAgain:
            // The server took the second read for a first one: the one before it is not compared any more.
            let dropped = isHeldAgain ? registering : []
            registering.removeAll { dropped.contains($0) }
            state = .again(until: box.time + box.limits.holdAgain)
            return [.show(.holdAgain)] + (dropped.isEmpty ? [] : [.record(dropped, .abandoned)])
        }
    }

    /// A PIN that is asked for at the second read of a badge that is being registered: the badge is the person's already,
    /// whatever they type.
    private mutating func typePIN(_ purpose: Entry.Purpose, isNew: Bool, in box: Surroundings) -> [Action] {
        let earlier = registering
        guard isSameHeldAgain, !earlier.isEmpty else { return type(purpose, in: box) }
        registering = []
        begin(purpose, in: box)
        let question = Feedback.enterPINOfNewBadge(isNew: isNew)
        return [.show(.registeredBeforePIN), .record(earlier, .registered), .show(question)]
    }

    private mutating func opened(_ grant: SessionGrant, in box: Surroundings) -> [Action] {
        if session != nil {
            session?.renew(grant)
            return [.show(.pinChanged)] + stay(in: box)
        }
        session = DeskSession(grant)
        let registered: [Action] =
            registering.isEmpty
            ? [] : [.show(.registered(user: grant.user)), .record(registering, .registered)]
        registering = []
        if box.opensList || wantsList { return registered + list(in: box) }
        if box.isAgreed, grant.jobs == 0 { return nothingToRelease(grant, registered) }
        return registered + release(all: true, in: box)
    }

    /// - Parameter registered: what tells the person that the badge is theirs. That nothing waits would wipe it away.
    private mutating func nothingToRelease(_ grant: SessionGrant, _ registered: [Action]) -> [Action] {
        let inDoubt = grant.terms?.inDoubt ?? 0
        if inDoubt > 0 { return registered + end(grant.session) + fail(.inDoubt(documents: inDoubt), .noJobs) }
        return end(grant.session) + registered + fail(registered.isEmpty ? .noJobs : nil, .noJobs)
    }

    private func end(_ session: SessionID) -> [Action] {
        [.tell(.sessionEnd(SessionEnd(session: session, reason: .done)))]
    }

    // MARK: Documents

    private mutating func released(
        _ grants: [ReleaseGrant], elsewhere: Int, in box: Surroundings
    ) -> [Action] {
        // Without a link no document can be asked for any more; with the connection's end they are held again.
        guard let open = session, let read, box.canAsk else { return fail(.serverAway, .serverAway) }
        let stays = open.isListed && box.hasScreen
        guard !grants.isEmpty else {
            let feedback = elsewhere > 0 ? Feedback.elsewhere(documents: elsewhere) : .noJobs
            return stays ? [.show(feedback)] + list(in: box) : end(open.id) + fail(feedback, .noJobs)
        }
        session?.unpick([])
        let feedback = Feedback.releasing(
            user: open.grant.user, documents: grants.count, elsewhere: elsewhere)
        let told = isConcluded ? [.show(feedback)] : conclude(read, feedback, .released)
        let printed = told + [.bringOut(grants, open.grant.printer, for: read)]
        return printed + (stays ? list(in: box) : end(open.id) + finish(nil))
    }

    /// Asks for the list from its start.
    mutating func list(in box: Surroundings) -> [Action] { askForJobs(after: nil, in: box) }

    private mutating func askForJobs(after: JobID?, in box: Surroundings) -> [Action] {
        guard let open = session else { return [] }
        guard box.canAsk else { return fail(.serverAway, .serverAway) }
        (isStale, refresh) = (false, .no)
        return ask(.jobList(JobListQuery(session: open.id, after: after)), .jobs(isFirst: after == nil))
    }

    /// Documents have come out: the list is fetched anew, and the person goes on meanwhile.
    mutating func goStale(in box: Surroundings) -> [Action] {
        guard session?.isListed == true else { return [] }
        isStale = true
        return refreshIfDue(in: box)
    }

    private mutating func refreshIfDue(in box: Surroundings) -> [Action] {
        guard isStale, case .no = refresh, case .desk = state, box.canAsk, let open = session else { return [] }
        isStale = false
        refresh = .asked(isFirst: true)
        return [.askAside(.jobList(JobListQuery(session: open.id, after: nil)))]
    }

    /// What the person has asked for meanwhile is newer. A list that was not got, or not to its end, is asked for when
    /// the person has done something next: a server that is too busy now is not asked again at once.
    mutating func answeredAside(_ message: ReleaseMessage, in box: Surroundings) -> [Action] {
        guard case .asked(let isFirst) = refresh else { return [] }
        refresh = .no
        guard case .jobs(let page) = message, let open = session else {
            isStale = true
            return []
        }
        guard let next = session?.take(page, isFirst: isFirst) else { return refreshIfDue(in: box) }
        guard box.canAsk else {
            isStale = true
            return []
        }
        refresh = .asked(isFirst: false)
        return [.askAside(.jobList(JobListQuery(session: open.id, after: next)))]
    }

    private mutating func listed(_ page: JobPage, isFirst: Bool, in box: Surroundings) -> [Action] {
        if let next = session?.take(page, isFirst: isFirst) { return askForJobs(after: next, in: box) }
        let isNew = session?.isListed == false
        session?.isListed = true
        guard let session, isNew else { return stay(in: box) }
        return stay(in: box) + [.show(.choose(user: session.grant.user, documents: session.heldCount))]
    }

    private mutating func found(_ page: AccountPage, exactly code: String?, in box: Surroundings) -> [Action] {
        session?.take(page)
        guard let code else { return stay(in: box) }
        guard let account = page.accounts.first(where: { $0.code == code }) else {
            return [.show(.accountUnknown)] + type(.account, in: box)
        }
        session?.account = account
        return release(all: session?.picked.isEmpty ?? true, in: box)
    }

    /// Back to the person, with the whole of their time.
    mutating func stay(in box: Surroundings) -> [Action] {
        state = .desk(until: box.time + idleLife(in: box))
        return refreshIfDue(in: box)
    }

    private func idleLife(in box: Surroundings) -> Duration {
        min(session?.grant.terms?.idleLife ?? box.limits.deskPause, box.limits.deskPause)
    }

    // MARK: No

    private mutating func refused(_ refusal: Refusal, _ question: Question, in box: Surroundings) -> [Action] {
        if refusal.code == .busy, let purpose = question.typed {
            isLoginOpen = purpose.isLogin
            begin(purpose, in: box)
            return [.show(.busy)]
        }
        let (feedback, result) = Feedback.telling(refusal)
        let isSessionOver = refusal.code == .sessionExpired || refusal.code == .fenced
        guard let open = session, !isSessionOver, box.isAgreed else { return reject(feedback, result) }
        if refusal.code == .accountRequired {
            return box.hasScreen ? [.show(.accountNeeded)] + list(in: box) : type(.account, in: box)
        }
        guard open.isListed else { return end(open.id) + reject(feedback, result) }
        session?.lastResult = result
        // The list that somebody sees may be what the server no longer has.
        let isStale = refusal.code == .notHeld || refusal.code == .noJobs
        return [.show(feedback)] + (isStale && question != .jobs(isFirst: true) ? list(in: box) : stay(in: box))
    }

    /// A badge does not become somebody's when what was to prove it fails.
    private mutating func reject(_ feedback: Feedback, _ result: ReadResult) -> [Action] {
        let earlier = registering
        registering = []
        return fail(feedback, result) + (earlier.isEmpty ? [] : [.record(earlier, .activationFailed)])
    }
}

extension Dialogue.Question {
    /// What the server did not look at when it was busy. Its question stands, and the person types once more.
    fileprivate var typed: Dialogue.Entry.Purpose? {
        switch self {
        case .person(let purpose): purpose
        case .accounts(exactly: .some): .account
        case .accounts, .release, .jobs, .hold, .delete: nil
        }
    }
}

extension Dialogue.Entry.Purpose {
    fileprivate var isLogin: Bool {
        switch self {
        case .number, .numbersPIN: true
        case .pin, .newPIN, .repeatPIN, .activation, .account: false
        }
    }
}
