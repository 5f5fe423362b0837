// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A person at a numeric keypad.
package struct SimKeypad: Machine {
    package enum Event: Sendable {
        /// Digits; `\n` is Enter, `<` is Backspace, `x` is Escape, `a` to `d` are F1 to F4.
        case type(String)
    }

    package typealias Action = SimKeys.Action

    private var keys: SimKeys
    private let togglesNumLock: Bool

    /// - Parameters:
    ///   - interval: between two keys; people take 100 ms to 1 s.
    ///   - togglesNumLock: around each digit, as some keypads do.
    package init(interval: Duration = .milliseconds(300), togglesNumLock: Bool = false) {
        keys = SimKeys(interval: interval, usesKeypadRow: true)
        self.togglesNumLock = togglesNumLock
    }

    package var deadline: MonotonicTime? { keys.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .type(let text): keys.handle(.type(text.utf8.flatMap(strokes)), at: now)
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { keys.tick(at: now) }

    private func strokes(for character: UInt8) -> [SimKeys.Key] {
        switch character {
        case UInt8(ascii: "\n"): [.enter]
        case UInt8(ascii: "<"): [.backspace]
        case UInt8(ascii: "x"): [.escape]
        case UInt8(ascii: "a")...UInt8(ascii: "d"): [.function(character - UInt8(ascii: "a") + 1)]
        default: togglesNumLock ? [.numLock, .digit(character), .numLock] : [.digit(character)]
        }
    }
}
