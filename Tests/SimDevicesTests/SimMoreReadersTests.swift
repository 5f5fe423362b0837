// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimDevices
import Testing

/// Simulated readers that speak by themselves, and the pcProx, against the product's drivers.
@Suite struct SimMoreReadersTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let stripe = SimSwipe.Swipe([
        "%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?", ";5452300551227189=080432100000007250?",
        ";5163499080020445=000000000000?",
    ])
    static let typed =
        "%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?"
        + ";5452300551227189=080432100000007250?+5163499080020445=000000000000?"

    @Test(
        arguments: [
            (.line, nil, [text]), (.stx, nil, [text]), (.stx, .cut(after: 5), [.drop(.pausedMidRead)]),
            (.line, .double, [text, text]), (.stx, .noise([0x30, 0x31]), [.drop(.cutShort), text]),
            (.line, .slow(.milliseconds(99)), [text]), (.bare, nil, [.drop(.pausedMidRead)]),
            (.line, .slow(.milliseconds(100)), Array(repeating: .drop(.pausedMidRead), count: 10)),
        ] as [(SimTextReader.Framing, SimLineFault?, [ReaderDriver.Action])])
    func aTextReaderIsUnderstood(framing: SimTextReader.Framing, fault: SimLineFault?, expected: [ReaderDriver.Action])
    {
        #expect(play(.text, framing, Array("0006547886".utf8), fault) == expected)
    }

    @Test(
        arguments: [
            (nil, [idteck]), (.badChecksum, [.drop(.badChecksum)]), (.cut(after: 12), [.drop(.pausedMidRead)]),
            (.double, [idteck, idteck]), (.noise([0xFF]), [.drop(.noise), idteck]),
            (.slow(.milliseconds(50)), [idteck]),
        ] as [(SimLineFault?, [ReaderDriver.Action])])
    func anIdteckIsUnderstood(fault: SimLineFault?, expected: [ReaderDriver.Action]) {
        #expect(play(.idteck, .idteck, Array("010063E9AE".utf8), fault) == expected)
    }

    @Test func swipesAreTheSameFromEachReader() {
        let expected: [ReaderDriver.Action] = [.deliver(RawRead(technology: .magstripe, text: Array(Self.typed.utf8))!)]
        for (kind, report) in [
            (.magtek, SimSwipe.sureSwipe(Self.stripe)), (.magnesafe, SimSwipe.magneSafe(Self.stripe)),
            (.magnesafe, SimSwipe.magneSafe(Self.stripe, size: 856)), (.idtech, SimSwipe.idTech(Self.stripe)),
        ] as [(ReaderKind, [UInt8])] {
            var driver = ReaderDriver(kind: kind)
            #expect(driver.handle(.report(report), at: Self.start) == expected, "\(kind)")
        }
        var options = ReaderOptions()
        options.grammar = .magstripe
        for mode in [SimTyping.Mode.plain, .alt] {
            var driver = ReaderDriver(kind: .wedge, options: options)
            let inputs = SimTyping.inputs(Array((Self.typed + "\r").utf8), mode: mode)
            #expect(inputs.flatMap { driver.handle(.input($0), at: Self.start) } == expected)
        }
        for number in [nil, 2] as [UInt8?] {
            var driver = ReaderDriver(kind: .bootKeyboard, options: options)
            let reports = SimTyping.reports(Array((Self.typed + "\r").utf8), number: number)
            #expect(reports.flatMap { driver.handle(.report($0), at: Self.start) } == expected)
        }
    }

    @Test func aFailedTrackIsNamedByEachReader() {
        var stripe = Self.stripe
        stripe.failed = [1]
        for (kind, report) in [
            (.magtek, SimSwipe.sureSwipe(stripe)), (.magnesafe, SimSwipe.magneSafe(stripe)),
            (.idtech, SimSwipe.idTech(stripe)),
        ] as [(ReaderKind, [UInt8])] {
            var driver = ReaderDriver(kind: kind)
            #expect(driver.handle(.report(report), at: Self.start) == [.drop(.unreadableTrack)], "\(kind)")
        }
    }

    @Test func aPcProxIsStoppedFromTypingAndRead() {
        var bench = PcProxBench()
        bench.run(for: .milliseconds(300))
        #expect(!bench.device.isTyping && bench.device.burnt == 0)
        bench.present(0x20_44F1, bitCount: 26)
        bench.run(for: .milliseconds(250))
        _ = bench.device.handle(.remove, at: bench.now)
        bench.run(for: .milliseconds(500))
        let read = RawRead(technology: .proximity, bits: BitString(value: 0x20_44F1, count: 26)!)
        #expect(bench.results.first == .online("pcProx 7.3.0"))
        #expect(bench.results.count > 1 && bench.results.dropFirst().allSatisfy { $0 == .deliver(read) })
    }

    @Test func aPcProxShowsASignalAndStaysSilentItself() {
        var bench = PcProxBench()
        bench.run(for: .milliseconds(300))
        bench.tell(.success)
        bench.run(for: .seconds(5))
        #expect(
            bench.shown == [
                .lamps(red: false, green: true, beeper: true), .lamps(red: false, green: false, beeper: false),
                .lamps(red: false, green: true, beeper: false), .lamps(red: false, green: false, beeper: false),
            ])
        #expect(!bench.device.isTyping && bench.device.burnt == 0)
    }

    @Test func aPcProxThatFailsIsNamed() {
        var bench = PcProxBench()
        bench.run(for: .milliseconds(300))
        bench.present(1, bitCount: 26)
        _ = bench.device.handle(.fault(.leavesMidRead), at: bench.now)
        bench.run(for: .milliseconds(200))
        #expect(bench.results.contains(.drop(.badgeLeft)))
        _ = bench.device.handle(.fault(.deaf), at: bench.now)
        bench.run(for: .seconds(10))
        #expect(bench.results.last == .trouble("the reader does not answer"))
        _ = bench.device.handle(.fault(nil), at: bench.now)
        bench.run(for: .seconds(5))
        #expect(bench.results.filter { $0 == .online("pcProx 7.3.0") }.count == 2)
        var stubborn = PcProxBench()
        _ = stubborn.device.handle(.fault(.stubborn), at: stubborn.now)
        stubborn.present(0x20_44F1, bitCount: 26)
        stubborn.run(for: .milliseconds(300))
        #expect(stubborn.results.contains(.trouble("the reader strips 1 and 1 bits off each read")))
        let stripped = RawRead(technology: .proximity, bits: BitString(value: 0x20_44F1 >> 1 & 0xFF_FFFF, count: 24)!)
        #expect(stubborn.results.last == .deliver(stripped))
    }

    @Test func keypadsThatAreNoKeyboardsSendKeys() {
        var driver = ReaderDriver(kind: .serialKeypad)
        let serial = SimKeypads.serial("19*#").flatMap { driver.handle(.bytes($0), at: Self.start) }
        let expected: [Keypad.Action] = [.digit(0x31), .digit(0x39), .clear, .enter]
        #expect(serial == expected.map { .key($0) })
        for (count, coding) in [(4, .plain), (8, .plain), (8, .swapped)] as [(Int, WiegandKeys.Coding)] {
            var keys = WiegandKeys(coding: coding)
            let pressed = "19*#".utf8.flatMap { key in
                SimKeypads.wiegand(key, bitCount: count, coding: coding).flatMap { keys.take($0, at: Self.start) } ?? []
            }
            #expect(pressed == expected)
        }
    }

    static let text = ReaderDriver.Action.deliver(RawRead(technology: .unknown, text: Array("0006547886".utf8))!)
    static let idteck = ReaderDriver.Action.deliver(
        RawRead(technology: .proximity, bits: BitString(value: 0x01_0063_E9AE, count: 40)!))

    private func play(
        _ kind: ReaderKind, _ framing: SimTextReader.Framing, _ text: [UInt8], _ fault: SimLineFault?
    ) -> [ReaderDriver.Action] {
        var (device, driver) = (SimTextReader(framing: framing), ReaderDriver(kind: kind))
        var now = Self.start
        var actions = device.handle(.present(text, fault: fault), at: now)
        var results: [ReaderDriver.Action] = []
        while true {
            for case .send(let bytes) in actions { results += driver.handle(.bytes(bytes), at: now) }
            guard let deadline = device.deadline else { break }
            now = deadline
            actions = device.tick(at: now)
        }
        return results + driver.tick(at: now + .seconds(1))
    }
}

