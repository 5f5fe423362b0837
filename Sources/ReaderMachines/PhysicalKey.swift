// SPDX-License-Identifier: Apache-2.0

/// What a key means to a reader or a keypad, by its place on a US keyboard (linux/input-event-codes.h). No keyboard
/// layout takes part: a reader types by position, whatever layout the box has.
enum PhysicalKey: Hashable, Sendable {
    /// ASCII, from either digit row or a telephone keypad.
    case digit(UInt8)
    case enter
    case tab
    case backspace
    /// Escape, delete, and on the numeric block the point and the asterisk.
    case clear
    /// NumLock and CapsLock, which some devices toggle around each digit.
    case noise
    /// F1…F12, and A…D of a telephone keypad; counted from 1.
    case function(UInt8)
    case other

    init(code: UInt16) {
        switch code {
        case 2...10: self = .digit(UInt8(ascii: "1") + UInt8(code - 2))
        case 11, 82: self = .digit(UInt8(ascii: "0"))
        case 71...73: self = .digit(UInt8(ascii: "7") + UInt8(code - 71))
        case 75...77: self = .digit(UInt8(ascii: "4") + UInt8(code - 75))
        case 79...81: self = .digit(UInt8(ascii: "1") + UInt8(code - 79))
        case 0x200...0x209: self = .digit(UInt8(ascii: "0") + UInt8(code - 0x200))
        case 28, 96, 0x20B: self = .enter
        case 15: self = .tab
        case 14: self = .backspace
        case 1, 55, 83, 111, 0x20A: self = .clear
        case 58, 69: self = .noise
        case 59...68: self = .function(UInt8(code - 58))
        case 87, 88: self = .function(UInt8(code - 76))
        case 0x20C...0x20F: self = .function(UInt8(code - 0x20B))
        default: self = .other
        }
    }
}
