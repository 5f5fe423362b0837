// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

@Suite struct TextReaderTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let number = Array("0006547886".utf8)

    @Test(
        arguments: [
            number + [0x0D], number + [0x0A], number + [0x0D, 0x0A], [0x02] + number + [0x03],
            [0x02] + number + [0x0D, 0x0A, 0x03], [0x0D, 0x0A] + number + [0x0D],
        ])
    func everyFormIsOneReadHoweverItIsCut(frame: [UInt8]) {
        for cut in 0...frame.count {
            var reader = TextReader()
            let first = reader.handle(.bytes(Array(frame[..<cut])), at: Self.start)
            let second = reader.handle(.bytes(Array(frame[cut...])), at: Self.start + .milliseconds(99))
            #expect(first + second == [Self.deliver("0006547886")], "cut at \(cut)")
        }
    }

    @Test(
        arguments: [
            ("\u{02}123\u{02}04A1B2C3\u{03}", [.drop(.cutShort), deliver("04A1B2C3")]),
            ("04a1b2c3\r", [deliver("04a1b2c3")]),
            ("12345\r", [.drop(.tooShort)]),
            ("04-A1-B2\r04A1B2\r", [.drop(.notHex), deliver("04A1B2")]),
            (String(repeating: "7", count: 64) + "\r", [deliver(String(repeating: "7", count: 64))]),
            (String(repeating: "7", count: 65) + "\r123456\r", [.drop(.tooLong), deliver("123456")]),
            ("\r\n\r\n\u{03}\u{02}\u{03}", []),
        ] as [(String, [ReaderDriver.Action])])
    func textIsJudged(text: String, expected: [ReaderDriver.Action]) {
        var reader = TextReader()
        #expect(reader.handle(.bytes(Array(text.utf8)), at: Self.start) == expected)
    }

    @Test func halfATextIsNoRead() {
        for length in 1...Self.number.count {
            var reader = TextReader()
            #expect(reader.handle(.bytes(Array(Self.number.prefix(length))), at: Self.start) == [])
            #expect(reader.deadline == Self.start + .milliseconds(100))
            #expect(reader.tick(at: Self.start + .milliseconds(99)) == [])
            #expect(reader.tick(at: Self.start + .milliseconds(100)) == [.drop(.pausedMidRead)])
            #expect(reader.deadline == nil)
        }
    }

    @Test func silenceEndsATextOnlyWithTheOption() {
        var options = ReaderOptions()
        options.endsBySilence = true
        options.pause = .milliseconds(50)
        options.grammar = .digits
        options.technology = .em4100
        var reader = TextReader(options: options)
        #expect(reader.handle(.bytes(Self.number), at: Self.start) == [])
        #expect(
            reader.tick(at: Self.start + .milliseconds(50))
                == [.deliver(RawRead(technology: .em4100, text: Self.number)!)])
        options.fixedLength = 10
        reader = TextReader(options: options)
        #expect(reader.handle(.bytes(Array(Self.number.dropLast())), at: Self.start) == [])
        #expect(reader.tick(at: Self.start + .milliseconds(50)) == [.drop(.wrongLength)])
    }

    @Test func theTextIsAsSlowAsTheLineIs() {
        var reader = TextReader()
        var actions: [ReaderDriver.Action] = []
        for (index, byte) in (Self.number + [0x0D]).enumerated() {
            actions += reader.handle(.bytes([byte]), at: Self.start + .milliseconds(99 * index))
        }
        #expect(actions == [Self.deliver("0006547886")])
    }

    static func deliver(_ text: String) -> ReaderDriver.Action {
        .deliver(RawRead(technology: .unknown, text: Array(text.utf8))!)
    }
}
