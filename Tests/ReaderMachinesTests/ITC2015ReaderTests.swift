// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

/// Frames computed here by the rule that the public test program's frames obey: sum over all bytes, then exclusive or.
@Suite struct ITC2015ReaderTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let poll: [UInt8] = [0x02, 0x00, 0x01, 0x01, 0x03, 0x00, 0x07, 0x04]
    static let none = ITC2015Frame.encode([0x40])
    static let number: [UInt8] = [0x00, 0x63, 0xE9, 0xAE]
    static let badge = ITC2015Frame.encode([0x6C] + number)
    static let read = RawRead(technology: .unknown, bits: BitString(value: 0x63_E9AE, count: 32)!)

    @Test func theFrameFollowsTheRule() throws {
        #expect(ITC2015Frame.encode([0x01]) == Self.poll)
        #expect(Self.none == [0x02, 0x00, 0x01, 0x40, 0x03, 0x00, 0x46, 0x04])
        #expect(try ITC2015Frame.decode(Self.badge) == [0x6C] + Self.number)
        // Write value 0x1068: six zero bytes, the value, 01; the sum passes 255.
        let write: [UInt8] = [0x24, 0, 0, 0, 0, 0, 0, 0x10, 0x68, 0x01]
        #expect(ITC2015Frame.encode(write).suffix(4) == [0x03, 0x00, 0xA3, 0xFC])
        #expect(try ITC2015Frame.decode(ITC2015Frame.encode(write)) == write)
    }

    @Test func everySingleBitErrorIsFound() {
        for index in Self.badge.indices {
            for bit in 0..<8 {
                var frame = Self.badge
                frame[index] ^= 1 << UInt8(bit)
                #expect((try? ITC2015Frame.decode(frame)) == nil, "byte \(index) bit \(bit)")
                var reader = asked()
                let actions =
                    reader.handle(.bytes(frame), at: Self.start) + reader.tick(at: Self.start + .milliseconds(100))
                #expect(!actions.contains { if case .deliver = $0 { true } else { false } })
            }
        }
    }

    @Test func lengthsHaveLimits() {
        let most = Array(repeating: 0x55 as UInt8, count: 16)
        #expect((try? ITC2015Frame.decode(ITC2015Frame.encode(most))) == most)
        #expect(throws: ITC2015Frame.Fault.length) {
            try ITC2015Frame.decode(Array(repeating: 0x02, count: 24))
        }
        #expect(throws: ITC2015Frame.Fault.length) { try ITC2015Frame.decode(Array(Self.poll.dropLast())) }
        #expect(throws: ITC2015Frame.Fault.form) { try ITC2015Frame.decode([0x03] + Self.poll.dropFirst()) }
        var reader = asked()
        #expect(reader.handle(.bytes(Array(repeating: 0x02, count: 24)), at: Self.start) == [.drop(.pausedMidRead)])
    }

    @Test func aReaderIsPolledAndItsBadgeDelivered() {
        var reader = ITC2015Reader()
        #expect(reader.handle(.opened, at: Self.start) == [.send(Self.poll)])
        #expect(reader.handle(.bytes(Self.none), at: Self.start) == [.online("ITC 2015")])
        let next = Self.start + .milliseconds(200)
        #expect(reader.tick(at: next) == [.send(Self.poll)])
        for cut in 0...Self.badge.count {
            var copy = reader
            let first = copy.handle(.bytes(Array(Self.badge[..<cut])), at: next)
            #expect(first + copy.handle(.bytes(Array(Self.badge[cut...])), at: next) == [.deliver(Self.read)])
        }
    }

    @Test func aBadgeWithoutANumberIsReportedOnce() {
        var reader = asked()
        let blank = ITC2015Frame.encode([0x6C])
        #expect(reader.handle(.bytes(blank), at: Self.start) == [.drop(.blankBadge)])
        _ = reader.tick(at: Self.start + .milliseconds(200))
        #expect(reader.handle(.bytes(blank), at: Self.start + .milliseconds(200)) == [])
        _ = reader.tick(at: Self.start + .milliseconds(400))
        #expect(reader.handle(.bytes(Self.none), at: Self.start + .milliseconds(400)) == [])
        _ = reader.tick(at: Self.start + .milliseconds(600))
        #expect(reader.handle(.bytes(blank), at: Self.start + .milliseconds(600)) == [.drop(.blankBadge)])
    }

    @Test func halfAFrameAndNoiseEnd() {
        for length in 1..<Self.badge.count {
            var reader = asked()
            #expect(reader.handle(.bytes(Array(Self.badge.prefix(length))), at: Self.start) == [])
            let actions = reader.tick(at: Self.start + .milliseconds(100))
            #expect(actions == [.drop(.pausedMidRead)], "after \(length)")
        }
        var reader = asked()
        #expect(
            reader.handle(.bytes([0x55, 0xAA] + Self.badge), at: Self.start) == [.drop(.noise), .deliver(Self.read)])
        #expect(reader.handle(.bytes(Self.badge), at: Self.start) == [.drop(.noise)])
    }

    @Test func aSilentReaderIsReportedOnce() {
        var reader = asked()
        var actions: [ReaderDriver.Action] = []
        for _ in 0..<50 { actions += reader.tick(at: reader.deadline!) }
        #expect(actions.filter { $0 != .send(Self.poll) } == [.trouble("the reader does not answer")])
    }

    private func asked() -> ITC2015Reader {
        var reader = ITC2015Reader()
        _ = reader.handle(.opened, at: Self.start)
        _ = reader.handle(.bytes(Self.none), at: Self.start)
        #expect(reader.tick(at: Self.start + .milliseconds(200)) == [.send(Self.poll)])
        return reader
    }
}
