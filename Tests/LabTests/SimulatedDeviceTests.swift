// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Primitives
import Testing

@Suite struct SimulatedDeviceTests {
    static let device = SimulatedDevice.keyboard(3, name: "Desk", vendor: 0x16C0, product: 0x27DB)

    @Test func aKeyboardHasANodeBelowAUSBDevice() {
        #expect(Self.device.node == "/dev/input/event3")
        #expect(Self.device.systemPaths.count == 3)
        #expect(Self.device.description.contains("A: idVendor=16c0\nA: idProduct=27db"))
        #expect(Self.device.description.contains("N: input/event3\n"))
    }

    /// linux/input.h: bus, vendor, product, version, each in two bytes, the lower one first.
    @Test func itsIdentityIsAsTheKernelGivesIt() {
        #expect(Self.device.ioctls.contains("EVIOCGID 0 0300C016DB270100\n"))
    }

    /// KEY_1…KEY_0 are 2…11, KEY_ENTER is 28, KEY_A 30.
    @Test func itHasDigitsAndEnterAndNoMore() throws {
        let line = try #require(Self.device.ioctls.split(separator: "\n").first { $0.hasPrefix("EVIOCGBIT(1) 96 ") })
        let bytes = try #require(Hexadecimal.bytes(of: line.split(separator: " ")[2].utf8))
        try #require(bytes.count == 96)
        func has(_ key: Int) -> Bool { bytes[key / 8] >> (key % 8) & 1 == 1 }
        #expect((2...11).allSatisfy(has) && has(28) && has(96))
        #expect(!has(0) && !has(30) && !has(97))
    }

    @Test func eachPluggingInHasNamesOfItsOwn() {
        let next = SimulatedDevice.keyboard(4, name: "Desk", vendor: 0x16C0, product: 0x27DB)
        #expect(Set(next.systemPaths).isDisjoint(with: Self.device.systemPaths))
        #expect(SimulatedDevice.serialAdapter(4, name: "ID-12").node == "/dev/ttyUSB4")
    }
}
