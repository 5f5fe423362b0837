// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// How a typing reader turns text into keys: as input events, or as boot keyboard reports.
package enum SimTyping {
    package enum Mode: Hashable, Sendable {
        /// The keys that a US keyboard has for it.
        case plain
        /// Each character as Alt and its decimal code of three digits on the numeric block.
        case alt
    }

    /// Presses and releases, one batch a report of the device. `\r` is Enter, `\t` is Tab.
    package static func inputs(_ text: [UInt8], mode: Mode = .plain) -> [[InputEvent]] {
        text.flatMap { mode == .plain ? plain($0) : alt($0) }
    }

    /// - Parameter number: in front of each report, for devices that number them.
    package static func reports(_ text: [UInt8], number: UInt8? = nil) -> [[UInt8]] {
        text.flatMap { character -> [[UInt8]] in
            let (usage, isShifted) = usage(of: character)
            let down: [UInt8] = [isShifted ? 0x02 : 0, 0, usage, 0, 0, 0, 0, 0]
            return [down, Array(repeating: 0, count: 8)].map { (number.map { [$0] } ?? []) + $0 }
        }
    }

    private static func plain(_ character: UInt8) -> [[InputEvent]] {
        let (code, isShifted) = code(of: character)
        let shift: UInt16 = 42
        return isShifted
            ? [[key(shift, 1), report], [key(code, 1), report], [key(code, 0), report], [key(shift, 0), report]]
            : [[key(code, 1), report], [key(code, 0), report]]
    }

    private static func alt(_ character: UInt8) -> [[InputEvent]] {
        let alt: UInt16 = 56
        if character < 0x20 { return plain(character) }
        let block: [UInt16] = [82, 79, 80, 81, 75, 76, 77, 71, 72, 73]
        let digits = [character / 100, character / 10 % 10, character % 10].map { block[Int($0)] }
        return [[key(alt, 1), report]] + digits.flatMap { [[key($0, 1), report], [key($0, 0), report]] }
            + [[key(alt, 0), report]]
    }

    private static let report = InputEvent(type: InputEvent.synchronization, code: InputEvent.report, value: 0)

    private static func key(_ code: UInt16, _ value: Int32) -> InputEvent {
        InputEvent(type: InputEvent.key, code: code, value: value)
    }

    /// Rows of a US keyboard: first code, first usage where they run in step, plain and shifted characters.
    private static let rows: [(code: UInt16, plain: String, shifted: String)] = [
        (2, "1234567890-=", "!@#$%^&*()_+"), (16, "qwertyuiop[]", "QWERTYUIOP{}"),
        (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
        (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"), (57, " ", " "), (28, "\r", "\r"), (15, "\t", "\t"),
    ]

    private static func code(of character: UInt8) -> (UInt16, Bool) {
        for row in rows {
            if let index = Array(row.plain.utf8).firstIndex(of: character) { return (row.code + UInt16(index), false) }
            if let index = Array(row.shifted.utf8).firstIndex(of: character) { return (row.code + UInt16(index), true) }
        }
        preconditionFailure("a US keyboard has a key for it")
    }

    private static func usage(of character: UInt8) -> (UInt8, Bool) {
        let order: [(first: UInt8, plain: String, shifted: String)] = [
            (0x04, "abcdefghijklmnopqrstuvwxyz1234567890\r", "ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()\r"),
            (0x2B, "\t -=[]\\", "\t _+{}|"), (0x33, ";'`,./", ":\"~<>?"),
        ]
        for row in order {
            let index = Array(row.plain.utf8).firstIndex(of: character)
            if let index { return (row.first + UInt8(index), false) }
            if let index = Array(row.shifted.utf8).firstIndex(of: character) { return (row.first + UInt8(index), true) }
        }
        preconditionFailure("a US keyboard has a key for it")
    }
}
