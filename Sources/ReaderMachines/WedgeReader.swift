// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives a badge reader that poses as a USB keyboard: it types the badge's text and then Enter or Tab.
///
/// The reader sends a whole read as one burst. A pause inside a read therefore means that the rest was lost, and half
/// a badge number is worse than none, so the partial read is dropped; a text that comes as slowly as people type is
/// dropped too. Only key presses count; releases and the repeats of a key that hangs change nothing, not even the
/// pause. Some readers type each character as Alt and its decimal code on the numeric block.
package struct WedgeReader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    /// The longest time between two key presses of one read.
    package static let pause = Duration.milliseconds(150)
    /// Codes of a character in Alt mode: `Alt+0 6 3` is `?` (MagTek, property 0x0F).
    private static let altDigits = 4

    private let limits: TextCollector.Limits
    private var collector: TextCollector
    /// Both shift keys, both Alt keys.
    private var held: Set<UInt16> = []
    /// Digits since Alt went down.
    private var alt: [UInt8] = []
    /// After SYN_DROPPED nothing counts up to and including the next SYN_REPORT (linux input documentation, event
    /// codes).
    private var isResynchronizing = false

    package init(options: ReaderOptions = ReaderOptions()) {
        var limits = TextCollector.Limits(options, grammar: .digits, technology: .wedge, pause: Self.pause)
        if !options.acceptsTyping { limits.meanInterval = TextCollector.Limits.meanInterval }
        self.limits = limits
        collector = TextCollector(limits: limits)
    }

    package var deadline: MonotonicTime? { isResynchronizing ? nil : collector.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .input(let events): return tick(at: now) + events.flatMap { take($0, at: now) }
        case .opened, .closed:
            forget()
            return collector.restart(at: now)
        case .bytes, .report, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        // A Shift whose release was lost spoils one read, not all that follow.
        (held, alt) = ([], [])
        return collector.tick(at: now)
    }

    private mutating func forget() {
        held = []
        alt = []
        isResynchronizing = false
    }

    private mutating func take(_ event: InputEvent, at now: MonotonicTime) -> [Action] {
        if event.type == InputEvent.synchronization { return synchronize(event.code, at: now) }
        guard event.type == InputEvent.key, !isResynchronizing else { return [] }
        if TypedKey.isModifier(event.code) { return modify(event, at: now) }
        return event.value == 1 ? pressed(event.code, at: now) : []
    }

    private mutating func synchronize(_ code: UInt16, at now: MonotonicTime) -> [Action] {
        switch code {
        case InputEvent.dropped where !isResynchronizing:
            let actions = collector.spoil(.eventsLost, at: now)
            forget()
            isResynchronizing = true
            return actions
        case InputEvent.report where isResynchronizing:
            isResynchronizing = false
            // The pause counts from here: what follows is the tail of the lost read.
            return collector.spoil(.eventsLost, at: now)
        default: return []
        }
    }

    private mutating func modify(_ event: InputEvent, at now: MonotonicTime) -> [Action] {
        switch event.value {
        case 1: held.insert(event.code)
        case 0: held.remove(event.code)
        default: return []
        }
        guard TypedKey.isAlt(event.code), event.value == 0, !alt.isEmpty else { return [] }
        let code = alt.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        alt = []
        return character(UInt8(clamping: code), at: now)
    }

    private mutating func pressed(_ code: UInt16, at now: MonotonicTime) -> [Action] {
        switch TypedKey(code: code, isShifted: held.contains(where: TypedKey.isShift)) {
        case .character(let digit) where held.contains(where: TypedKey.isAlt):
            guard TypedKey.isOnNumericBlock(code), alt.count < Self.altDigits else {
                return collector.spoil(objection, at: now)
            }
            alt.append(digit)
            collector.touch(at: now)
            return []
        case .character(let text): return character(text, at: now)
        case .end: return collector.end(at: now)
        case .noise: return []
        case .other: return collector.spoil(objection, at: now)
        }
    }

    private mutating func character(_ character: UInt8, at now: MonotonicTime) -> [Action] {
        let isEnd = character == 0x0D || character == 0x0A || character == 0x09
        return isEnd ? collector.end(at: now) : collector.take(character, at: now)
    }

    private var objection: ReaderDrop {
        switch limits.grammar {
        case .digits: .notADigit
        case .hex: .notHex
        case .text, .magstripe: .notPrintable
        }
    }
}
