// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Credentials
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire

/// A read on its way to its outcome.
struct OpenRead: Sendable {
    let reader: String
    let key: [UInt8]
    let presentedAt: MonotonicTime
    var until: MonotonicTime
    /// Set once the session is open and the release is asked for.
    var grant: SessionGrant?
}

/// A PIN being typed.
struct PINEntry: Sendable {
    let read: OpenRead
    let prompt: UInt32
    var digits: [UInt8] = []
    var until: MonotonicTime
}

extension AgentCore {
    mutating func present(
        _ read: RawRead, at reader: String, key: [UInt8], _ now: MonotonicTime
    ) -> [Action] {
        guard debounce.check(read, from: reader, at: now) == .pass else {
            return [.note(.readDuplicate(reader: reader))]
        }
        let noted = Action.note(.read(reader: reader, what: read.description))
        guard !isStopping else { return [noted, .show(reader: reader, .outOfOrder)] }
        guard !journal.state.isFull else {
            return [noted, .show(reader: reader, .outOfOrder), .note(.journalFull)]
        }
        var open = OpenRead(reader: reader, key: key, presentedAt: now, until: now + limits.readLife)
        // Another badge ends the wait for the first one's PIN.
        let previous = abandonPIN(at: now)
        let written = journal.append([.presented(key: key, reader: reader, at: wall)], then: .nothing)
        guard canRequest else {
            return previous + [noted, written] + serve(open, read, at: now)
        }
        noteRead(read, key: key)
        open.until = now + limits.readLife
        let presented = Presented(reader: reader, read: read, key: key, age: .zero)
        let (correlation, sent) = request(.credential(presented), at: now)
        reads[correlation] = open
        // The frame leaves first: what waits for the disk is the record, not the person.
        return previous + sent + [noted, written]
    }

    mutating func answered(_ read: OpenRead, _ message: ReleaseMessage, at now: MonotonicTime) -> [Action] {
        switch message {
        case .session(let grant):
            // The server has said goaway in between.
            guard canRequest else { return conclude(read, .serverAway, .serverAway, at: now) }
            var read = read
            read.grant = grant
            let (correlation, sent) = request(.release(session: grant.session), at: now)
            reads[correlation] = read
            return sent
        case .challenge(let challenge):
            // Two badges may have been on their way: there is one keypad, and the later question stands.
            let previous = abandonPIN(at: now)
            pin = PINEntry(read: read, prompt: challenge.prompt, until: now + limits.pinPause)
            return previous + [.show(reader: read.reader, .enterPIN(typed: 0))]
        case .releases(let grants): return released(read, grants, at: now)
        case .refused(let refusal):
            let (feedback, result) = Feedback.telling(refusal)
            return conclude(read, feedback, result, at: now)
        default: return conclude(read, .serverAway, .serverAway, at: now)
        }
    }

    private mutating func released(
        _ read: OpenRead, _ grants: [ReleaseGrant], at now: MonotonicTime
    ) -> [Action] {
        guard let session = read.grant else { return [] }
        // No document can be asked for any more; with the connection's end they are held again.
        guard canRequest else { return conclude(read, .serverAway, .serverAway, at: now) }
        let end = request(.sessionEnd(SessionEnd(session: session.session, reason: .done)), at: now).1
        guard !grants.isEmpty else { return end + conclude(read, .noJobs, .noJobs, at: now) }
        let told = conclude(
            read, .releasing(user: session.user, documents: grants.count), .released, at: now)
        let items = grants.map { PrintItem(grant: $0, printer: session.printer, read: read) }
        return told + enqueue(items, for: read, at: now) + end
    }

    /// Shows and records the one outcome of a read.
    mutating func conclude(
        _ read: OpenRead, _ feedback: Feedback, _ result: ReadResult, at now: MonotonicTime
    ) -> [Action] {
        [
            .show(reader: read.reader, feedback),
            .note(.answered(reader: read.reader, result, after: now.elapsed(since: read.presentedAt))),
        ] + record(result, of: read)
    }

    mutating func typed(_ key: Keypad.Action, at now: MonotonicTime) -> [Action] {
        guard var entry = pin else { return [] }
        entry.until = now + limits.pinPause
        switch key {
        case .digit(let digit):
            // One more than a PIN has: the excess makes it wrong instead of silently right.
            if entry.digits.count <= PIN.lengths.upperBound { entry.digits.append(digit) }
        case .correct: _ = entry.digits.popLast()
        case .clear: entry.digits = []
        case .function: return []
        case .enter: return submit(entry, at: now)
        }
        pin = entry
        return [.show(reader: entry.read.reader, .enterPIN(typed: entry.digits.count))]
    }

    private mutating func submit(_ entry: PINEntry, at now: MonotonicTime) -> [Action] {
        pin = nil
        var read = entry.read
        guard canRequest else {
            return conclude(read, .serverAway, .serverAway, at: now)
        }
        read.until = now + limits.readLife
        let reply = ChallengeReply(prompt: entry.prompt, secret: SecretBytes(entry.digits))
        let (correlation, sent) = request(.challengeReply(reply), at: now)
        reads[correlation] = read
        return sent + [.show(reader: read.reader, .checking)]
    }

    private mutating func abandonPIN(at now: MonotonicTime) -> [Action] {
        guard let entry = pin else { return [] }
        pin = nil
        return conclude(entry.read, .abandoned, .abandoned, at: now)
    }

    mutating func tickReads(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        var isUnanswered = false
        if let entry = pin, now >= entry.until { actions += abandonPIN(at: now) }
        for correlation in reads.keys.sorted() {
            guard let read = reads[correlation], now >= read.until else { continue }
            reads[correlation] = nil
            actions += conclude(read, .tooLate, .expired, at: now)
            isUnanswered = true
        }
        // A server that does not answer may be gone without a word, or be releasing: a new hello puts that back.
        return isUnanswered ? actions + [.hangUp] : actions
    }

    /// Nobody will answer these reads any more.
    mutating func loseReads(at now: MonotonicTime) -> [Action] {
        let lost = reads.keys.sorted().compactMap { reads[$0] }
        reads = [:]
        let entry = pin
        pin = nil
        return (lost + (entry.map { [$0.read] } ?? [])).flatMap {
            conclude($0, .serverAway, .serverAway, at: now)
        }
    }
}
