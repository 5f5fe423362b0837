// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire

/// What the keys of a keypad do:
///
/// | Key | While typing | At the desk |
/// |---|---|---|
/// | digit | one more; the first one begins a log-in by number | – |
/// | Enter | done | release what is picked, or everything |
/// | Backspace | one less | nothing is picked any more |
/// | Clear, `*` | all over again; with nothing typed: leave | log out |
/// | F1, A | at an unknown badge: log in by number instead | the next document |
/// | F2, B | – | pick it, or not |
/// | F3, C | – | delete it; pressed twice |
/// | F4, D | – | keep it for longer |
extension Dialogue {
    private static let next: UInt8 = 1
    private static let pick: UInt8 = 2
    private static let delete: UInt8 = 3
    private static let hold: UInt8 = 4

    /// - Parameter key: 16 random bytes that name the log-in, should this key begin one.
    mutating func press(_ pressed: Keypad.Action, key: [UInt8], in box: Surroundings) -> [Action] {
        if isWaiting { act(in: box) }
        switch state {
        case .typing(let entry): return type(pressed, entry, key: key, in: box)
        case .desk: return pressAtDesk(pressed, in: box)
        case .asking, .again, .over: return []
        }
    }

    // MARK: Typing

    mutating func type(_ purpose: Entry.Purpose, in box: Surroundings) -> [Action] {
        begin(purpose, in: box)
        return [.show(purpose.feedback(typed: 0))]
    }

    mutating func begin(_ purpose: Entry.Purpose, in box: Surroundings) {
        state = .typing(Entry(purpose: purpose, until: box.time + box.limits.pinPause))
    }

    private mutating func type(
        _ pressed: Keypad.Action, _ entry: Entry, key: [UInt8], in box: Surroundings
    ) -> [Action] {
        var entry = entry
        entry.until = box.time + box.limits.pinPause
        switch pressed {
        case .digit(let digit): if entry.digits.count < entry.purpose.limit { entry.digits.append(digit) }
        case .correct: _ = entry.digits.popLast()
        case .clear:
            if entry.digits.isEmpty, box.isAgreed { return leave(.done, in: box) }
            entry.digits = []
        case .function(Self.next):
            guard case .activation(let prompt) = entry.purpose else { return [] }
            return type(.number(prompt: prompt), in: box)
        case .function: return []
        case .enter: return submit(entry.purpose, SecretBytes(entry.digits), key: key, in: box)
        }
        state = .typing(entry)
        return [.show(entry.purpose.feedback(typed: entry.digits.count))]
    }

    mutating func submit(
        _ purpose: Entry.Purpose, _ typed: SecretBytes, key: [UInt8], in box: Surroundings
    ) -> [Action] {
        switch purpose {
        case .pin(let prompt), .newPIN(let prompt), .repeatPIN(let prompt), .activation(let prompt):
            guard box.canAsk else { return fail(.serverAway, .serverAway) }
            let reply = ChallengeReply(prompt: prompt, secret: typed)
            return ask(.challengeReply(reply), .person(typed: purpose)) + [.show(.checking)]
        case .number(let prompt):
            guard !typed.revealed.isEmpty else { return type(purpose, in: box) }
            let user = String(decoding: typed.revealed, as: UTF8.self)
            return type(.numbersPIN(user: user, prompt: prompt), in: box)
        case .numbersPIN(let user, _): return logIn((user, .pin, typed), from: purpose, key: key, in: box)
        case .account:
            guard let session, !typed.revealed.isEmpty else { return type(purpose, in: box) }
            guard box.canAsk else { return fail(.serverAway, .serverAway) }
            let code = String(decoding: typed.revealed, as: UTF8.self)
            let query = AccountQuery(session: session.id, prefix: code)
            return ask(.accountQuery(query), .accounts(exactly: code)) + [.show(.checking)]
        }
    }

