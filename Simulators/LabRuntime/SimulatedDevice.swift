// SPDX-License-Identifier: Apache-2.0

import Primitives

/// A device as umockdev is told about it.
package struct SimulatedDevice: Hashable, Sendable {
    package let node: String
    /// From the one that was plugged in to the one that has the node.
    package let systemPaths: [String]
    /// In the format of umockdev-record.
    package let description: String
    /// In the format of umockdev's ioctl trees; empty for a node that knows none.
    package let ioctls: String

    /// A USB keyboard that has digits, Enter and a numeric pad, as badge readers and keypads are.
    /// - Parameter port: where it is plugged in; `nil` for a port of its own.
    package static func keyboard(
        _ number: Int, port: Int? = nil, name: String, vendor: UInt16, product: UInt16
    ) -> SimulatedDevice {
        let (usb, interface) = place(port ?? number)
        let input = "\(interface)/input/input\(number)"
        let event = "\(input)/event\(number)"
        let node = "/dev/input/event\(number)"
        let (idVendor, idProduct) = (fourDigits(vendor), fourDigits(product))
        let records = [
            """
            P: \(usb)
            E: DEVTYPE=usb_device
            E: SUBSYSTEM=usb
            A: idVendor=\(idVendor)
            A: idProduct=\(idProduct)
            A: product=\(name)
            """,
            """
            P: \(input)
            E: SUBSYSTEM=input
            A: id/bustype=0003
            A: id/vendor=\(idVendor)
            A: id/product=\(idProduct)
            A: name=\(name)
            """,
            """
            P: \(event)
            N: input/event\(number)
            E: DEVNAME=\(node)
            E: SUBSYSTEM=input
            E: ID_INPUT=1
            E: ID_INPUT_KEY=1
            E: ID_INPUT_KEYBOARD=1
            E: ID_VENDOR_ID=\(idVendor)
            E: ID_MODEL_ID=\(idProduct)
            E: MAJOR=13
            E: MINOR=\(64 + number)
            """,
        ]
        return SimulatedDevice(
            node: node, systemPaths: [usb, input, event].map { "/sys" + $0 },
            description: records.map { $0 + "\n\n" }.joined(), ioctls: keyboardIoctls(node, vendor, product))
    }

    /// The part of a USB serial adapter that udev sees. Its bytes go over a pseudo terminal elsewhere: what umockdev
    /// has below /dev knows no TIOCEXCL.
    package static func serialAdapter(_ number: Int, port: Int? = nil, name: String) -> SimulatedDevice {
        let (usb, interface) = place(port ?? number)
        let tty = "\(interface)/ttyUSB\(number)/tty/ttyUSB\(number)"
        let records = [
            """
            P: \(usb)
            E: DEVTYPE=usb_device
            E: SUBSYSTEM=usb
            A: idVendor=0403
            A: idProduct=6001
            A: product=\(name)
            """,
            """
            P: \(tty)
            N: ttyUSB\(number)
            E: DEVNAME=/dev/ttyUSB\(number)
            E: SUBSYSTEM=tty
            E: MAJOR=188
            E: MINOR=\(number)
            """,
        ]
        return SimulatedDevice(
            node: "/dev/ttyUSB\(number)", systemPaths: [usb, tty].map { "/sys" + $0 },
            description: records.map { $0 + "\n\n" }.joined(), ioctls: "")
    }

    /// A USB device with raw HID reports. Its node is a pseudo terminal of umockdev's: reports that are not read one by
    /// one come as one.
    package static func hidraw(
        _ number: Int, port: Int? = nil, name: String, vendor: UInt16, product: UInt16
    ) -> SimulatedDevice {
        let (usb, interface) = place(port ?? number)
        let (idVendor, idProduct) = (fourDigits(vendor), fourDigits(product))
        let hid = "\(interface)/0003:\(idVendor.uppercased()):\(idProduct.uppercased()).\(fourDigits(UInt16(number)))"
        let raw = "\(hid)/hidraw/hidraw\(number)"
        let records = [
            """
            P: \(usb)
            E: DEVTYPE=usb_device
            E: SUBSYSTEM=usb
            A: idVendor=\(idVendor)
            A: idProduct=\(idProduct)
            A: product=\(name)
            """,
            """
            P: \(hid)
            E: SUBSYSTEM=hid
            E: HID_ID=0003:0000\(idVendor.uppercased()):0000\(idProduct.uppercased())
            E: HID_NAME=\(name)
            """,
            """
            P: \(raw)
            N: hidraw\(number)
            E: DEVNAME=/dev/hidraw\(number)
            E: SUBSYSTEM=hidraw
            E: MAJOR=240
            E: MINOR=\(number)
            """,
        ]
        return SimulatedDevice(
            node: "/dev/hidraw\(number)", systemPaths: [usb, hid, raw].map { "/sys" + $0 },
            description: records.map { $0 + "\n\n" }.joined(), ioctls: "")
    }

    private static func place(_ port: Int) -> (usb: String, interface: String) {
        let usb = "/devices/pci0000:00/0000:00:14.0/usb1/1-\(port)"
        return (usb, "\(usb)/1-\(port):1.0")
    }

    /// What EVIOCGID, EVIOCGBIT(EV_KEY) and EVIOCGKEY answer (linux/input.h); EVIOCGRAB succeeds by itself.
    private static func keyboardIoctls(_ node: String, _ vendor: UInt16, _ product: UInt16) -> String {
        let identity = [3, vendor, product, 1].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        // Escape to Enter, and the numeric pad up to its Enter: key codes 1…28 and 69…96.
        var keys = [UInt8](repeating: 0, count: 96)
        for code in Array(1...28) + Array(69...96) { keys[code / 8] |= 1 << (code % 8) }
        let none = [UInt8](repeating: 0, count: 96)
        return """
            @DEV \(node)
            EVIOCGID 0 \(Hexadecimal.text(identity).uppercased())
            EVIOCGBIT(1) 96 \(Hexadecimal.text(keys).uppercased())
            EVIOCGKEY 96 \(Hexadecimal.text(none).uppercased())

            """
    }
}

/// Of hexadecimal, as udev writes USB identities.
func fourDigits(_ number: UInt16) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
}
