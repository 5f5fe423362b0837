// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import Testing

@testable import ReaderMachines

@Suite struct RFIdeasReaderTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let bits = BitString(value: 0x80_1DD1_910B_2F04, count: 80)!

    /// rf IDEAS ASCII Command Protocol, manual 99009150.
    @Test func thePublishedAnswersMeanWhatTheManualSays() throws {
        let first = try QueuedRead(Array("0x1000,2,0x0000,80;0x000000801DD1910B2F04".utf8))
        #expect(first.age == .milliseconds(196_608) && first.overruns == 2 && first.lockout == .zero)
        #expect(first.bits == Self.bits)
        let second = try QueuedRead(Array("0x00BB,1,0x0000,80;0x000000801CD1931B2F14".utf8))
        #expect(second.age == .milliseconds(8976) && second.overruns == 1)
        #expect(second.bits == BitString(value: 0x80_1CD1_931B_2F14, count: 80))
    }

    @Test func theQuestionIsSentACharacterAtATime() {
        var reader = RFIdeasReader()
        var sent = sent(reader.handle(.opened, at: Self.start))
        var now = Self.start
        while sent.count < 12 {
            #expect(reader.deadline == now + .milliseconds(5))
            now = reader.deadline!
            sent += self.sent(reader.tick(at: now))
        }
        #expect(sent == Array("rfid:qid.id\r".utf8))
        #expect(reader.deadline == Self.start + .milliseconds(560))
    }

    @Test func anAnswerIsOneReadHoweverItIsCut() {
        let answer = Array("\r\nRF IDeas>{0x0002,0,0x0000,80;0x000000801DD1910B2F04}\r\nRF IDeas>".utf8)
        let read = RawRead(technology: .proximity, bits: Self.bits)
        for cut in 0...answer.count {
            var reader = asked()
            let first = reader.handle(.bytes(Array(answer[..<cut])), at: Self.start + .milliseconds(60))
            let second = reader.handle(.bytes(Array(answer[cut...])), at: Self.start + .milliseconds(60))
            #expect(first + second == [.online("rf IDEAS"), .deliver(read)], "cut at \(cut)")
        }
    }

    @Test(
        arguments: [
            ("{0xFFFF,0,0x0000,0;0x00}", []), ("{0x0001,0,0x0000,26;0x0000000}", []),
            ("{0x003E,0,0x0000,26;0x02044F1}", [.deliver(RawRead(technology: .proximity, bits: h10301))]),
            ("{0x003F,0,0x0000,26;0x02044F1}", [.drop(.stale)]),
            (
                "{0x0001,0,0x0000,128;0x80000000000000000000000000000001}",
                [.deliver(RawRead(technology: .proximity, bits: most))]
            ),
            ("{0x0001,0,0x0000,129;0x80000000000000000000000000000001}", [.drop(.tooLong)]),
            ("{0x0001,0,0x0000,26;0x4000000}", [.drop(.unknownFrame)]), ("{}", [.drop(.unknownFrame)]),
            ("{1,2,3}", [.drop(.unknownFrame)]), ("{0x1,0,0x0,26}", [.drop(.unknownFrame)]),
            ("{0x1,x,0x0,26;0x1}", [.drop(.unknownFrame)]), ("{0x10000,0,0x0,26;0x1}", [.drop(.unknownFrame)]),
            ("{0x1,0,0x0,26;0xG}", [.drop(.unknownFrame)]),
        ] as [(String, [ReaderDriver.Action])])
    func eachAnswerIsUnderstoodOrNamed(answer: String, expected: [ReaderDriver.Action]) {
        var reader = asked()
        let actions = reader.handle(.bytes(Array(answer.utf8)), at: Self.start + .milliseconds(60))
        #expect(actions.filter { $0 != .online("rf IDEAS") } == expected)
    }

    @Test func anEndlessAnswerIsCutOff() {
        var reader = asked()
        let text = "{" + String(repeating: "0", count: 128)
        #expect(reader.handle(.bytes(Array(text.utf8)), at: Self.start + .milliseconds(60)) == [])
        #expect(reader.handle(.bytes([0x30]), at: Self.start + .milliseconds(60)) == [.drop(.tooLong)])
        #expect(reader.handle(.bytes(Array("{{".utf8)), at: Self.start + .milliseconds(60)) == [.drop(.cutShort)])
    }

    @Test func aStaleReadIsReportedOnce() {
        var reader = asked()
        let stale = ReaderDriver.Event.bytes(Array("{0x1000,0,0x0000,26;0x02044F1}".utf8))
        #expect(reader.handle(stale, at: Self.start + .milliseconds(60)) == [.online("rf IDEAS"), .drop(.stale)])
        var now = Self.start
        for _ in 0..<12 {
            now = reader.deadline!
            _ = reader.tick(at: now)
        }
        #expect(reader.handle(stale, at: now) == [])
    }

    @Test func aSilentReaderIsReportedOnce() {
        var reader = RFIdeasReader()
        var actions = reader.handle(.opened, at: Self.start)
        for _ in 0..<200 { actions += reader.tick(at: reader.deadline!) }
        #expect(
            actions.filter { if case .send = $0 { false } else { true } } == [.trouble("the reader does not answer")])
    }

    static let h10301 = BitString(value: 0x20_44F1, count: 26)!
    static let most = BitString(value: 1 << 127 | 1, count: 128)!

    private func asked() -> RFIdeasReader {
        var reader = RFIdeasReader()
        _ = reader.handle(.opened, at: Self.start)
        for step in 1...11 { _ = reader.tick(at: Self.start + .milliseconds(5 * step)) }
        return reader
    }

    private func sent(_ actions: [ReaderDriver.Action]) -> [UInt8] {
        actions.flatMap { if case .send(let bytes) = $0 { bytes } else { [UInt8]() } }
    }
}
