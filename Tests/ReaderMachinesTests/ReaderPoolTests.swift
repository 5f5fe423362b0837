// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines
import SimRandom
import Testing

@Suite struct ReaderPoolTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let wedge = reader("wedge", .wedge, .usb(USBIdentity(vendor: 0x16C0, product: 0x27DB)))
    static let second = reader("second", .wedge, .usb(USBIdentity(vendor: 0x16C0, product: 0x27DB)))
    static let keypad = reader("keypad", .keypad, .usb(USBIdentity(vendor: 0x05A4, product: 0x9837)))
    static let serial = reader("serial", .id12, .path("/dev/ttyUSB0"))

    static func reader(_ name: String, _ kind: ReaderKind, _ place: ReaderPlace) -> ReaderSetting {
        ReaderSetting(name: name, model: ReaderModel(kind: kind), place: place)
    }

    @Test func aKeyboardReaderIsOpenedWhenItAppears() {
        var pool = ReaderPool(readers: [Self.wedge])
        #expect(pool.handle(.start, at: Self.start) == [.report("wedge", .waiting)])
        #expect(pool.deadline == nil)
        let device = usb(port: "1-1", event: 3)
        #expect(pool.handle(.deviceAdded(device), at: Self.start) == [open(Self.wedge, "/dev/input/event3")])
        #expect(pool.handle(.opened("wedge"), at: Self.start) == [.report("wedge", .attached)])
        #expect(
            pool.handle(.deviceRemoved(sysPath: device.sysPath), at: Self.start)
                == [.close("wedge"), .report("wedge", .waiting)])
        let replugged = usb(port: "1-2", event: 4)
        #expect(pool.handle(.deviceAdded(replugged), at: Self.start) == [open(Self.wedge, "/dev/input/event4")])
    }

    @Test func aSerialPathIsTriedWithGrowingPauses() {
        var pool = ReaderPool(readers: [Self.serial])
        var now = Self.start
        #expect(pool.handle(.start, at: now) == [open(Self.serial, "/dev/ttyUSB0")])
        for (index, wait) in [250, 500, 1000, 2000, 4000, 5000, 5000].enumerated() {
            let reports: [ReaderPool.Action] = index == 0 ? [.report("serial", .waiting)] : []
            #expect(pool.handle(.openFailed("serial", .missing), at: now) == reports)
            #expect(pool.deadline == now + .milliseconds(wait))
            #expect(pool.tick(at: now) == [])
            now = now + .milliseconds(wait)
            #expect(pool.tick(at: now) == [open(Self.serial, "/dev/ttyUSB0")])
        }
        #expect(pool.handle(.opened("serial"), at: now) == [.report("serial", .attached)])
        #expect(
            pool.handle(.lost("serial", reason: "hung up"), at: now)
                == [.close("serial"), .report("serial", .lost(reason: "hung up"))])
        #expect(pool.deadline == now + .milliseconds(250))
    }

    @Test func aSerialPathIsTriedAtOnceWhenADeviceAppears() {
        var pool = ReaderPool(readers: [Self.serial])
        _ = pool.handle(.start, at: Self.start)
        _ = pool.handle(.openFailed("serial", .missing), at: Self.start)
        let port = DeviceFacts(
            sysPath: "/sys/devices/tty/ttyUSB0", node: "/dev/ttyUSB0", vendor: 0x0403, product: 0x6001, subsystem: "tty"
        )
        #expect(pool.handle(.deviceAdded(port), at: Self.start) == [open(Self.serial, "/dev/ttyUSB0")])
        _ = pool.handle(.openFailed("serial", .missing), at: Self.start)
        #expect(pool.deadline == Self.start + .milliseconds(250))
    }

    @Test func ofTwoNodesTheOneWithKeysIsTaken() {
        var pool = ReaderPool(readers: [Self.wedge])
        _ = pool.handle(.start, at: Self.start)
        let mouse = usb(port: "1-1", interface: 0, event: 3)
        let keys = usb(port: "1-1", interface: 1, event: 4)
        #expect(pool.handle(.deviceAdded(mouse), at: Self.start) == [open(Self.wedge, "/dev/input/event3")])
        #expect(pool.handle(.deviceAdded(keys), at: Self.start) == [])
        #expect(
            pool.handle(.openFailed("wedge", .unsuitable), at: Self.start) == [open(Self.wedge, "/dev/input/event4")])
        #expect(pool.handle(.opened("wedge"), at: Self.start) == [.report("wedge", .attached)])
    }

    @Test func aMouseAloneIsNotTriedAgain() {
        var pool = ReaderPool(readers: [Self.wedge])
        _ = pool.handle(.deviceAdded(usb(port: "1-1", event: 3)), at: Self.start)
        #expect(pool.handle(.openFailed("wedge", .unsuitable), at: Self.start) == [.report("wedge", .waiting)])
        #expect(pool.deadline == nil)
    }

    @Test func somebodyElsesKeyboardIsNeverOpened() {
        var pool = ReaderPool(readers: [Self.wedge])
        let keyboard = usb(port: "1-3", event: 9, vendor: 0x046D, product: 0xC31C)
        #expect(pool.handle(.deviceAdded(keyboard), at: Self.start) == [.foreign(keyboard, .notConfigured)])
        let parent = DeviceFacts(
            sysPath: "/sys/devices/input7", node: nil, vendor: 0x16C0, product: 0x27DB, subsystem: "input")
        #expect(pool.handle(.deviceAdded(parent), at: Self.start) == [])
        let mouse = DeviceFacts(
            sysPath: "/sys/devices/mouse1", node: "/dev/input/mouse1", vendor: 0x16C0, product: 0x27DB,
            subsystem: "input")
        #expect(pool.handle(.deviceAdded(mouse), at: Self.start) == [])
    }

    @Test func twoReadersOfAKindTakeTwoDevices() {
        var pool = ReaderPool(readers: [Self.wedge, Self.second])
        let left = usb(port: "1-1", event: 3)
        let right = usb(port: "1-2", event: 5)
        let third = usb(port: "1-4", event: 6)
        #expect(pool.handle(.deviceAdded(left), at: Self.start).contains(open(Self.wedge, "/dev/input/event3")))
        #expect(
            pool.handle(.deviceAdded(usb(port: "1-1", interface: 1, event: 4)), at: Self.start) == [])
        #expect(pool.handle(.deviceAdded(right), at: Self.start) == [open(Self.second, "/dev/input/event5")])
        #expect(pool.handle(.deviceAdded(third), at: Self.start) == [.foreign(third, .spare)])
        _ = pool.handle(.opened("wedge"), at: Self.start)
        // The spare one steps in.
        _ = pool.handle(.deviceRemoved(sysPath: usb(port: "1-1", interface: 1, event: 4).sysPath), at: Self.start)
        #expect(
            pool.handle(.deviceRemoved(sysPath: left.sysPath), at: Self.start)
                == [.close("wedge"), open(Self.wedge, "/dev/input/event6")])
    }

    @Test func aDeviceThatGoesWhileItIsOpenedIsClosed() {
        var pool = ReaderPool(readers: [Self.wedge])
        let device = usb(port: "1-1", event: 3)
        _ = pool.handle(.deviceAdded(device), at: Self.start)
        #expect(pool.handle(.deviceRemoved(sysPath: device.sysPath), at: Self.start) == [])
        #expect(pool.handle(.opened("wedge"), at: Self.start) == [.close("wedge"), .report("wedge", .waiting)])
        _ = pool.handle(.deviceAdded(device), at: Self.start)
        _ = pool.handle(.deviceRemoved(sysPath: device.sysPath), at: Self.start)
        #expect(pool.handle(.openFailed("wedge", .missing), at: Self.start) == [])
        #expect(pool.deadline == nil)
    }

    @Test(
        arguments: [
            (ReaderPool.OpenFailure.busy, "in use by another program"), (.notPermitted, "not permitted"),
            (.other("EIO"), "EIO"),
        ])
    func aDeviceNotToBeHadIsReportedOnceAndTriedAgain(failure: ReaderPool.OpenFailure, reason: String) {
        var pool = ReaderPool(readers: [Self.keypad])
        let device = usb(port: "1-1", event: 3, vendor: 0x05A4, product: 0x9837)
        _ = pool.handle(.deviceAdded(device), at: Self.start)
        #expect(
            pool.handle(.openFailed("keypad", failure), at: Self.start) == [.report("keypad", .lost(reason: reason))])
        let again = Self.start + .milliseconds(250)
        #expect(pool.tick(at: again) == [open(Self.keypad, "/dev/input/event3")])
        #expect(pool.handle(.openFailed("keypad", failure), at: again) == [])
        #expect(pool.deadline == again + .milliseconds(500))
    }

    @Test func aLostDeviceThatIsGoneIsWaitedFor() {
        var pool = ReaderPool(readers: [Self.wedge])
        let device = usb(port: "1-1", event: 3)
        _ = pool.handle(.deviceAdded(device), at: Self.start)
        _ = pool.handle(.opened("wedge"), at: Self.start)
        _ = pool.handle(.lost("wedge", reason: "gone"), at: Self.start)
        #expect(pool.handle(.deviceRemoved(sysPath: device.sysPath), at: Self.start) == [])
        #expect(pool.tick(at: Self.start + .milliseconds(250)) == [.report("wedge", .waiting)])
        #expect(pool.deadline == nil)
    }

    @Test func theTableOfDevicesIsBounded() {
        var limits = ReaderPool.Limits()
        limits.devices = 1
        var pool = ReaderPool(readers: [Self.wedge], limits: limits)
        _ = pool.handle(.deviceAdded(usb(port: "1-1", event: 3)), at: Self.start)
        let beyond = usb(port: "1-2", event: 4)
        #expect(pool.handle(.deviceAdded(beyond), at: Self.start) == [.foreign(beyond, .tooManyDevices)])
        // The same device announced again is no further device.
        #expect(pool.handle(.deviceAdded(usb(port: "1-1", event: 3)), at: Self.start) == [])
    }

    /// Whatever the storm, nothing is opened twice, and calm brings the reader back.
    @Test func aHotPlugStormEndsWithTheReaderAttached() {
        for seed in 1...200 {
            var random = SplitMix(seed: UInt64(seed))
            var pool = ReaderPool(readers: [Self.wedge, Self.serial])
            var world = ShellOfPool()
            var now = Self.start
            world.perform(pool.handle(.start, at: now))
            for _ in 0..<100 {
                now = now + .milliseconds(Int(random.next() % 400))
                world.perform(pool.tick(at: now))
                world.step(&pool, random: &random, at: now)
            }
            for _ in 0..<50 {
                now = now + .seconds(5)
                world.perform(pool.tick(at: now))
                world.settle(&pool, plugging: usb(port: "1-1", event: 3), at: now)
            }
            #expect(world.open == ["serial", "wedge"] && world.isSound, "SEED=\(seed)")
        }
    }

    private func open(_ setting: ReaderSetting, _ path: String) -> ReaderPool.Action {
        .open(setting.name, ReaderOpening(way: .node(path), model: setting.model))
    }
}

