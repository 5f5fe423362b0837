// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines
import Testing

/// Readers that nobody listed, readers that look alike, and keyboards that are nobody's business.
@Suite struct ReaderPoolAutomaticTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let quirks = """
        [16c0:27db]
        kind = wedge
        [0c27:3bfa]
        kind = pcprox
        [09d8:0420]
        kind = twn4
        [076b:5427]
        kind = pcsc
        [model=*OMNIKEY*]
        kind = pcsc
        """

    static func pool(_ readers: [ReaderSetting] = [], limits: ReaderPool.Limits = .init()) throws -> ReaderPool {
        let quirks = try ReaderQuirks(parsing: quirks, file: "test")
        return ReaderPool(readers: readers, mode: .automatic, quirks: quirks, limits: limits)
    }

    static func opening(_ kind: ReaderKind, _ node: String) -> ReaderOpening {
        ReaderOpening(way: .node(node), model: ReaderModel(kind: kind))
    }

    @Test func aDeviceWithAQuirkIsAttachedAndNamedByItsPlace() throws {
        var pool = try Self.pool()
        let device = usb(port: "1-1.2", event: 3)
        #expect(
            pool.handle(.deviceAdded(device), at: Self.start)
                == [.open("usb-1.2", Self.opening(.wedge, "/dev/input/event3"))])
        #expect(pool.handle(.opened("usb-1.2"), at: Self.start) == [.report("usb-1.2", .attached)])
        #expect(pool.listing.map(\.isAutomatic) == [true])
        // Unplugged and plugged in again it is the same reader, under another node.
        #expect(
            pool.handle(.deviceRemoved(sysPath: device.sysPath), at: Self.start)
                == [.close("usb-1.2"), .report("usb-1.2", .waiting)])
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-1.2", event: 9)), at: Self.start)
                == [.open("usb-1.2", Self.opening(.wedge, "/dev/input/event9"))])
        #expect(pool.listing.count == 1)
    }

    @Test func theNodeFollowsFromTheKind() throws {
        var pool = try Self.pool()
        for (port, node, subsystem, vendor, product) in [
            ("1-1", "/dev/hidraw0", "hidraw", 0x0C27, 0x3BFA), ("1-2", "/dev/ttyACM0", "tty", 0x09D8, 0x0420),
        ] as [(String, String, String, UInt16, UInt16)] {
            let facts = Self.node(port, node, subsystem, vendor, product)
            let kind: ReaderKind = subsystem == "tty" ? .twn4 : .pcprox
            #expect(
                pool.handle(.deviceAdded(facts), at: Self.start)
                    == [.open("usb-" + port.dropFirst(2), Self.opening(kind, node))])
        }
        // Not the USB device itself, nor a gadget's own line.
        #expect(
            pool.handle(.deviceAdded(Self.node("1-3", "/dev/bus/usb/001/004", "usb", 0x09D8, 0x0420)), at: Self.start)
                == [])
        #expect(pool.handle(.deviceAdded(Self.node("1-3", "/dev/ttyGS0", "tty", 0x09D8, 0x0420)), at: Self.start) == [])
    }

    @Test func theSettingsComeFirst() throws {
        let listed = ReaderPoolTests.wedge
        var pool = try Self.pool([listed])
        _ = pool.handle(.start, at: Self.start)
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-1", event: 3)), at: Self.start)
                == [.open("wedge", Self.opening(.wedge, "/dev/input/event3"))])
        // The second of its kind is nobody's yet.
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-2", event: 4)), at: Self.start)
                == [.open("usb-2", Self.opening(.wedge, "/dev/input/event4"))])
    }

    @Test func equalReadersKeepTheirNamesWhenTheyComeBackInAnotherOrder() {
        var pool = ReaderPool(readers: [ReaderPoolTests.wedge, ReaderPoolTests.second])
        let (left, right) = (usb(port: "1-1", event: 3), usb(port: "1-2", event: 4))
        for (device, name) in [(left, "wedge"), (right, "second")] {
            _ = pool.handle(.deviceAdded(device), at: Self.start)
            _ = pool.handle(.opened(name), at: Self.start)
        }
        for device in [left, right] { _ = pool.handle(.deviceRemoved(sysPath: device.sysPath), at: Self.start) }
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-2", event: 5)), at: Self.start)
                == [.open("second", Self.opening(.wedge, "/dev/input/event5"))])
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-1", event: 6)), at: Self.start)
                == [.open("wedge", Self.opening(.wedge, "/dev/input/event6"))])
    }

    @Test func aReaderIsKnownByItsSerialInAnotherPlace() {
        var pool = ReaderPool(readers: [ReaderPoolTests.wedge, ReaderPoolTests.second])
        func device(_ serial: String, _ port: String, _ event: Int) -> DeviceFacts {
            let plain = usb(port: port, event: event)
            return DeviceFacts(
                sysPath: plain.sysPath, node: plain.node, vendor: plain.vendor, product: plain.product, serial: serial,
                subsystem: "input")
        }
        let (left, right) = (device("A", "1-1", 3), device("B", "1-2", 4))
        for (device, name) in [(left, "wedge"), (right, "second")] {
            _ = pool.handle(.deviceAdded(device), at: Self.start)
            _ = pool.handle(.opened(name), at: Self.start)
        }
        for device in [left, right] { _ = pool.handle(.deviceRemoved(sysPath: device.sysPath), at: Self.start) }
        #expect(
            pool.handle(.deviceAdded(device("B", "1-1", 5)), at: Self.start)
                == [.open("second", Self.opening(.wedge, "/dev/input/event5"))])
    }

    @Test func whichOfEqualReadersCanBeSaid() throws {
        let front = try ReaderSetting(name: "front", text: "wedge 16c0:27db port=usb-2")
        let inner = try ReaderSetting(name: "inner", text: "wedge 16c0:27db interface=1 port=usb-3")
        var pool = ReaderPool(readers: [front, inner])
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-1", event: 3)), at: Self.start)
                == [.foreign(usb(port: "1-1", event: 3), .notConfigured)])
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-2", event: 4)), at: Self.start)
                == [.open("front", ReaderOpening(way: .node("/dev/input/event4"), model: front.model))])
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-3", interface: 1, event: 6)), at: Self.start)
                == [.open("inner", ReaderOpening(way: .node("/dev/input/event6"), model: inner.model))])
    }

    @Test func aStrangersKeyboardIsReportedAndNotOpened() throws {
        var pool = try Self.pool()
        let keyboard = usb(port: "1-3", event: 9, vendor: 0x046D, product: 0xC31C)
        #expect(pool.handle(.deviceAdded(keyboard), at: Self.start) == [.foreign(keyboard, .notConfigured)])
        var button = usb(port: "1-4", event: 10, vendor: 0x046D, product: 0xC31C)
        button.canTypeNumbers = false
        #expect(pool.handle(.deviceAdded(button), at: Self.start) == [])
    }

    @Test func theMouseHalfOfAReaderIsNotOpenedWhenItIsKnown() throws {
        var pool = try Self.pool()
        var mouse = usb(port: "1-1", interface: 0, event: 3)
        mouse.canTypeNumbers = false
        #expect(pool.handle(.deviceAdded(mouse), at: Self.start) == [])
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-1", interface: 1, event: 4)), at: Self.start)
                == [.open("usb-1", Self.opening(.wedge, "/dev/input/event4"))])
    }

    /// A reader that is read by reports types all the same; nobody may see it.
    @Test func theKeysOfAReaderInUseAreSilenced() throws {
        var pool = try Self.pool()
        let keys = usb(port: "1-1", event: 3, vendor: 0x0C27, product: 0x3BFA)
        #expect(pool.handle(.deviceAdded(keys), at: Self.start) == [])
        let reports = Self.node("1-1", "/dev/hidraw0", "hidraw", 0x0C27, 0x3BFA)
        _ = pool.handle(.deviceAdded(reports), at: Self.start)
        #expect(
            pool.handle(.opened("usb-1"), at: Self.start)
                == [.report("usb-1", .attached), .silence(sysPath: keys.sysPath, node: "/dev/input/event3")])
        #expect(
            pool.handle(.deviceRemoved(sysPath: reports.sysPath), at: Self.start)
                == [.close("usb-1"), .report("usb-1", .waiting), .unsilence(sysPath: keys.sysPath)])
    }

    @Test func samePortsOnTwoBusesHaveTwoNames() throws {
        var pool = try Self.pool()
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-1", event: 3)), at: Self.start)
                == [.open("usb-1", Self.opening(.wedge, "/dev/input/event3"))])
        #expect(
            pool.handle(.deviceAdded(usb(port: "2-1", event: 4)), at: Self.start)
                == [.open("usb-2-1", Self.opening(.wedge, "/dev/input/event4"))])
    }

    @Test func anotherModelInTheSamePlaceTakesTheName() throws {
        var pool = try Self.pool()
        let first = usb(port: "1-1", event: 3)
        _ = pool.handle(.deviceAdded(first), at: Self.start)
        _ = pool.handle(.opened("usb-1"), at: Self.start)
        _ = pool.handle(.deviceRemoved(sysPath: first.sysPath), at: Self.start)
        let other = Self.node("1-1", "/dev/ttyACM0", "tty", 0x09D8, 0x0420)
        #expect(
            pool.handle(.deviceAdded(other), at: Self.start) == [.open("usb-1", Self.opening(.twn4, "/dev/ttyACM0"))])
        #expect(pool.listing.count == 1)
    }

    @Test func smartCardReadersAreAskedForWhenOneIsPluggedIn() throws {
        var pool = try Self.pool()
        let device = Self.node("1-1", "/dev/bus/usb/001/004", "usb", 0x076B, 0x5427)
        #expect(pool.handle(.deviceAdded(device), at: Self.start) == [.needSmartCards])
        #expect(pool.handle(.deviceAdded(device), at: Self.start) == [])
        let card = Self.smartCard("HID Global OMNIKEY 5427 CK 00 00")
        let opening = ReaderOpening(
            way: .smartCard("HID Global OMNIKEY 5427 CK 00 00"), model: ReaderModel(kind: .pcsc))
        #expect(
            pool.handle(.deviceAdded(card), at: Self.start) == [.open("hid-global-omnikey-5427-ck-00-00", opening)])
        #expect(pool.handle(.deviceAdded(Self.smartCard("Yubico YubiKey 00 00")), at: Self.start) == [])
    }

    @Test func aListedSmartCardReaderIsFoundByItsName() throws {
        let setting = try ReaderSetting(name: "card", text: "pcsc pcsc:Virtual*00")
        var pool = ReaderPool(readers: [setting])
        #expect(pool.handle(.start, at: Self.start) == [.report("card", .waiting), .needSmartCards])
        #expect(pool.handle(.deviceAdded(Self.smartCard("Virtual PCD 00 01")), at: Self.start) == [])
        #expect(
            pool.handle(.deviceAdded(Self.smartCard("Virtual PCD 00 00")), at: Self.start)
                == [.open("card", ReaderOpening(way: .smartCard("Virtual PCD 00 00"), model: setting.model))])
    }

    @Test func networkReadersAreOpenedByAddress() throws {
        let far = try ReaderSetting(name: "far", text: "rfideas tcp:10.1.2.3:4001 heartbeat=10")
        let near = try ReaderSetting(name: "near", text: "text listen:4002")
        var pool = ReaderPool(readers: [far, near])
        #expect(
            pool.handle(.start, at: Self.start) == [
                .report("far", .waiting),
                .open("far", ReaderOpening(way: .dial(host: "10.1.2.3", port: 4001), model: far.model)),
                .report("near", .waiting), .open("near", ReaderOpening(way: .listen(port: 4002), model: near.model)),
            ])
        #expect(
            pool.handle(.openFailed("far", .other("refused")), at: Self.start) == [
                .report("far", .lost(reason: "refused"))
            ])
        #expect(pool.deadline == Self.start + .milliseconds(250))
    }

    @Test func automaticReadersAreBounded() throws {
        var limits = ReaderPool.Limits()
        limits.automatic = 1
        var pool = try Self.pool(limits: limits)
        let (first, second) = (usb(port: "1-1", event: 3), usb(port: "1-2", event: 4))
        _ = pool.handle(.deviceAdded(first), at: Self.start)
        #expect(pool.handle(.deviceAdded(second), at: Self.start).first == .foreign(second, .tooManyDevices))
        _ = pool.handle(.opened("usb-1"), at: Self.start)
        _ = pool.handle(.deviceRemoved(sysPath: first.sysPath), at: Self.start)
        // The one that is gone gives way.
        #expect(
            pool.handle(.deviceAdded(second), at: Self.start)
                == [.open("usb-2", Self.opening(.wedge, "/dev/input/event4"))])
    }

    static func node(
        _ port: String, _ node: String, _ subsystem: String, _ vendor: UInt16, _ product: UInt16
    ) -> DeviceFacts {
        let device = "/sys/devices/pci0000:00/0000:00:14.0/usb1/\(port)"
        let path = subsystem == "usb" ? device : "\(device)/\(port):1.0/\(subsystem)/x"
        return DeviceFacts(sysPath: path, node: node, vendor: vendor, product: product, subsystem: subsystem)
    }

    static func smartCard(_ name: String) -> DeviceFacts {
        var facts = DeviceFacts(sysPath: "pcsc:" + name, node: name, vendor: 0, product: 0, subsystem: "pcsc")
        facts.model = name
        return facts
    }
}
