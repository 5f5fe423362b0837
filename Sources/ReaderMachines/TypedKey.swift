// SPDX-License-Identifier: Apache-2.0

/// What a key types on a US keyboard, by its place (linux/input-event-codes.h). No keyboard layout takes part: a
/// reader types by position, whatever layout the box has.
enum TypedKey: Hashable, Sendable {
    /// Printable ASCII.
    case character(UInt8)
    /// Enter or Tab.
    case end
    /// NumLock and CapsLock, which some readers toggle around a read.
    case noise
    case other

    private static let rows: [(first: UInt16, plain: [UInt8], shifted: [UInt8])] = [
        (2, Array("1234567890-=".utf8), Array("!@#$%^&*()_+".utf8)),
        (16, Array("qwertyuiop[]".utf8), Array("QWERTYUIOP{}".utf8)),
        (30, Array("asdfghjkl;'`".utf8), Array("ASDFGHJKL:\"~".utf8)),
        (43, Array("\\zxcvbnm,./".utf8), Array("|ZXCVBNM<>?".utf8)),
        (55, Array("*".utf8), Array("*".utf8)),
        (57, Array(" ".utf8), Array(" ".utf8)),
        // The numeric block has no second meaning here: Shift and NumLock are matters of a console.
        (71, Array("789-456+1230.".utf8), Array("789-456+1230.".utf8)),
        (98, Array("/".utf8), Array("/".utf8)),
        (117, Array("=".utf8), Array("=".utf8)),
        (121, Array(",".utf8), Array(",".utf8)),
    ]

    private static let enter: [UInt16] = [28, 96]
    private static let tab: UInt16 = 15
    private static let locks: [UInt16] = [58, 69]

    init(code: UInt16, isShifted: Bool) {
        if Self.enter.contains(code) || code == Self.tab {
            self = .end
        } else if Self.locks.contains(code) {
            self = .noise
        } else if let row = Self.rows.first(where: { $0.first <= code && Int(code - $0.first) < $0.plain.count }) {
            self = .character((isShifted ? row.shifted : row.plain)[Int(code - row.first)])
        } else {
            self = .other
        }
    }

    static func isShift(_ code: UInt16) -> Bool { code == 42 || code == 54 }
    static func isAlt(_ code: UInt16) -> Bool { code == 56 || code == 100 }
    static func isModifier(_ code: UInt16) -> Bool { isShift(code) || isAlt(code) }
    static func isOnNumericBlock(_ code: UInt16) -> Bool {
        if case .digit = PhysicalKey(code: code) { (71...82).contains(code) } else { false }
    }
}
