// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

/// Reports as the pcprox project describes them (micolous/pcprox, protocol.md).
@Suite struct PcProxReaderTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let info: [UInt8] = [0, 0, 0x30, 0x07, 0, 1, 0, 0]
    static let page0: [UInt8] = [3, 5, 0x11, 16, 26, 0, 0x28, 0x01]
    static let page0Written: [UInt8] = [3, 5, 0x00, 16, 26, 0, 0x28, 0x81]
    static let page2: [UInt8] = [0, 0x10, 0, 0, 0, 0, 0, 0]
    static let nothing = Array(repeating: 0 as UInt8, count: 8)

    /// What the driver does, at each deadline, until it awaits an answer or rests.
    @Test func keystrokesAreStoppedInMemoryOnly() {
        var reader = PcProxReader()
        var now = Self.start
        #expect(settle(&reader, .opened, &now) == [set(0x8A), get])
        #expect(settle(&reader, .feature([0] + Self.info), &now) == [.online("pcProx 7.3.0"), set(0x80), get])
        #expect(
            settle(&reader, .feature([0] + Self.page0), &now)
                == [set(0x80), .setFeature([0] + Self.page0Written), set(0x80), get])
        #expect(settle(&reader, .feature([0] + Self.page0Written), &now) == [set(0x82), get])
        // 90 00: no page is burnt.
        #expect(settle(&reader, .feature([0] + Self.page2), &now) == [set(0x90)])
        #expect(now < Self.start + .milliseconds(20))
    }

    @Test func aBadgeIsReadDataFirst() {
        var (reader, now) = ready()
        #expect(poll(&reader, &now) == [set(0x8F), get])
        #expect(settle(&reader, .feature([0] + Self.nothing), &now) == [])
        #expect(poll(&reader, &now) == [set(0x8F), get])
        // H10301, FC 74 CN 47777, whole (jfh.me, hid-prox).
        let frame: [UInt8] = [0x42, 0x75, 0x95, 0, 0, 0, 0, 0]
        #expect(settle(&reader, .feature([0] + frame), &now) == [set(0x8E), get])
        let read = RawRead(technology: .proximity, bits: BitString(value: 0x95_7542, count: 26)!)
        #expect(read.content == .bits(BitString(value: 0b0_01001010_1011101010100001_0, count: 26)!))
        #expect(settle(&reader, .feature([0, 26, 26, 0, 0, 0, 0, 0, 0]), &now) == [.deliver(read)])
    }

    /// Where a reader keeps stripping parity: H10301 is two bytes of number, low byte first, and one of facility code.
    @Test func aStrippedReadIsTheBitsThatAreLeft() {
        var (reader, now) = ready()
        _ = poll(&reader, &now)
        _ = settle(&reader, .feature([0, 0xA1, 0xBA, 74, 0, 0, 0, 0, 0]), &now)
        let read = RawRead(technology: .proximity, bits: BitString(value: 74 << 16 | 47777, count: 24)!)
        #expect(settle(&reader, .feature([0, 24, 24, 0, 0, 0, 0, 0, 0]), &now) == [.deliver(read)])
    }

    @Test func aBadgeThatLeavesMidReadLeavesNothing() {
        var (reader, now) = ready()
        _ = poll(&reader, &now)
        _ = settle(&reader, .feature([0, 1, 2, 3, 0, 0, 0, 0, 0]), &now)
        #expect(settle(&reader, .feature([0] + Self.nothing), &now) == [.drop(.badgeLeft)])
        #expect(poll(&reader, &now) == [set(0x8F), get])
    }

    @Test func countsHaveLimits() {
        let all = Array(repeating: 0xFF as UInt8, count: 8)
        for (count, expected) in [
            (64, .deliver(RawRead(technology: .proximity, bits: BitString(value: UInt128(UInt64.max), count: 64)!))),
            (1, .deliver(RawRead(technology: .proximity, bits: BitString(value: 1, count: 1)!))),
            (65, .drop(.tooLong)), (255, .drop(.tooLong)),
        ] as [(UInt8, ReaderDriver.Action)] {
            var (reader, now) = ready()
            _ = poll(&reader, &now)
            _ = settle(&reader, .feature([0] + all), &now)
            #expect(settle(&reader, .feature([0, count, count, 0, 0, 0, 0, 0, 0]), &now) == [expected])
        }
    }

    @Test(arguments: [nil, [0, 1, 2], Array(repeating: 0, count: 10)] as [[UInt8]?])
    func aFailedReportIsTriedAgainAndReportedOnce(answer: [UInt8]?) {
        var (reader, now) = ready()
        var all: [ReaderDriver.Action] = []
        for _ in 0..<10 {
            all += poll(&reader, &now)
            all += settle(&reader, .feature(answer), &now)
        }
        #expect(all.filter { $0 == .trouble("the reader does not answer") }.count == 1)
        // Silent for long, it is set up from the beginning when it is back.
        #expect(poll(&reader, &now) == [set(0x8A), get])
    }

    @Test func anAnswerThatNeverComesIsGivenUp() {
        var (reader, now) = ready()
        #expect(poll(&reader, &now) == [set(0x8F), get])
        #expect(reader.deadline == now + .milliseconds(500))
        now = now + .milliseconds(500)
        #expect(reader.tick(at: now) == [])
        #expect(reader.handle(.feature([0] + Self.info), at: now) == [])
        #expect(poll(&reader, &now) == [set(0x8F), get])
    }

    @Test func aReaderThatDoesNotObeyIsNamed() {
        var reader = PcProxReader()
        var now = Self.start
        _ = settle(&reader, .opened, &now)
        _ = settle(&reader, .feature([0] + Self.info), &now)
        _ = settle(&reader, .feature([0] + Self.page0), &now)
        let actions = settle(&reader, .feature([0] + Self.page0), &now)
        #expect(
            actions.prefix(2)
                == [.trouble("the reader goes on typing"), .trouble("the reader strips 1 and 1 bits off each read")])
    }

    @Test func aSignalIsLampsOnPage2() {
        var (reader, now) = ready()
        let began = now
        var pages: [(Duration, UInt8, UInt8)] = []
        var actions = reader.handle(.signal(.denied), at: now)
        while now < began + .seconds(6) {
            for action in actions {
                if case .setFeature(let report) = action, report[1] < 0x80 {
                    pages.append((now.elapsed(since: began), report[1], report[2]))
                }
            }
            if actions.contains(get) {
                actions = reader.handle(.feature([0] + Self.nothing), at: now)
            } else {
                now = max(now, reader.deadline!)
                actions = reader.tick(at: now)
            }
        }
        // Red with the tone three times, dark between, then red alone, then as the reader had it.
        #expect(pages.map(\.1) == [5, 0, 5, 0, 5, 0, 1, 0])
        #expect(pages.map(\.2) == Array(repeating: 0x12, count: 7) + [0x10])
        let lengths = zip(pages, pages.dropFirst()).map { $1.0 - $0.0 }
        for (length, expected) in zip(lengths, [400, 100, 100, 100, 400, 100, 2000]) {
            let difference = length - .milliseconds(expected)
            #expect(difference > .milliseconds(-10) && difference < .milliseconds(10))
        }
    }

    @Test func closedItAsksNothing() {
        var (reader, now) = ready()
        _ = poll(&reader, &now)
        #expect(reader.handle(.closed, at: now) == [])
        #expect(reader.deadline == nil)
        #expect(reader.handle(.feature([0] + Self.info), at: now) == [])
        #expect(reader.handle(.signal(.success), at: now) == [])
        #expect(reader.deadline == nil)
    }

    private var get: ReaderDriver.Action { .getFeature(report: 0, length: 9) }
    private func set(_ code: UInt8) -> ReaderDriver.Action {
        .setFeature([0, code] + Array(repeating: 0, count: 7))
    }

    /// Goes on while reports settle, a millisecond each.
    private func settle(
        _ reader: inout PcProxReader, _ event: ReaderDriver.Event, _ now: inout MonotonicTime
    ) -> [ReaderDriver.Action] {
        var actions = reader.handle(event, at: now)
        while let deadline = reader.deadline, deadline <= now + .milliseconds(1) {
            now = max(now, deadline)
            actions += reader.tick(at: now)
        }
        return actions
    }

    private func poll(_ reader: inout PcProxReader, _ now: inout MonotonicTime) -> [ReaderDriver.Action] {
        now = reader.deadline!
        var actions = reader.tick(at: now)
        now = reader.deadline!
        actions += reader.tick(at: now)
        return actions
    }

    private func ready() -> (PcProxReader, MonotonicTime) {
        var reader = PcProxReader()
        var now = Self.start
        _ = settle(&reader, .opened, &now)
        for answer in [Self.info, Self.page0, Self.page0Written, Self.page2] {
            _ = settle(&reader, .feature([0] + answer), &now)
        }
        return (reader, now)
    }
}
