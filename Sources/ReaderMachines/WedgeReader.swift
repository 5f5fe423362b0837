// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Primitives

/// Drives a badge reader that poses as a USB keyboard: it types the badge's digits and then Enter or Tab.
///
/// The reader sends a whole read as one burst. A pause inside a read therefore means that the rest was lost, and half
/// a badge number is worse than none, so the partial read is dropped. Only key presses count; releases and the
/// repeats of a key that hangs change nothing, not even the pause.
package struct WedgeReader: Machine {
    package enum Event: Sendable {
        case input([InputEvent])
    }

    package enum Action: Sendable, Equatable {
        case deliver(RawRead)
        case drop(Drop)
    }

    package enum Drop: String, CaseIterable, Sendable {
        case pausedMidRead = "paused-mid-read"
        case tooShort = "too-short"
        case tooLong = "too-long"
        case notADigit = "not-a-digit"
        /// The kernel's queue overflowed (SYN_DROPPED).
        case eventsLost = "events-lost"
    }

    /// What a reader may type. Further grammars are further cases.
    package enum Grammar: Sendable {
        case digits
    }

    package struct Limits: Sendable {
        package var grammar = Grammar.digits
        package var shortest = 4
        package var longest = 32
        /// The longest time between two key presses of one read.
        package var pause = Duration.milliseconds(150)

        package init() {}
    }

    private enum State: Sendable {
        case idle
        case reading(digits: [UInt8], until: MonotonicTime)
        /// Swallows what is left of a bad read, so that its tail is not taken for a badge.
        case skipping(until: MonotonicTime)
        /// After SYN_DROPPED nothing counts up to and including the next SYN_REPORT (linux input documentation,
        /// event codes).
        case resynchronizing
    }

    private let limits: Limits
    private var state = State.idle
    /// Of both shift keys.
    private var shiftsDown = 0

    package init(limits: Limits = Limits()) {
        precondition(limits.longest <= RawRead.textLimit && limits.shortest >= 1, "a read fits its type")
        self.limits = limits
    }

    package var deadline: MonotonicTime? {
        switch state {
        case .idle, .resynchronizing: nil
        case .reading(_, let until), .skipping(let until): until
        }
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .input(let events): tick(at: now) + events.flatMap { take($0, at: now) }
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        defer { state = .idle }
        if case .reading = state { return [.drop(.pausedMidRead)] }
        return []
    }

    private mutating func take(_ event: InputEvent, at now: MonotonicTime) -> [Action] {
        if event.type == InputEvent.synchronization { return synchronize(event.code, at: now) }
        if case .resynchronizing = state { return [] }
        guard event.type == InputEvent.key else { return [] }
        let key = PhysicalKey(code: event.code)
        if key == .shift {
            shiftsDown = max(0, min(2, shiftsDown + (event.value == 1 ? 1 : event.value == 0 ? -1 : 0)))
            return []
        }
        return event.value == 1 ? pressed(key, at: now) : []
    }

    private mutating func synchronize(_ code: UInt16, at now: MonotonicTime) -> [Action] {
        let isResynchronizing = if case .resynchronizing = state { true } else { false }
        switch code {
        case InputEvent.dropped where !isResynchronizing:
            state = .resynchronizing
            shiftsDown = 0
            return [.drop(.eventsLost)]
        case InputEvent.report where isResynchronizing: state = .skipping(until: now + limits.pause)
        default: break
        }
        return []
    }

    private mutating func pressed(_ key: PhysicalKey, at now: MonotonicTime) -> [Action] {
        if key == .noise { return [] }
        let until = now + limits.pause
        let isEnd = key == .enter || key == .tab
        switch state {
        case .resynchronizing: return []
        case .skipping:
            state = isEnd ? .idle : .skipping(until: until)
            return []
        case .idle where isEnd: return []
        case .idle: return extend([], with: key, until: until)
        case .reading(let digits, _) where isEnd:
            state = .idle
            return [complete(digits)]
        case .reading(let digits, _): return extend(digits, with: key, until: until)
        }
    }

    private mutating func extend(_ digits: [UInt8], with key: PhysicalKey, until: MonotonicTime) -> [Action] {
        guard case .digit(let digit) = key, shiftsDown == 0 else { return skip(.notADigit, until: until) }
        guard digits.count < limits.longest else { return skip(.tooLong, until: until) }
        state = .reading(digits: digits + [digit], until: until)
        return []
    }

    private func complete(_ digits: [UInt8]) -> Action {
        guard digits.count >= limits.shortest, let read = RawRead(technology: .wedge, text: digits) else {
            return .drop(.tooShort)
        }
        return .deliver(read)
    }

    private mutating func skip(_ reason: Drop, until: MonotonicTime) -> [Action] {
        state = .skipping(until: until)
        return [.drop(reason)]
    }
}
