// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Credentials
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire

/// Badges, keys and commands to the dialogue that they belong to, and what the dialogues want done.
///
/// A box stands at one copier and has one keypad: whoever comes next, to whichever of its readers, ends the dialogue
/// that waits for somebody, and keys belong to the one that waits.
extension AgentCore {
    // MARK: Badges

    mutating func present(
        _ read: RawRead, at reader: String, key: [UInt8], _ now: MonotonicTime
    ) -> [Action] {
        if case .duplicate(let number) = debounce.check(read, from: reader, at: now) {
            return repeated(number, OpenRead(reader: reader, key: key, presentedAt: now))
        }
        let noted = Action.note(.read(reader: reader, what: read.description))
        guard !isStopping else { return [noted, .show(reader: reader, .outOfOrder)] }
        guard !journal.state.isFull else {
            return [noted, .show(reader: reader, .outOfOrder), .note(.journalFull)]
        }
        let open = OpenRead(reader: reader, key: key, presentedAt: now)
        if canRequest { noteRead(read, key: key) }
        if let waiting = dialogues.first(where: { $0.awaitsBadge && $0.place == reader }) {
            return [noted] + step(waiting.number, at: now) { $0.take(open, read, in: $1) }
        }
        let previous = makeRoom(at: now)
        lastDialogue += 1
        let (dialogue, actions) = Dialogue.presented(open, read, number: lastDialogue, in: surroundings(at: now))
        dialogues.append(dialogue)
        // The frame leaves first: what waits for the disk is the record, not the person.
        return previous + [noted] + step(lastDialogue, at: now) { _, _ in actions }
    }

    /// What is shown of the first one stands.
    private mutating func repeated(_ number: Int, _ read: OpenRead) -> [Action] {
        guard takesUnsent, number <= UnsentReads.duplicateLimit else {
            return [.note(.readUnrecorded(reader: read.reader))]
        }
        return [.note(.readDuplicate(reader: read.reader))] + record(.duplicate, of: read)
    }

    mutating func unreadable(at reader: String, key: [UInt8], _ now: MonotonicTime) -> [Action] {
        guard takesUnsent, unsent.takesUnreadable(at: reader, now) else {
            return [.show(reader: reader, .readError), .note(.readUnrecorded(reader: reader))]
        }
        let read = OpenRead(reader: reader, key: key, presentedAt: now)
        return conclude(read, .readError, .unreadable, at: now)
    }

    // MARK: Keys

    mutating func press(
        _ pressed: Keypad.Action, from reader: String, key: [UInt8], at now: MonotonicTime
    ) -> [Action] {
        desk.hasKeypad = true
        if let waiting = dialogues.first(where: \.isWaiting) {
            return step(waiting.number, at: now) { $0.press(pressed, key: key, in: $1) }
        }
        let place = desk.keypadPlace ?? reader
        // While the server is asked for somebody, keys are not for the next one.
        guard case .digit = pressed, isAgreed, takesReads, !dialogues.contains(where: { $0.place == place }) else {
            return []
        }
        let number = begin(at: place, now)
        return step(number, at: now) { $0.press(pressed, key: key, in: $1) }
    }

    private mutating func begin(at place: String, _ now: MonotonicTime) -> Int {
        lastDialogue += 1
        dialogues.append(.typing(at: place, number: lastDialogue, in: surroundings(at: now)))
        return lastDialogue
    }

    // MARK: Commands

    mutating func obey(
        _ command: DeskCommand, at reader: String?, of screen: UInt64, key: [UInt8], _ now: MonotonicTime
    ) -> [Action] {
        guard isAgreed else { return [.refuseCommand(screen: screen, .unsupported)] }
        var previous: [Action] = []
        let number: Int
        if let known = attended(at: reader) {
            number = known.number
        } else {
            guard case .logIn = command else { return [.refuseCommand(screen: screen, .notNow)] }
            previous = makeRoom(at: now)
            number = begin(at: reader ?? desk.screenPlace, now)
        }
        restated = dialogues.first { $0.number == number }?.place
        var fault: DeskFault?
        let actions = step(number, at: now) { dialogue, box in
            do throws(DeskFault) {
                return try dialogue.obey(command, key: key, in: box)
            } catch {
                fault = error
                return []
            }
        }
        guard let fault else { return previous + actions }
        restated = nil
        return previous + actions + [.refuseCommand(screen: screen, fault)]
    }

    private func attended(at reader: String?) -> Dialogue? {
        guard let reader else { return dialogues.last(where: \.isWaiting) ?? dialogues.last }
        return dialogues.last { $0.place == reader }
    }

    // MARK: Time and the link

    mutating func tickReads(at now: MonotonicTime) -> [Action] {
        var isUnanswered = false
        let actions = dialogues.map(\.number).flatMap { number in
            step(number, at: now) { dialogue, box in
                let (actions, isLate) = dialogue.tick(in: box)
                isUnanswered = isUnanswered || isLate
                return actions
            }
        }
        // A server that does not answer may be gone without a word, or be releasing: a new hello puts that back.
        return isUnanswered ? actions + [.hangUp] : actions
    }

