// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Drives a numeric keypad: single key presses of a person. What they add up to, and how long it may take, is the
/// business of whoever asked for a PIN.
package struct Keypad: Machine {
    package enum Event: Sendable {
        case input([InputEvent])
    }

    package enum Action: Sendable, Equatable {
        /// ASCII `0`…`9`.
        case digit(UInt8)
        /// Takes back the last digit.
        case correct
        /// Takes back all digits; also when key presses were lost, because the rest would be a wrong PIN.
        case clear
        case enter
        /// F1… or A…, counted from 1.
        case function(UInt8)
    }

    private var isResynchronizing = false

    package init() {}

    package var deadline: MonotonicTime? { nil }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .input(let events): events.compactMap { take($0) }
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { [] }

    private mutating func take(_ event: InputEvent) -> Action? {
        if event.type == InputEvent.synchronization {
            let wasLost = event.code == InputEvent.dropped && !isResynchronizing
            isResynchronizing =
                event.code == InputEvent.dropped || (isResynchronizing && event.code != InputEvent.report)
            return wasLost ? .clear : nil
        }
        guard event.type == InputEvent.key, event.value == 1, !isResynchronizing else { return nil }
        switch PhysicalKey(code: event.code) {
        case .digit(let digit): return .digit(digit)
        case .enter: return .enter
        case .backspace: return .correct
        case .clear: return .clear
        case .function(let number): return .function(number)
        case .tab, .noise, .other: return nil
        }
    }
}
