// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimRandom
import Testing

@Suite struct ReaderDriverTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let driven = ReaderKind.allCases.filter(\.hasDriver)

    @Test func namesAreThoseOfTheSettings() {
        #expect(
            ReaderKind.allCases.map(\.rawValue).joined(separator: " ")
                == "id12 rdm6300 idteck text twn4 rfideas itc2015 serial-keypad wedge keypad pcprox magtek magnesafe "
                + "idtech boot-keyboard osdp pcsc")
        for drop in ReaderDrop.allCases {
            #expect(drop.rawValue.utf8.allSatisfy { $0 == 0x2D || (0x61...0x7A).contains($0) }, "\(drop)")
        }
    }

    @Test func everyKindSaysWhatToOpen() {
        #expect(ReaderKind.id12.transport == .serial(SerialLine(speed: 9600)))
        #expect(ReaderKind.twn4.transport == .serial(SerialLine(speed: 115_200)))
        #expect(ReaderKind.wedge.transport == .evdev && ReaderKind.pcprox.transport == .hidraw)
        #expect(ReaderKind.pcsc.transport == .pcsc)
    }

    /// Before it is opened, after it is closed, and with events of another kind of reader.
    @Test(arguments: driven)
    func strangeEventsAreIgnored(kind: ReaderKind) {
        var driver = ReaderDriver(kind: kind)
        for signal in ReaderSignal.allCases { #expect(driver.handle(.signal(signal), at: Self.start) == []) }
        #expect(driver.handle(.feature(nil), at: Self.start) == [])
        #expect(driver.handle(.random([1, 2, 3]), at: Self.start) == [])
        #expect(driver.deadline == nil)
        _ = driver.handle(.opened, at: Self.start)
        _ = driver.handle(.closed, at: Self.start)
        #expect(driver.deadline == nil)
    }

    /// Random events at random times: it never traps, its deadlines never lie behind, and unplugged it is at rest.
    @Test(arguments: driven)
    func anyHistoryLeavesTheDriverUsable(kind: ReaderKind) {
        for number in 0..<20 as Range<UInt64> {
            var seed = SplitMix(seed: number &* 7919 &+ UInt64(kind.rawValue.utf8.count))
            var options = ReaderOptions()
            options.grammar = ReaderOptions.Grammar.allCases[Int(number % 4)]
            options.isBinary = number & 1 == 1
            options.hasCRC = number & 2 == 2
            options.endsBySilence = number & 4 == 4
            options.wiegandKeys = .plain
            var driver = ReaderDriver(kind: kind, options: options)
            var now = Self.start
            for _ in 0..<400 {
                now = now + .milliseconds(Int(seed.next() % 70))
                if let deadline = driver.deadline, deadline <= now { _ = driver.tick(at: now) }
                _ = driver.handle(event(&seed), at: now)
                if let deadline = driver.deadline, deadline < now {
                    _ = driver.tick(at: now)
                    #expect(driver.deadline.map { $0 > now } ?? true, "seed \(number)")
                }
            }
            _ = driver.handle(.closed, at: now)
            #expect(driver.deadline == nil)
        }
    }

    @Test func aKeypadBehindAReaderSendsKeys() {
        var options = ReaderOptions()
        options.wiegandKeys = .plain
        var driver = ReaderDriver(kind: .pcprox, options: options)
        var now = Self.start
        var actions = driver.handle(.opened, at: now)
        let answers: [UInt8: [UInt8]] = [
            0x8A: [0, 0, 0x30, 7, 0, 0, 0, 0], 0x80: [3, 5, 0, 16, 26, 0, 0x28, 0x80], 0x82: [0, 0, 0, 0, 0, 0, 0, 0],
            0x8F: [5, 0, 0, 0, 0, 0, 0, 0], 0x8E: [4, 4, 0, 0, 0, 0, 0, 0],
        ]
        var selected: UInt8 = 0
        var keys: [ReaderDriver.Action] = []
        while keys.isEmpty, now < Self.start + .seconds(2) {
            let pending = actions
            actions = []
            for action in pending {
                switch action {
                case .setFeature(let report): selected = report[1]
                case .getFeature: actions += driver.handle(.feature([0] + (answers[selected] ?? [])), at: now)
                case .key, .deliver: keys.append(action)
                default: break
                }
            }
            guard actions.isEmpty, let deadline = driver.deadline else { continue }
            now = max(now, deadline)
            actions = driver.tick(at: now)
        }
        #expect(keys == [.key(.digit(0x35))])
    }

    @Test func theTableOfSignalsIsOneForAll() {
        let spoken = ReaderSignal.allCases.map { signal in
            SignalPattern(signal).tones.map { $0 == .short ? "." : "-" }.joined()
        }
        #expect(spoken == [".", "-.-", "-..", "..-", "--", "-", "---", ".", ".", "..", ".", ""])
        #expect(Set(spoken.prefix(7)).count == 7)
        #expect(SignalPattern(.success).lamp == .green && SignalPattern(.idle).lamp == .off)
        #expect(
            ReaderSignal.allCases.filter { !SignalPattern($0).passes } == [
                .askPIN, .askNumber, .holdAgain, .choose, .idle,
            ])
    }

    private func event(_ seed: inout SplitMix) -> ReaderDriver.Event {
        switch seed.next() % 12 {
        case 0: return .opened
        case 1: return .signal(ReaderSignal.allCases[Int(seed.next() % UInt64(ReaderSignal.allCases.count))])
        case 2: return .feature(seed.next() % 4 == 0 ? nil : bytes(&seed, count: 9))
        case 3: return .report(bytes(&seed, count: [8, 9, 337, 509, 856][Int(seed.next() % 5)]))
        case 4: return .random(bytes(&seed, count: 8))
        case 5, 6:
            return .input(
                (0..<seed.next() % 6).map { _ in
                    InputEvent(
                        type: [0, 1, 1, 1, 4][Int(seed.next() % 5)], code: UInt16(seed.next() % 128),
                        value: Int32(seed.next() % 3))
                })
        default: return .bytes(bytes(&seed, count: Int(seed.next() % 40)))
        }
    }

    private func bytes(_ seed: inout SplitMix, count: Int) -> [UInt8] {
        let likely: [UInt8] = [0x02, 0x03, 0x0D, 0x30, 0x31, 0x41, 0x7B, 0x7D, 0x2C, 0x3B, 0x00, 0x01, 0x04]
        return (0..<count).map { _ in
            seed.next() % 4 == 0 ? UInt8(truncatingIfNeeded: seed.next()) : likely[Int(seed.next() % 13)]
        }
    }

    /// A read that had begun when the reader was pulled out is counted, once; nothing of it is in the next one.
    @Test(arguments: [
        (ReaderKind.id12, Array("\u{2}0100".utf8)), (.rdm6300, Array("\u{2}0100".utf8)),
        (.idteck, Array("\u{2}0100".utf8)), (.text, Array("0100".utf8)), (.itc2015, [0x02, 0x00, 0x09]),
    ])
    func aReadCutShortByUnpluggingIsCounted(kind: ReaderKind, bytes: [UInt8]) {
        var driver = ReaderDriver(kind: kind)
        _ = driver.handle(.opened, at: Self.start)
        #expect(driver.handle(.closed, at: Self.start) == [], "nothing had begun")
        _ = driver.handle(.opened, at: Self.start)
        #expect(driver.handle(.bytes(bytes), at: Self.start) == [])
        #expect(driver.handle(.closed, at: Self.start) == [.drop(.cutShort)])
        #expect(driver.handle(.closed, at: Self.start) == [] && driver.deadline == nil)
    }
}
