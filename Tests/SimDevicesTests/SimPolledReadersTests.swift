// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimDevices
import SimRandom
import Testing

/// Simulated readers and the product's drivers on one line whose bytes arrive in any pieces.
@Suite struct SimPolledReadersTests {
    static let tag = SimTWN4.Tag(bitCount: 32, number: [0x66, 0xCF, 0x4D, 0xC2])
    static let uid = RawRead(technology: .iso14443a, bits: BitString(value: 0x66CF_4DC2, count: 32)!)
    static let badge = RawRead(technology: .proximity, bits: BitString(value: 0x20_44F1, count: 26)!)

    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
    func aTWN4IsReadAndShowsWhatItIsTold(isBinary: Bool, hasCRC: Bool) {
        for seed in 0..<20 as Range<UInt64> {
            var options = ReaderOptions()
            (options.isBinary, options.hasCRC) = (isBinary, hasCRC)
            var line = ShreddedLine(ReaderDriver(kind: .twn4, options: options), seed: seed)
            var device = SimTWN4(isBinary: isBinary, hasCRC: hasCRC)
            line.run(&device, for: .milliseconds(300))
            #expect(line.results == [.online("TWN4/B1.03/CCF1.57/PRS1.03/PI")])
            _ = device.handle(.present(Self.tag), at: line.now)
            line.run(&device, for: .milliseconds(250))
            _ = device.handle(.remove, at: line.now)
            let read = line.results.dropFirst()
            #expect(!read.isEmpty && read.allSatisfy { $0 == .deliver(Self.uid) }, "seed \(seed)")
            line.tell(.quota, &device)
            line.run(&device, for: .seconds(6))
            #expect(
                line.shown == [
                    .lamps(0), .lamps(1), .beep(milliseconds: 100), .beep(milliseconds: 100), .beep(milliseconds: 400),
                    .lamps(0),
                ])
        }
    }

    @Test(
        arguments: [
            (.noise([0x0D]), [.drop(.unknownFrame)]), (.noise(Array("zz\r".utf8)), [.drop(.notHex)]),
            (.cut(after: 6), []), (.double, []), (.slow(.milliseconds(10)), []),
        ] as [(SimLineFault, [ReaderDriver.Action])])
    func aTWN4OnABadLineIsReadAtTheNextQuestion(fault: SimLineFault, drops: [ReaderDriver.Action]) {
        var line = ShreddedLine(ReaderDriver(kind: .twn4), seed: 3)
        var device = SimTWN4()
        line.run(&device, for: .milliseconds(300))
        _ = device.handle(.present(Self.tag), at: line.now)
        _ = device.handle(.fault(fault), at: line.now)
        line.run(&device, for: .seconds(1))
        let read = line.results.dropFirst()
        #expect(read.filter { $0 != .deliver(Self.uid) } == drops)
        #expect(read.last == .deliver(Self.uid))
    }

    @Test func aWrongCRCIsNoRead() {
        var options = ReaderOptions()
        options.hasCRC = true
        var line = ShreddedLine(ReaderDriver(kind: .twn4, options: options), seed: 3)
        var device = SimTWN4(hasCRC: true)
        line.run(&device, for: .milliseconds(300))
        _ = device.handle(.present(Self.tag), at: line.now)
        _ = device.handle(.fault(.badChecksum), at: line.now)
        line.run(&device, for: .milliseconds(400))
        #expect(Array(line.results.dropFirst().prefix(2)) == [.drop(.badChecksum), .deliver(Self.uid)])
    }

    @Test func aTWN4WithoutPowerIsMissedAndFoundAgain() {
        var line = ShreddedLine(ReaderDriver(kind: .twn4), seed: 4)
        var device = SimTWN4()
        line.run(&device, for: .milliseconds(300))
        _ = device.handle(.power(false), at: line.now)
        line.run(&device, for: .seconds(20))
        _ = device.handle(.power(true), at: line.now)
        line.run(&device, for: .seconds(4))
        let name = ReaderDriver.Action.online("TWN4/B1.03/CCF1.57/PRS1.03/PI")
        #expect(line.results == [name, .trouble("the reader does not answer as it should"), name])
    }

    @Test func anRFIdeasReaderGivesEachReadOnce() {
        for seed in 0..<20 as Range<UInt64> {
            var line = ShreddedLine(ReaderDriver(kind: .rfideas), seed: seed)
            var device = SimRFIdeas()
            line.run(&device, for: .seconds(1))
            _ = device.handle(.present(bitCount: 26, number: 0x20_44F1), at: line.now)
            line.run(&device, for: .seconds(1))
            #expect(line.results == [.online("rf IDEAS"), .deliver(Self.badge)], "seed \(seed)")
        }
    }

    @Test func anITC2015ReaderIsPolled() {
        let number: [UInt8] = [0x01, 0x02, 0x03, 0x03, 0x02]
        let read = RawRead(technology: .unknown, bits: BitString(value: 0x01_0203_0302, count: 40)!)
        for (fault, drops) in [
            (nil, []), (.noise([0x55]), [.drop(.noise)]), (.badChecksum, [.drop(.badChecksum)]),
            (.cut(after: 5), [.drop(.pausedMidRead)]),
        ] as [(SimLineFault?, [ReaderDriver.Action])] {
            var line = ShreddedLine(ReaderDriver(kind: .itc2015), seed: 9)
            var device = SimITC2015()
            line.run(&device, for: .milliseconds(500))
            _ = device.handle(.present(number, fault: fault), at: line.now)
            line.run(&device, for: .seconds(2))
            let results = line.results.dropFirst()
            #expect(results.filter { $0 != .deliver(read) } == drops)
            #expect(results.last == .deliver(read))
        }
    }
}

