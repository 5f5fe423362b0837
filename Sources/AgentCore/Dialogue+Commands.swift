// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire

/// What a touch screen asks for.
extension Dialogue {
    /// - Parameter key: 16 random bytes that name the log-in, should this command be one.
    mutating func obey(
        _ command: DeskCommand, key: [UInt8], in box: Surroundings
    ) throws(DeskFault) -> [Action] {
        if isWaiting { act(in: box) }
        switch (state, command) {
        case (.asking, .logOut):
            guard session != nil else { throw .busy }
            leaving = .done
            return []
        case (_, .logOut): return leave(.done, in: box)
        case (.asking, _): throw .busy
        case (.typing(let entry), .answer(let secret)):
            guard entry.purpose.isSecret else { throw .notNow }
            return submit(entry.purpose, secret, key: key, in: box)
        case (.typing(let entry), .logIn(let user, let proof, let secret)):
            guard let prompt = entry.purpose.loginPrompt else { throw .notNow }
            wantsList = true
            return logIn((user, proof, secret), from: .number(prompt: prompt), key: key, in: box)
        case (.desk, _): return try obeyAtDesk(command, in: box)
        case (.typing, _), (.again, _), (.over, _): throw .notNow
        }
    }

    private mutating func obeyAtDesk(
        _ command: DeskCommand, in box: Surroundings
    ) throws(DeskFault) -> [Action] {
        guard let open = session else { throw .notNow }
        switch command {
        case .list:
            return askAtDesk(.jobList(JobListQuery(session: open.id, after: nil)), .jobs(isFirst: true), in: box)
        case .pick(let jobs): try session?.pick(jobs)
        case .unpick(let jobs): session?.unpick(jobs)
        case .releaseAll: return try releaseChosen(all: true, in: box)
        case .release:
            guard !open.picked.isEmpty else { throw .nothingPicked }
            return try releaseChosen(all: false, in: box)
        case .delete(let jobs): return askAtDesk(.delete(try open.selection(jobs)), .delete, in: box)
        case .hold(let jobs): return askAtDesk(.hold(try open.selection(jobs)), .hold, in: box)
        case .mono(let isMono): session?.override.isMono = isMono
        case .sides(let sides): session?.override.sides = sides
        case .findAccounts(let prefix):
            guard open.hasAccounts else { throw .notPermitted }
            let query = AccountQuery(session: open.id, prefix: prefix)
            return askAtDesk(.accountQuery(query), .accounts(exactly: nil), in: box)
        case .chooseAccount(let account): try session?.choose(account)
        case .changePIN:
            guard open.grant.terms?.mayChangePIN == true else { throw .notPermitted }
            return askAtDesk(.changePIN(session: open.id), .person(), in: box)
        case .logIn, .answer, .logOut: throw .notNow
        }
        return stay(in: box)
    }

    private mutating func releaseChosen(all: Bool, in box: Surroundings) throws(DeskFault) -> [Action] {
        if session?.needsAccount == true { throw .accountNeeded }
        return release(all: all, in: box)
    }

    mutating func askAtDesk(_ message: ReleaseMessage, _ question: Question, in box: Surroundings) -> [Action] {
        box.canAsk ? ask(message, question) : fail(.serverAway, .serverAway)
    }

    /// Everything that is held, or what is picked.
    mutating func release(all: Bool, in box: Surroundings) -> [Action] {
        guard let open = session else { return [] }
        if open.needsAccount {
            guard box.hasScreen else { return type(.account, in: box) }
            return (open.isListed ? stay(in: box) : list(in: box)) + [.show(.accountNeeded)]
        }
        let wishes = ReleaseWishes(
            jobs: all ? nil : open.picked, override: open.override, account: open.account?.id)
        let order = ReleaseOrder(session: open.id, wishes: box.isAgreed ? wishes : nil)
        return askAtDesk(.release(order), .release, in: box)
    }
}

extension Dialogue.Entry.Purpose {
    fileprivate var isSecret: Bool {
        switch self {
        case .pin, .newPIN, .repeatPIN, .activation: true
        case .number, .numbersPIN, .account: false
        }
    }

    /// Where somebody may log in by name: with the prompt of the unknown badge, or without one.
    fileprivate var loginPrompt: UInt32?? {
        switch self {
        case .activation(let prompt): .some(prompt)
        case .number(let prompt), .numbersPIN(_, let prompt): .some(prompt)
        case .pin, .newPIN, .repeatPIN, .account: nil
        }
    }
}
