// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Types keys as a Linux input device reports them, one press and one release after the other. The reader and the
/// keypad are both made of it.
package struct SimKeys: Machine {
    package enum Key: Hashable, Sendable {
        /// ASCII.
        case digit(UInt8)
        case enter, tab, escape, backspace, numLock, letterA
        /// F1 is 1, up to F10.
        case function(UInt8)
        /// The kernel's queue overflowed; the events up to the next report are remains.
        case overflow
        /// A digit key that hangs and repeats so often.
        case held(UInt8, repeats: Int)
    }

    package enum Event: Sendable {
        case type([Key])
    }

    package enum Action: Equatable, Sendable {
        case input([InputEvent])
    }

    private let interval: Duration
    private let usesKeypadRow: Bool
    private var waiting: [Key] = []
    package private(set) var deadline: MonotonicTime?

    package init(interval: Duration, usesKeypadRow: Bool = false) {
        self.interval = interval
        self.usesKeypadRow = usesKeypadRow
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .type(let keys):
            waiting += keys
            if deadline == nil, !waiting.isEmpty { deadline = now }
            return tick(at: now)
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let due = deadline, now >= due, let key = waiting.first else { return [] }
        waiting.removeFirst()
        deadline = waiting.isEmpty ? nil : due + interval
        return [.input(events(for: key))]
    }

    private func events(for key: Key) -> [InputEvent] {
        switch key {
        case .overflow:
            let remains = InputEvent(type: InputEvent.key, code: code(of: UInt8(ascii: "7")), value: 1)
            return [
                InputEvent(type: InputEvent.synchronization, code: InputEvent.dropped, value: 0), remains, Self.report,
            ]
        case .held(let digit, let repeats):
            let held = InputEvent(type: InputEvent.key, code: code(of: digit), value: 2)
            return press(code(of: digit)).dropLast(2)
                + Array(repeating: [held, Self.report], count: repeats).flatMap { $0 }
        case .digit(let digit): return press(code(of: digit))
        case .enter: return press(usesKeypadRow ? 96 : 28)
        case .tab: return press(15)
        case .escape: return press(1)
        case .backspace: return press(14)
        case .numLock: return press(69)
        case .letterA: return press(30)
        case .function(let number): return press(58 + UInt16(number))
        }
    }

    private static let report = InputEvent(type: InputEvent.synchronization, code: InputEvent.report, value: 0)

    /// Scan code, press, report, release, report. The scan code is a HID usage, which nobody should look at.
    private func press(_ code: UInt16) -> [InputEvent] {
        [
            InputEvent(type: InputEvent.miscellaneous, code: 4, value: 0x70000 + Int32(code)),
            InputEvent(type: InputEvent.key, code: code, value: 1), Self.report,
            InputEvent(type: InputEvent.key, code: code, value: 0), Self.report,
        ]
    }

    /// linux/input-event-codes.h: KEY_1…KEY_0 are 2…11, KEY_KP0…KEY_KP9 are scattered.
    private func code(of digit: UInt8) -> UInt16 {
        precondition((0x30...0x39).contains(digit), "a digit")
        let value = Int(digit) - 0x30
        if usesKeypadRow { return [82, 79, 80, 81, 75, 76, 77, 71, 72, 73][value] }
        return value == 0 ? 11 : UInt16(value + 1)
    }
}
