// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A numeric keypad on the input layer, as a reader: ``Keypad`` does the work.
package struct KeypadReader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    private var keypad = Keypad()

    package init() {}

    package var deadline: MonotonicTime? { nil }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .input(let events): return keypad.handle(.input(events), at: now).map { .key($0) }
        case .opened, .closed:
            // A device that comes back has no overflow to recover from.
            keypad = Keypad()
            return []
        case .bytes, .report, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { [] }
}
