// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Primitives
import Testing
import TestKit

/// Devices that umockdev puts into the place of the system's: the test runs itself again inside the testbed.
@Suite struct DeviceTests {
    private static let inside = "LANYARD_INSIDE_TESTBED"
    private static let testbed = "/usr/bin/umockdev-run"

    @Test func aKeyboardReaderIsFoundOpenedGrabbedAndRead() throws {
        if getenv(Self.inside) != nil { return try readsTheBadge() }
        guard access(Self.testbed, X_OK) == 0 else {
            StandardStream.error.write(line: "SKIPPED: no test of evdev and udev, because umockdev is not installed")
            return
        }
        try runInside(test: "aKeyboardReaderIsFoundOpenedGrabbedAndRead")
    }

    private func readsTheBadge() throws {
        let loop = try Loop()
        var changes: [DeviceMonitor.Change] = []
        let monitor = try DeviceMonitor(subsystems: ["input"], on: loop) { changes.append($0) }
        #expect(changes.isEmpty)
        #expect(try loop.turn { !changes.isEmpty })
        // One of two: the input parent has no node.
        try #require(changes.count == 1)
        guard case .added(let facts) = changes[0] else { return #expect(Bool(false), "\(changes)") }
        #expect(facts.node == "/dev/input/event5" && facts.subsystem == "input")
        #expect(facts.vendor == 0x0C27 && facts.product == 0x3BFA && facts.serial == "SN77")
        #expect(facts.port == "pci-0000:00:14.0-usb-0:1:1.0" && facts.name == "RFIDeas USB Keyboard")

        let device = try EvdevDevice(facts.node, on: loop)
        #expect(device.vendor == 0x0C27 && device.product == 0x3BFA && device.keys.canTypeNumbers)
        var (isGrabbed, events): (Bool, [InputEvent]) = (false, [])
        device.grab { isGrabbed = $0 == nil }
        device.onEvents = { events += $0 }
        #expect(try loop.turn { isGrabbed && events.count >= 8 })
        let keys = events.filter { $0.type == InputEvent.key && $0.value == 1 }.map(\.code)
        #expect(keys == [2, 28])
        device.close()
        monitor.close()
    }

    private func runInside(test: String) throws {
        let directory = try TemporaryDirectory()
        for (name, text) in [("device", Self.device), ("ioctl", Self.answers), ("events", Self.typing)] {
            try DurableFile.write(Array(text.utf8), to: "\(directory.path)/\(name)")
        }
        let node = "/dev/input/event5="
        let arguments = [
            "-d", directory.path + "/device", "-i", node + directory.path + "/ioctl",
            "-e", node + directory.path + "/events", "--",
        ]
        try runAgain(test, through: [Self.testbed] + arguments, environment: [Self.inside: "1"])
        withExtendedLifetime(directory) {}
    }

    private static let device = """
        P: /devices/usb1/1-1/1-1:1.0/input/input5/event5
        N: input/event5
        E: DEVNAME=/dev/input/event5
        E: ID_PATH=pci-0000:00:14.0-usb-0:1:1.0
        E: SUBSYSTEM=input
        A: dev=13:69

        P: /devices/usb1/1-1/1-1:1.0/input/input5
        E: SUBSYSTEM=input
        A: name=RFIDeas USB Keyboard

        P: /devices/usb1/1-1/1-1:1.0
        E: DEVTYPE=usb_interface
        E: SUBSYSTEM=usb

        P: /devices/usb1/1-1
        N: bus/usb/001/009
        E: DEVTYPE=usb_device
        E: SUBSYSTEM=usb
        A: idProduct=3bfa
        A: idVendor=0c27
        A: serial=SN77

        """

    /// Bus 3, 0c27:3bfa, version 1; keys 1 to 95.
    private static let answers =
        "@DEV /dev/input/event5\nEVIOCGID 0 0300270CFA3B0100\nEVIOCGBIT(1) 96 FEFFFFFFFFFFFFFFFFFFFFFF"
        + String(repeating: "00", count: 84) + "\n"

    /// 1, Enter.
    private static let typing = """
        E: 0.000000 0001 0002 1
        E: 0.000000 0000 0000 0
        E: 0.010000 0001 0002 0
        E: 0.010000 0000 0000 0
        E: 0.020000 0001 001c 1
        E: 0.020000 0000 0000 0
        E: 0.030000 0001 001c 0
        E: 0.030000 0000 0000 0

        """
}
