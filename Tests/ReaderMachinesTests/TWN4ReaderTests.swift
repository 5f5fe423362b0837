// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

/// Answers are the published ones of TWN4 Simple Protocol, DocRev17, where they carry a tag or a version.
@Suite struct TWN4ReaderTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let version = "001D54574E342F42312E30332F434346312E35372F505253312E30332F5049\r"
    static let tag = "000180200466CF4DC2\r"
    static let read = RawRead(technology: .iso14443a, bits: BitString(value: 0x66CF_4DC2, count: 32)!)

    @Test func aReaderIsAskedForItsNameAndThenForTags() {
        var reader = TWN4Reader()
        #expect(reader.handle(.opened, at: Self.start) == [send("0004FF\r")])
        #expect(
            reader.handle(bytes(Self.version), at: Self.start)
                == [.online("TWN4/B1.03/CCF1.57/PRS1.03/PI"), send("0400070000\r")])
        #expect(reader.handle(bytes("00\r"), at: Self.start) == [])
        let first = Self.start + .milliseconds(100)
        #expect(reader.deadline == first)
        #expect(reader.tick(at: first) == [send("050010\r")])
        #expect(reader.handle(bytes("0000\r"), at: first) == [])
        #expect(reader.tick(at: first + .milliseconds(100)) == [send("050010\r")])
        #expect(reader.handle(bytes(Self.tag), at: first + .milliseconds(110)) == [.deliver(Self.read)])
        #expect(reader.deadline == first + .milliseconds(210))
    }

    @Test func anAnswerMayComeInPieces() {
        for cut in 0...Self.tag.utf8.count {
            var reader = asked()
            let bytes = Array(Self.tag.utf8)
            let first = reader.handle(.bytes(Array(bytes[..<cut])), at: Self.start)
            let second = reader.handle(.bytes(Array(bytes[cut...])), at: Self.start)
            #expect(first + second == [.deliver(Self.read)], "cut at \(cut)")
        }
    }

    @Test(
        arguments: [
            (
                "000149 1A 04 01020300",
                [.deliver(RawRead(technology: .proximity, bits: BitString(value: 0x1020300 >> 6, count: 26)!))]
            ),
            (
                "000140 28 05 0A004D7603",
                [.deliver(RawRead(technology: .em4100, bits: BitString(value: 0x0A_004D_7603, count: 40)!))]
            ),
            (
                "000182 40 08 E004010203040506",
                [.deliver(RawRead(technology: .unknown, bits: BitString(value: 0xE004_0102_0304_0506, count: 64)!))]
            ),
            ("00", [.drop(.unknownFrame)]), ("000180", [.drop(.unknownFrame)]), ("0001802004", [.drop(.unknownFrame)]),
            ("000180200366CF4D", [.drop(.unknownFrame)]), ("000180200466CF4D", [.drop(.unknownFrame)]),
            ("000180000466CF4DC2", [.drop(.unknownFrame)]),
            ("00018081 11 0102030405060708090A0B0C0D0E0F1011", [.drop(.tooLong)]),
            ("05", [.drop(.readerFault)]), ("0G", [.drop(.notHex)]), ("", [.drop(.unknownFrame)]),
        ] as [(String, [ReaderDriver.Action])])
    func eachAnswerIsUnderstoodOrNamed(answer: String, expected: [ReaderDriver.Action]) {
        var reader = asked()
        #expect(reader.handle(bytes(answer.filter { $0 != " " } + "\r"), at: Self.start) == expected)
    }

    @Test func aSilentReaderIsReportedOnceAskedSlowlyAndSetUpAgain() {
        var reader = asked()
        var trouble: [ReaderDriver.Action] = []
        var sent = 0
        for _ in 0..<40 {
            guard let deadline = reader.deadline else { break }
            for action in reader.tick(at: deadline) {
                if case .send = action { sent += 1 } else { trouble.append(action) }
            }
        }
        #expect(trouble == [.trouble("the reader does not answer as it should")])
        #expect(sent > 10)
        // Its next answer finds the reader asking; whatever it says, it is set up once more.
        var actions: [ReaderDriver.Action] = []
        while !actions.contains(where: { if case .send = $0 { true } else { false } }) {
            actions = reader.tick(at: reader.deadline!)
        }
        let now = reader.deadline!
        #expect(reader.handle(bytes("0000\r"), at: Self.start + .seconds(1)) == [send("0004FF\r")])
        #expect(now > Self.start)
    }

    @Test func aSignalIsShownBetweenTheQuestions() {
        var reader = asked()
        #expect(reader.handle(bytes("0000\r"), at: Self.start) == [])
        // Dark, green, one short beep of 2400 Hz for 100 ms.
        #expect(reader.handle(.signal(.success), at: Self.start) == [send("040307\r")])
        #expect(reader.handle(bytes("00\r"), at: Self.start) == [send("040202\r")])
        #expect(reader.handle(bytes("00\r"), at: Self.start) == [send("0407646009 6400 6400\r")])
        // It beeps before it answers, so half a second more would not be too late.
        #expect(reader.deadline == Self.start + .milliseconds(700))
        // The next search is due since long, and is not put off any further.
        let next = reader.handle(bytes("00\r"), at: Self.start + .milliseconds(200))
        #expect(next == [send("050010\r")])
        #expect(reader.handle(bytes("0000\r"), at: Self.start + .milliseconds(300)) == [])
    }

    @Test func theLampGoesOut() {
        var reader = asked()
        _ = reader.handle(.signal(.success), at: Self.start)
        var now = Self.start
        var commands: [ReaderDriver.Action] = []
        for _ in 0..<100 {
            let actions = reader.handle(bytes("0000\r"), at: now)
            commands += actions
            if actions.isEmpty {
                now = max(now, reader.deadline!)
                commands += reader.tick(at: now)
            }
        }
        let shown = commands.filter { $0 != send("050010\r") }
        #expect(shown == ["040307\r", "040202\r", "0407646009 6400 6400\r", "040307\r"].map(send))
    }

    @Test func everySignalIsTheTablesPattern() {
        for signal in ReaderSignal.allCases {
            var reader = asked()
            _ = reader.handle(bytes("0000\r"), at: Self.start)
            var actions = reader.handle(.signal(signal), at: Self.start)
            var beeps = 0
            while let action = actions.first {
                if case .send(let command) = action, command.starts(with: "0407".utf8) { beeps += 1 }
                actions = reader.handle(bytes("00\r"), at: Self.start)
            }
            #expect(beeps == SignalPattern(signal).tones.count)
        }
    }

    @Test func aSilentOptionLeavesLampsAlone() {
        var options = ReaderOptions()
        options.isSilent = true
        var reader = TWN4Reader(options: options)
        _ = reader.handle(.opened, at: Self.start)
        let name: [ReaderDriver.Action] = [.online("TWN4/B1.03/CCF1.57/PRS1.03/PI")]
        #expect(reader.handle(bytes(Self.version), at: Self.start) == name)
        #expect(reader.handle(.signal(.denied), at: Self.start) == [])
    }

    @Test func whatComesUnaskedIsIgnored() {
        var reader = TWN4Reader()
        #expect(reader.handle(bytes(Self.tag), at: Self.start) == [])
        #expect(reader.deadline == nil)
        reader = asked()
        #expect(reader.handle(bytes(Self.tag + Self.tag), at: Self.start) == [.deliver(Self.read)])
        #expect(reader.handle(.closed, at: Self.start) == [])
        #expect(reader.deadline == nil && reader.tick(at: Self.start + .seconds(9)) == [])
    }

    private func asked() -> TWN4Reader {
        var reader = TWN4Reader()
        _ = reader.handle(.opened, at: MonotonicTime(nanoseconds: 0))
        _ = reader.handle(bytes(Self.version), at: Self.start)
        _ = reader.handle(bytes("00\r"), at: Self.start)
        #expect(reader.tick(at: Self.start + .milliseconds(100)) == [send("050010\r")])
        return reader
    }

    private func send(_ text: String) -> ReaderDriver.Action { .send(Array(text.utf8.filter { $0 != 0x20 })) }
    private func bytes(_ text: String) -> ReaderDriver.Event { .bytes(Array(text.utf8)) }
}