func usb(
    port: String, interface: Int = 0, event: Int, vendor: UInt16 = 0x16C0, product: UInt16 = 0x27DB
) -> DeviceFacts {
    DeviceFacts(
        sysPath: "/sys/devices/pci0000:00/0000:00:14.0/usb1/\(port)/\(port):1.\(interface)/0003:16C0:27DB.0001/input/"
            + "input\(event)/event\(event)",
        node: "/dev/input/event\(event)", vendor: vendor, product: product, subsystem: "input")
}

/// Opens and closes as the pool asks and answers when the test likes.
private struct ShellOfPool {
    var opening: [String] = []
    var open: Set<String> = []
    var isPlugged = false
    var isSound = true

    mutating func perform(_ actions: [ReaderPool.Action]) {
        for action in actions {
            switch action {
            case .open(let name, _):
                if opening.contains(name) || open.contains(name) { isSound = false }
                opening.append(name)
            case .close(let name): open.remove(name)
            case .report, .foreign, .silence, .unsilence, .needSmartCards: break
            }
        }
    }

    mutating func step(_ pool: inout ReaderPool, random: inout SplitMix, at now: MonotonicTime) {
        let device = usb(port: "1-1", event: 3)
        switch random.next() % 4 {
        case 0:
            isPlugged.toggle()
            perform(pool.handle(isPlugged ? .deviceAdded(device) : .deviceRemoved(sysPath: device.sysPath), at: now))
        case 1 where !opening.isEmpty:
            let name = opening.removeFirst()
            if random.next() % 2 == 0 {
                open.insert(name)
                perform(pool.handle(.opened(name), at: now))
            } else {
                perform(pool.handle(.openFailed(name, .missing), at: now))
            }
        case 2:
            if let name = open.sorted().first { perform(pool.handle(.lost(name, reason: "noise"), at: now)) }
        default: break
        }
    }

    mutating func settle(_ pool: inout ReaderPool, plugging device: DeviceFacts, at now: MonotonicTime) {
        if !isPlugged {
            isPlugged = true
            perform(pool.handle(.deviceAdded(device), at: now))
        }
        while !opening.isEmpty {
            let name = opening.removeFirst()
            open.insert(name)
            perform(pool.handle(.opened(name), at: now))
        }
    }
}
