// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

/// What a typing reader may type, besides digits.
@Suite struct WedgeReaderGrammarTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let shift: UInt16 = 42
    static let alt: UInt16 = 56

    /// MagTek 99875475, appendix D, example 4: the swipe of a test card in keyboard mode.
    static let tracks = [
        "%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?",
        ";5452300551227189=080432100000007250?",
        "+5163499080020445=000000000000?",
    ]

    @Test func hexadecimalIsTakenInEitherCase() {
        #expect(actions("04a1B2c3\r", .hex) == [text("04a1B2c3", .wedge)])
        #expect(actions("04a1G2c3\r", .hex) == [.drop(.notHex)])
    }

    @Test func eachKeyOfAUSKeyboardIsItsCharacter() {
        let all = String(decoding: (0x20..<0x7F).map { UInt8($0) }, as: UTF8.self)
        for half in [all.prefix(50), all.suffix(50)] {
            #expect(actions(half + "\r", .text) == [text(String(half), .wedge)])
        }
    }

    @Test func aStripeIsTypedAsItIs() {
        let swipe = Self.tracks.joined()
        #expect(actions(swipe + "\r", .magstripe) == [text(swipe, .magstripe)])
        #expect(actions(swipe.lowercased() + "\r", .magstripe) == [text(swipe, .magstripe)])
        for track in 1...3 {
            let expected = text(Self.tracks[track - 1], .magstripe)
            #expect(actions(swipe + "\r", .magstripe) { $0.track = track } == [expected])
        }
        #expect(actions(";123456?\r", .magstripe) == [text(";123456?", .magstripe)])
        #expect(actions(";123456?\r", .magstripe) { $0.track = 1 } == [.drop(.blankBadge)])
    }

    /// An unreadable track is a single E in keyboard mode.
    @Test func anUnreadableTrackIsNoRead() {
        let typed = "%E?" + Self.tracks[1] + "\r"
        #expect(actions(typed, .magstripe) == [.drop(.unreadableTrack)])
        #expect(actions(typed, .magstripe) { $0.track = 2 } == [text(Self.tracks[1], .magstripe)])
        #expect(actions(typed, .magstripe) { $0.track = 1 } == [.drop(.unreadableTrack)])
    }

    @Test(arguments: ["123456", ";123456", "123456?", ";12?34?", "+1?;2?", ";1?;2?", "%1?;2?+3?+4?", ";?x", "%1?;2?3"])
    func whatIsNoStripeIsDropped(typed: String) {
        #expect(actions(typed + "\r", .magstripe) == [.drop(.notATrack)])
    }

    @Test func tracksMayBeLines() {
        var reader = WedgeReader(
            options: options(.magstripe) { $0.tracksAreLines = true })
        let keys = Self.tracks.flatMap { SimKeyboard.keys($0 + "\r") }
        #expect(reader.handle(.input(keys), at: Self.start) == [])
        #expect(reader.deadline == Self.start + .milliseconds(150))
        #expect(reader.tick(at: Self.start + .milliseconds(150)) == [text(Self.tracks.joined(), .magstripe)])
    }

    /// MagTek, property 0x0F: each character is Alt and its decimal code on the numeric block.
    @Test func altCodesAreCharacters() {
        let typed = Self.tracks[1].utf8.flatMap(SimKeyboard.alt) + SimKeyboard.keys("\r")
        #expect(play(typed, options(.magstripe)) == [text(Self.tracks[1], .magstripe)])
        let question = down(Self.alt) + [82, 77, 81].flatMap(press) + up(Self.alt)
        #expect(question == SimKeyboard.alt(UInt8(ascii: "?")))
        // Six keys a character, 10 ms each, are still faster than any person.
        #expect(play(typed, options(.magstripe), every: 5) == [text(Self.tracks[1], .magstripe)])
    }

    @Test func altWithAnotherKeySpoilsTheRead() {
        let keys = SimKeyboard.keys("12") + down(Self.alt) + press(30) + up(Self.alt) + SimKeyboard.keys("3456\r")
        #expect(play(keys, options(.digits)) == [.drop(.notADigit)])
        let long = down(Self.alt) + [79, 79, 79, 79, 79].flatMap(press) + up(Self.alt) + SimKeyboard.keys("\r")
        #expect(play(long, options(.text)) == [.drop(.notPrintable)])
        let huge = down(Self.alt) + [73, 73, 73].flatMap(press) + up(Self.alt) + SimKeyboard.keys("\r")
        #expect(play(huge, options(.text)) == [.drop(.notPrintable)])
    }

    @Test func aFixedLengthRefusesEveryOther() {
        let only10: (inout ReaderOptions) -> Void = { $0.fixedLength = 10 }
        #expect(actions("0006547886\r", .digits, only10) == [text("0006547886", .wedge)])
        #expect(actions("000654788\r", .digits, only10) == [.drop(.wrongLength)])
        #expect(actions("00065478861\r", .digits, only10) == [.drop(.wrongLength)])
        #expect(actions("1234\r", .digits) { $0.fixedLength = 4 } == [text("1234", .wedge)])
    }

    @Test func silenceMayEndARead() {
        for length in 1...8 {
            var reader = WedgeReader(options: options(.digits) { $0.endsBySilence = true })
            let digits = String("00065478".prefix(length))
            #expect(reader.handle(.input(SimKeyboard.keys(digits)), at: Self.start) == [])
            let end = reader.tick(at: Self.start + .milliseconds(150))
            #expect(end == [length < 6 ? .drop(.tooShort) : text(digits, .wedge)])
        }
    }

    @Test func aLostShiftSpoilsOneRead() {
        var reader = WedgeReader()
        #expect(reader.handle(.input(down(Self.shift)), at: Self.start) == [])
        let keys = SimKeyboard.keys("123456\r")
        #expect(reader.handle(.input(keys), at: Self.start + .seconds(1)) == [.drop(.notADigit)])
        var later = WedgeReader()
        #expect(later.handle(.input(down(Self.shift) + press(2)), at: Self.start) == [.drop(.notADigit)])
        #expect(later.handle(.input(keys), at: Self.start + .seconds(1)) == [text("123456", .wedge)])
    }

    @Test func unpluggedMidReadNothingIsLeftAndItIsCounted() {
        var reader = WedgeReader()
        #expect(reader.handle(.input(SimKeyboard.keys("123")), at: Self.start) == [])
        #expect(reader.handle(.closed, at: Self.start) == [.drop(.cutShort)])
        #expect(reader.handle(.closed, at: Self.start) == [] && reader.deadline == nil)
        #expect(reader.handle(.opened, at: Self.start) == [])
        #expect(reader.handle(.input(SimKeyboard.keys("456789\r")), at: Self.start) == [text("456789", .wedge)])
    }

    private func down(_ code: UInt16) -> [InputEvent] { [InputEvent(type: 1, code: code, value: 1)] }
    private func up(_ code: UInt16) -> [InputEvent] { [InputEvent(type: 1, code: code, value: 0)] }

    private func text(_ text: String, _ technology: Technology) -> ReaderDriver.Action {
        .deliver(RawRead(technology: technology, text: Array(text.utf8))!)
    }

    private func options(
        _ grammar: ReaderOptions.Grammar, _ change: (inout ReaderOptions) -> Void = { _ in }
    ) -> ReaderOptions {
        var options = ReaderOptions()
        options.grammar = grammar
        change(&options)
        return options
    }

    private func actions(
        _ typed: some StringProtocol, _ grammar: ReaderOptions.Grammar,
        _ change: (inout ReaderOptions) -> Void = { _ in }
    ) -> [ReaderDriver.Action] {
        play(SimKeyboard.keys(String(typed)), options(grammar, change), every: 3)
    }

    private func play(
        _ events: [InputEvent], _ options: ReaderOptions, every milliseconds: Int = 0
    ) -> [ReaderDriver.Action] {
        var reader = WedgeReader(options: options)
        var now = Self.start
        return events.flatMap { event in
            if event.value == 1 { now = now + .milliseconds(milliseconds) }
            return reader.handle(.input([event]), at: now)
        }
    }
}

