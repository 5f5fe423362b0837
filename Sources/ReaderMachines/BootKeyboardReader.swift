// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives a typing reader below the input layer, by its boot keyboard reports: modifiers, a reserved byte, six usages
/// (HID 1.11, appendix B.1), with or without the report's number in front. Keys go down and up between two reports,
/// so equal digits in a row are told apart by the empty report between them. ``WedgeReader`` makes sense of the keys.
package struct BootKeyboardReader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    private static let length = 8
    private static let rollover: UInt8 = 1

    private var wedge: WedgeReader
    private var modifiers: UInt8 = 0
    private var held: [UInt8] = []

    package init(options: ReaderOptions = ReaderOptions()) { wedge = WedgeReader(options: options) }

    package var deadline: MonotonicTime? { wedge.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .report(let report): return wedge.tick(at: now) + take(report, at: now)
        case .opened, .closed:
            (modifiers, held) = (0, [])
            return wedge.handle(event, at: now)
        case .bytes, .input, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { wedge.tick(at: now) }

    private mutating func take(_ report: [UInt8], at now: MonotonicTime) -> [Action] {
        let isNumbered = report.count == Self.length + 1 && report[0] != 0
        guard report.count == Self.length || isNumbered else { return [.drop(.unknownFrame)] }
        let body = report.suffix(Self.length)
        let usages = body.dropFirst(2).filter { $0 != 0 }
        // More keys than fit: the keyboard says nothing about any of them.
        if usages.contains(Self.rollover) { return [] }
        let pressed = usages.filter { !held.contains($0) }
        let released = held.filter { !usages.contains($0) }
        let changes = (body.first ?? 0) ^ modifiers
        let modified = Self.modifiers.indices.filter { changes & 1 << UInt8($0) != 0 }
            .map { Self.event(Self.modifiers[$0], isDown: modifiers & 1 << UInt8($0) == 0) }
        (modifiers, held) = (body.first ?? 0, Array(usages))
        // Digits of an Alt code come before the Alt that goes up, and after the one that goes down.
        let downs = modified.filter { $0.value == 1 }
        let ups = modified.filter { $0.value == 0 }
        let events =
            released.compactMap { Self.event(usage: $0, isDown: false) } + downs + ups
            + pressed.compactMap { Self.event(usage: $0, isDown: true) }
        return wedge.handle(.input(events), at: now)
    }

    private static func event(usage: UInt8, isDown: Bool) -> InputEvent? {
        let index = Int(usage) - 4
        // A usage beyond the table is a key that no reader types: F13 stands for all of them.
        return event(index >= 0 ? (index < codes.count ? codes[index] : 183) : 183, isDown: isDown)
    }

    private static func event(_ code: UInt16, isDown: Bool) -> InputEvent {
        InputEvent(type: InputEvent.key, code: code, value: isDown ? 1 : 0)
    }

    /// Left control, shift, Alt and GUI, and the right ones, by bit.
    private static let modifiers: [UInt16] = [29, 42, 56, 125, 97, 54, 100, 126]

    /// The kernel's codes of the usages from 4 (`a`) to 0x67 (keypad `=`), HID usage tables, chapter 10.
    private static let codes: [UInt16] = [
        30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44,
        2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 1, 14, 15, 57, 12, 13, 26, 27, 43, 43, 39, 40, 41, 51, 52, 53, 58,
        59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88, 99, 70, 119, 110, 102, 104, 111, 107, 109, 106, 105, 108, 103,
        69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, 72, 73, 82, 83, 86, 127, 116, 117,
    ]
}