    /// - Parameter purpose: what is typed again when the server was too busy.
    mutating func logIn(
        _ user: (typed: String, proof: Login.Proof, secret: SecretBytes), from purpose: Entry.Purpose, key: [UInt8],
        in box: Surroundings
    ) -> [Action] {
        guard box.takesReads else { return [.show(.outOfOrder)] + leave(.done, in: box) }
        let begun: [Action]
        if let read, isLoginOpen {
            self.read = OpenRead(reader: place, key: read.key, presentedAt: box.time)
            begun = []
        } else {
            if let read { registering.append(read) }
            let next = OpenRead(reader: place, key: key, presentedAt: box.time)
            read = next
            begun = [.presented(next)]
        }
        isLoginOpen = false
        // What is typed outlives its connection, and the next one may be to a server that knows no log-in.
        guard box.canAsk, box.isAgreed else { return begun + fail(.serverAway, .serverAway) }
        let login = Login(
            reader: place, key: read?.key ?? key, age: .zero, user: user, prompt: purpose.registeringPrompt)
        return ask(.login(login), .person(typed: purpose)) + begun + [.show(.checking)]
    }

    // MARK: At the desk

    private mutating func pressAtDesk(_ pressed: Keypad.Action, in box: Surroundings) -> [Action] {
        guard let open = session else { return [] }
        let wasDeleting = open.isDeleting
        session?.isDeleting = false
        switch pressed {
        case .enter: return release(all: open.picked.isEmpty, in: box)
        case .clear: return leave(.done, in: box)
        case .correct:
            session?.unpick([])
            return stay(in: box) + showCurrent()
        case .function(Self.next):
            session?.step()
            return stay(in: box) + showCurrent()
        case .function(let number):
            guard let job = open.current else { return stay(in: box) }
            return press(number, on: job, isSecond: wasDeleting, in: box)
        case .digit: return stay(in: box)
        }
    }

    private mutating func press(
        _ number: UInt8, on job: JobLine, isSecond: Bool, in box: Surroundings
    ) -> [Action] {
        switch number {
        case Self.pick:
            return toggle(job, in: box)
        case Self.delete where isSecond, Self.hold:
            guard let open = session, let selection = try? open.selection([job.job]) else {
                return stay(in: box) + [.show(.notHeld)]
            }
            return number == Self.hold
                ? askAtDesk(.hold(selection), .hold, in: box) : askAtDesk(.delete(selection), .delete, in: box)
        case Self.delete:
            session?.isDeleting = true
            return stay(in: box) + [.show(.confirmDelete(title: job.title))]
        default: return stay(in: box)
        }
    }

    private mutating func toggle(_ job: JobLine, in box: Surroundings) -> [Action] {
        if session?.picked.contains(job.job) == true {
            session?.unpick([job.job])
        } else {
            guard (try? session?.pick([job.job])) != nil else { return stay(in: box) + [.show(.notHeld)] }
        }
        return stay(in: box) + showCurrent()
    }

    private func showCurrent() -> [Action] {
        guard let session else { return [] }
        guard let job = session.current else {
            return [.show(.choose(user: session.grant.user, documents: session.heldCount))]
        }
        return [.show(.document(session.document(job)))]
    }
}

extension Dialogue.Entry.Purpose {
    /// One more than a PIN has: the excess makes it wrong instead of silently right.
    fileprivate var limit: Int {
        switch self {
        case .pin, .newPIN, .repeatPIN, .numbersPIN: PIN.lengths.upperBound + 1
        case .activation, .number, .account: Dialogue.digitLimit
        }
    }

    /// Of the unknown badge that becomes this user's.
    fileprivate var registeringPrompt: UInt32? {
        switch self {
        case .number(let prompt), .numbersPIN(_, let prompt): prompt
        case .pin, .newPIN, .repeatPIN, .activation, .account: nil
        }
    }

    func feedback(typed: Int) -> Feedback {
        switch self {
        case .pin, .numbersPIN: .enterPIN(typed: typed)
        case .newPIN: .choosePIN(typed: typed)
        case .repeatPIN: .repeatPIN(typed: typed)
        case .activation: .enterCode(typed: typed)
        case .number: .enterNumber(typed: typed)
        case .account: .enterAccount(typed: typed)
        }
    }
}