/// Keys of a US keyboard for a text, written down apart from the driver's own table.
enum SimKeyboard {
    private static let shift = InputEvent(type: 1, code: 42, value: 1)
    private static let plain: [Character: UInt16] = [
        "1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "6": 7, "7": 8, "8": 9, "9": 10, "0": 11, "-": 12, "=": 13, "\t": 15,
        "q": 16, "w": 17, "e": 18, "r": 19, "t": 20, "y": 21, "u": 22, "i": 23, "o": 24, "p": 25, "[": 26, "]": 27,
        "\r": 28, "a": 30, "s": 31, "d": 32, "f": 33, "g": 34, "h": 35, "j": 36, "k": 37, "l": 38, ";": 39, "'": 40,
        "`": 41, "\\": 43, "z": 44, "x": 45, "c": 46, "v": 47, "b": 48, "n": 49, "m": 50, ",": 51, ".": 52, "/": 53,
        " ": 57,
    ]
    private static let shifted: [Character: Character] = [
        "!": "1", "@": "2", "#": "3", "$": "4", "%": "5", "^": "6", "&": "7", "*": "8", "(": "9", ")": "0", "_": "-",
        "+": "=", "{": "[", "}": "]", ":": ";", "\"": "'", "~": "`", "|": "\\", "<": ",", ">": ".", "?": "/",
    ]

    static func keys(_ text: String) -> [InputEvent] {
        text.flatMap { character -> [InputEvent] in
            if let code = plain[character] { return press(code) }
            let base = shifted[character] ?? Character(character.lowercased())
            return [shift] + press(plain[base]!) + [InputEvent(type: 1, code: 42, value: 0)]
        }
    }

    static func alt(_ character: UInt8) -> [InputEvent] {
        let block: [UInt16] = [82, 79, 80, 81, 75, 76, 77, 71, 72, 73]
        let digits = [character / 100, character / 10 % 10, character % 10].flatMap { press(block[Int($0)]) }
        return [InputEvent(type: 1, code: 56, value: 1)] + digits + [InputEvent(type: 1, code: 56, value: 0)]
    }
}