    /// Nobody will answer what is open any more.
    mutating func loseReads(at now: MonotonicTime) -> [Action] {
        questions = [:]
        asides = [:]
        return dialogues.map(\.number).flatMap { step($0, at: now) { dialogue, _ in dialogue.loseLink() } }
    }

    mutating func sessionEnded(_ end: SessionEnd, at now: MonotonicTime) -> [Action] {
        dialogues.map(\.number).flatMap { step($0, at: now) { dialogue, _ in dialogue.sessionEnded(end) } }
    }

    /// What has come out is with the server: whoever looks at a list sees it without it.
    mutating func refreshLists(through: UInt64, at now: MonotonicTime) -> [Action] {
        guard let sequence = unlisted, sequence <= through else { return [] }
        unlisted = nil
        return dialogues.map(\.number).flatMap { step($0, at: now) { $0.goStale(in: $1) } }
    }

    // MARK: One step of one dialogue

    mutating func step(
        _ number: Int, at now: MonotonicTime,
        _ body: (inout Dialogue, Dialogue.Surroundings) -> [Dialogue.Action]
    ) -> [Action] {
        // It may have ended while its question was open.
        guard let index = dialogues.firstIndex(where: { $0.number == number }) else { return [] }
        let actions = body(&dialogues[index], surroundings(at: now))
        let dialogue = dialogues[index]
        if dialogue.isOver {
            dialogues.remove(at: index)
            if let account = dialogue.lostAccount, let read = dialogue.read {
                keepChoice(account, read: read.key, at: now)
            }
        }
        // Two badges may have been on their way: there is one keypad, and the later question stands.
        let previous = dialogue.isWaiting ? makeRoom(for: number, at: now) : []
        return previous + actions.flatMap { perform($0, of: dialogue, at: now) }
    }

    private mutating func makeRoom(for number: Int? = nil, at now: MonotonicTime) -> [Action] {
        let others = dialogues.map(\.number).filter { $0 != number }
        return others.flatMap { step($0, at: now) { dialogue, box in dialogue.giveWay(in: box) } }
    }

    private mutating func perform(
        _ action: Dialogue.Action, of dialogue: Dialogue, at now: MonotonicTime
    ) -> [Action] {
        switch action {
        case .ask(let message):
            let (correlation, sent) = request(message, at: now)
            questions[correlation] = dialogue.number
            return sent
        case .askAside(let message):
            guard canRequest else {
                return step(dialogue.number, at: now) { $0.answeredAside(.refused(Refusal(.busy)), in: $1) }
            }
            let (correlation, sent) = request(message, at: now)
            asides[correlation] = dialogue.number
            return sent
        case .tell(let message):
            // The server ends a session by itself when it hears nothing of it.
            return canRequest ? request(message, at: now).1 : []
        case .presented(let read):
            return [journal.append([.presented(key: read.key, reader: read.reader, at: wall)], then: .nothing)]
        case .show(let feedback):
            if feedback == .holdAgain { debounce.expectAgain(at: dialogue.place) }
            return [.show(reader: dialogue.place, feedback)]
        case .record(let reads, let result): return reads.flatMap { record(result, of: $0, at: now) }
        case .serveAway(let read, let raw): return serve(read, raw, at: now)
        case .bringOut(let grants, let printer, let read):
            let items = grants.map { PrintItem(grant: $0, printer: printer, read: read) }
            return enqueue(items, for: read, at: now)
        }
    }

    /// Shows and records the one outcome of a read.
    mutating func conclude(
        _ read: OpenRead, _ feedback: Feedback, _ result: ReadResult, at now: MonotonicTime
    ) -> [Action] {
        [.show(reader: read.reader, feedback)] + record(result, of: read, at: now)
    }

    private mutating func record(_ result: ReadResult, of read: OpenRead, at now: MonotonicTime) -> [Action] {
        let wait = now.elapsed(since: read.presentedAt)
        return [.note(.answered(reader: read.reader, result, after: wait))] + record(result, of: read)
    }

    private var isAgreed: Bool { link.agreed.contains(.dialogue) }
    private var takesReads: Bool { !isStopping && !journal.state.isFull }
    private var takesUnsent: Bool { !isStopping && journal.state.takesUnsent }

    private func surroundings(at now: MonotonicTime) -> Dialogue.Surroundings {
        Dialogue.Surroundings(
            time: now, limits: limits, canAsk: canRequest, takesReads: takesReads,
            isAgreed: isAgreed, hasScreen: screens > 0,
            opensList: isAgreed && desk.opensList && (screens > 0 || desk.hasKeypad || watch.hasKeys))
    }

    // MARK: Screens

    /// What the screens do not show yet.
    mutating func changedViews() -> [Action] {
        guard screens > 0 else {
            views = [:]
            return []
        }
        var current = views.mapValues { DeskView(reader: $0.reader, stage: .idle) }
        for dialogue in dialogues { current[dialogue.place] = dialogue.view }
        let changed = current.values.filter { views[$0.reader] != $0 || restated == $0.reader }.sorted {
            $0.reader < $1.reader
        }
        (views, restated) = (current, nil)
        return changed.map { .view($0) }
    }
}
