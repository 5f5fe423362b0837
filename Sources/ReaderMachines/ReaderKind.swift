// SPDX-License-Identifier: Apache-2.0

/// Every kind of reader and keypad, by the name that settings and quirks use.
package enum ReaderKind: String, CaseIterable, Hashable, Sendable {
    // Serial lines, and TCP streams that stand in for one.
    case id12
    case rdm6300
    case idteck
    /// Plain text a line: decimal, hexadecimal or anything printable.
    case text
    /// Elatec TWN4 with the Simple Protocol.
    case twn4
    /// rf IDEAS ASCII Command Protocol.
    case rfideas
    case itc2015
    case serialKeypad = "serial-keypad"
    // Input devices.
    /// Types like a keyboard.
    case wedge
    /// A numeric keypad for people.
    case keypad
    // Raw HID reports.
    /// rf IDEAS pcProx with its keystrokes stopped.
    case pcprox
    case magtek
    /// MagTek with encryption; its masked tracks are used.
    case magnesafe
    case idtech
    /// Types like a keyboard and is read below the input layer.
    case bootKeyboard = "boot-keyboard"
    // Kinds with a machine of their own, because one line or one service serves several readers.
    case osdp
    case pcsc

    /// ``ReaderDriver`` drives it.
    package var hasDriver: Bool { self != .osdp && self != .pcsc }

    /// What to open, unless the setting names an address or overrides the line.
    package var transport: ReaderTransport {
        switch self {
        case .id12, .rdm6300, .idteck, .text, .rfideas, .itc2015, .serialKeypad: .serial(SerialLine())
        case .osdp: .serial(SerialLine(rs485: .auto))
        // USB, where the speed means nothing; the RS-232 models are set to it as well.
        case .twn4: .serial(SerialLine(speed: 115_200))
        case .wedge, .keypad: .evdev
        case .pcprox, .magtek, .magnesafe, .idtech, .bootKeyboard: .hidraw
        case .pcsc: .pcsc
        }
    }
}

/// The way to a reader, as data for the shell that opens it.
package enum ReaderTransport: Hashable, Sendable {
    case serial(SerialLine)
    /// An input device, grabbed.
    case evdev
    case hidraw
    /// A TCP connection in either direction, with the bytes of a serial line.
    case stream
    case pcsc
}

package struct SerialLine: Hashable, Sendable {
    package enum Parity: String, CaseIterable, Hashable, Sendable { case none, even, odd }

    /// Whether the kernel's driver switches the direction of an RS-485 line: it must, it is not asked to, it does where
    /// it can.
    package enum RS485: String, CaseIterable, Hashable, Sendable { case kernel, off, auto }

    /// Bits a second.
    package var speed = 9600
    package var parity = Parity.none
    package var dataBits = 8
    package var stopBits = 1
    package var rs485 = RS485.off

    package init(
        speed: Int = 9600, parity: Parity = .none, dataBits: Int = 8, stopBits: Int = 1, rs485: RS485 = .off
    ) {
        self.speed = speed
        self.parity = parity
        self.dataBits = dataBits
        self.stopBits = stopBits
        self.rs485 = rs485
    }
}