/// A device that hears and speaks bytes.
fileprivate protocol LineDevice: Machine {
    mutating func hear(_ bytes: [UInt8], at now: MonotonicTime) -> [Action]
    static func bytes(of action: Action) -> [UInt8]?
}

extension SimTWN4: LineDevice {
    fileprivate mutating func hear(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        handle(.received(bytes), at: now)
    }
    fileprivate static func bytes(of action: Action) -> [UInt8]? {
        if case .send(let bytes) = action { bytes } else { nil }
    }
}

extension SimRFIdeas: LineDevice {
    fileprivate mutating func hear(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        handle(.received(bytes), at: now)
    }
    fileprivate static func bytes(of action: Action) -> [UInt8]? {
        if case .send(let bytes) = action { bytes } else { nil }
    }
}

extension SimITC2015: LineDevice {
    fileprivate mutating func hear(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        handle(.received(bytes), at: now)
    }
    fileprivate static func bytes(of action: Action) -> [UInt8]? {
        if case .send(let bytes) = action { bytes } else { nil }
    }
}

/// Jumps from deadline to deadline; each answer is cut where the seed says, a millisecond between the pieces.
private struct ShreddedLine {
    private(set) var now = MonotonicTime(nanoseconds: 0)
    private(set) var results: [ReaderDriver.Action] = []
    private(set) var shown: [SimTWN4.Action] = []
    private var driver: ReaderDriver
    private var random: SplitMix
    private var onTheWay: [(at: MonotonicTime, bytes: [UInt8])] = []
    private var isOpen = false

    init(_ driver: ReaderDriver, seed: UInt64) {
        self.driver = driver
        random = SplitMix(seed: seed)
    }

    mutating func tell(_ signal: ReaderSignal, _ device: inout some LineDevice) {
        perform(driver.handle(.signal(signal), at: now), &device)
    }

    mutating func run(_ device: inout some LineDevice, for time: Duration) {
        let end = now + time
        if !isOpen {
            isOpen = true
            perform(driver.handle(.opened, at: now), &device)
        }
        while let due = [driver.deadline, device.deadline, onTheWay.first?.at].compactMap({ $0 }).min(), due <= end {
            now = max(now, due)
            if let first = onTheWay.first, first.at <= now {
                onTheWay.removeFirst()
                perform(driver.handle(.bytes(first.bytes), at: now), &device)
            } else if let deadline = device.deadline, deadline <= now {
                answer(device.tick(at: now), from: &device)
            } else {
                perform(driver.tick(at: now), &device)
            }
        }
        now = end
    }

    private mutating func perform(_ actions: [ReaderDriver.Action], _ device: inout some LineDevice) {
        for action in actions {
            guard case .send(let bytes) = action else {
                results.append(action)
                continue
            }
            answer(device.hear(bytes, at: now), from: &device)
        }
    }

    private mutating func answer<Device: LineDevice>(_ actions: [Device.Action], from device: inout Device) {
        for action in actions {
            guard let bytes = Device.bytes(of: action) else {
                if let action = action as? SimTWN4.Action { shown.append(action) }
                continue
            }
            var rest = bytes[...]
            var time = max(now, onTheWay.last?.at ?? now)
            while !rest.isEmpty {
                let count = min(rest.count, Int(random.next() % 12) + 1)
                onTheWay.append((time, Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
                time = time + .milliseconds(1)
            }
        }
    }
}