private struct PcProxBench {
    var device = SimPcProx()
    private(set) var now = MonotonicTime(nanoseconds: 0)
    private(set) var results: [ReaderDriver.Action] = []
    private(set) var shown: [SimPcProx.Action] = []
    private var driver = ReaderDriver(kind: .pcprox)
    private var isOpen = false

    mutating func present(_ frame: UInt64, bitCount: Int) {
        _ = device.handle(.present(frame, bitCount: bitCount), at: now)
    }

    mutating func tell(_ signal: ReaderSignal) { perform(driver.handle(.signal(signal), at: now)) }

    mutating func run(for time: Duration) {
        let end = now + time
        if !isOpen {
            isOpen = true
            perform(driver.handle(.opened, at: now))
        }
        while let due = driver.deadline, due <= end {
            now = max(now, due)
            perform(driver.tick(at: now))
        }
        now = end
    }

    private mutating func perform(_ actions: [ReaderDriver.Action]) {
        for action in actions {
            switch action {
            case .setFeature(let report): shown += device.handle(.setFeature(report), at: now)
            case .getFeature(let report, let length):
                for case .feature(let answer) in device.handle(.getFeature(report: report, length: length), at: now) {
                    perform(driver.handle(.feature(answer), at: now))
                }
            default: results.append(action)
            }
        }
    }
}
