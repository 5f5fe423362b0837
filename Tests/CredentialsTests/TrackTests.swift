// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import SimRandom
import Testing

@Suite struct TrackTests {
    /// MagTek 99875475, appendix D, example 4: what a keyboard reader types.
    static let swipe =
        "%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?"
        + ";5452300551227189=080432100000007250?+5163499080020445=000000000000?\r"

    private func parse(_ text: String) throws(TrackFault) -> [Track] { try TrackText.parse(text.utf8) }

    @Test func theKeyboardFrameIsTaken() throws {
        let tracks = try parse(Self.swipe)
        #expect(tracks.map(\.number) == [.one, .two, .three])
        #expect(tracks.map { $0.text.revealed.count } == [60, 37, 31])
        #expect(tracks.allSatisfy { $0.isPayment && !$0.hasCheckCharacter })
        #expect(tracks[0].holderName == "HOGAN/PAUL")
        #expect(tracks[0].expiry == "0804" && tracks[0].serviceCode == "321")
        #expect(tracks[1].expiry == "0804" && tracks[1].serviceCode == "321" && tracks[1].holderName == nil)
        #expect(tracks[1].checkCharacter == UInt8(ascii: "6"))
        // It fails the Luhn check, so that must never be asked for.
        let number = Array("5452300551227189".utf8)
        #expect(tracks[0].text.revealed.dropFirst(2).starts(with: number))
        #expect(tracks[1].text.revealed.dropFirst().starts(with: number))
    }

    /// Example 3 of the same appendix: in a HID report track 3 begins with a semicolon.
    @Test func theHIDFormIsTaken() throws {
        let text = Self.swipe.replacing("+", with: ";")
        let keyboard = try parse(Self.swipe)
        let tracks = try parse(text)
        #expect(tracks.map(\.number) == [.one, .two, .three])
        #expect(tracks[2].checkCharacter == keyboard[2].checkCharacter)
    }

    @Test func theAccountNumberIsMasked() throws {
        let tracks = try parse(Self.swipe)
        for track in tracks { #expect(!track.masked.contains("5452300551227189")) }
        #expect(!tracks[0].masked.contains("HOGAN"))
        #expect(tracks[1].masked == ";************7189=**************7250?")
        #expect(!"\(tracks)".contains("HOGAN"))
        var dumped = ""
        dump(tracks, to: &dumped)
        #expect(!dumped.contains("7189"))
    }

    /// MagTek TTL manual p. 17: check characters without parity.
    @Test(arguments: [(";0?", "4"), (";01?", "5"), (";0123?", "4")])
    func checkCharactersOfThePublishedTracks(text: String, check: String) throws {
        #expect(try parse(text)[0].checkCharacter == check.utf8.first)
        let checked = try parse(text + check)
        #expect(checked[0].hasCheckCharacter && checked.count == 1)
        for wrong in "0123456789:<=>" where String(wrong) != check {
            #expect(throws: TrackFault.check(.two)) { try TrackText.parse((text + String(wrong)).utf8) }
        }
    }

    /// tehinterweb.com 2010/08/18: the start sentinel is 11010, the digit five 10101, the end sentinel 11111.
    @Test func bitsOfTrackTwo() throws {
        let bits = Array(repeating: 0, count: 20) + Self.bits("11010 10101 11111") + Self.check([0xB, 5, 0xF])
        let track = try TrackBits.decode(bits.map(UInt8.init) + [0, 0, 0, 0, 0, 0])
        #expect(track.text.revealed == Array(";5?".utf8) && track.number == .two && track.hasCheckCharacter)
        // Swiped the other way round.
        #expect(try TrackBits.decode((bits + [0, 0, 0]).reversed().map(UInt8.init)) == track)
    }

    @Test func everySingleWrongBitOfATrackIsCaught() throws {
        let bits = Self.encode(Array(";5452300551227189=080432100000007250?".utf8))
        #expect(try TrackBits.decode(bits).text.revealed.count == 37)
        for index in bits.indices {
            var wrong = bits
            wrong[index] ^= 1
            #expect(throws: TrackFault.self, "bit \(index)") { try TrackBits.decode(wrong) }
        }
        for count in bits.indices {
            #expect(throws: TrackFault.self, "cut at \(count)") { try TrackBits.decode(Array(bits.prefix(count))) }
        }
        #expect(throws: TrackFault.parity(character: 2)) {
            var wrong = bits
            wrong[7] ^= 1
            return try TrackBits.decode(wrong)
        }
        #expect(throws: TrackFault.self) { try TrackBits.decode(Array(repeating: 0, count: TrackBits.limit + 1)) }
    }

    @Test func aCampusTrackIdentifiesByItsDigits() throws {
        for text in [";0123456?", ";0123456=1?", "\r\n;0123456?8\r\n"] where text.contains("=") || !text.contains("8") {
            let track = try #require(try parse(text).first)
            #expect(track.identification.map(Array.init) == Array("0123456".utf8) && !track.isPayment)
        }
        #expect(
            try parse("%SMITH^JOHN?;601234?").compactMap(\.identification).map(Array.init) == [Array("601234".utf8)])
        #expect(try parse(";12:34?")[0].identification == nil)
    }

    /// AAMVA licences: track 3 begins with % (ID TECH) or # (MagTek); @ and & are the alphanumeric tracks 2 and 3.
    @Test func theVariantsOfStartSentinels() throws {
        #expect(try parse("%CAANYTOWN^DOE$J^1 ST?;636014=2512=19770101?%01 94?").map(\.number) == [.one, .two, .three])
        #expect(try parse("#01 94?")[0].number == .three)
        #expect(try parse("@ABC?&XYZ?").map(\.number) == [.two, .three])
        #expect(try parse("%ABC?\r;12?\r+34?\r").count == 3)
    }

    @Test(
        arguments: [
            ("", TrackFault.empty), ("\r\n", .empty), ("12345", .noStart(at: 1)), ("%ABC", .noEnd(.one)),
            (";12a4?", .character(.two, at: 4)), ("%abc?", .character(.one, at: 2)), (";1?;2?;3?", .order(.two, at: 7)),
            (";1?%2?+3?", .order(.three, at: 7)), (";E?", .unreadable(.two)), ("%E?;E?+E?", .unreadable(.one)),
            ("%A?B", .check(.one)),
        ])
    func aFaultNamesThePlace(text: String, fault: TrackFault) {
        #expect(throws: fault) { try TrackText.parse(text.utf8) }
        #expect(!"\(fault)".isEmpty)
    }

    @Test func oneUnreadableTrackDoesNotSpoilTheOthers() throws {
        #expect(try parse("%E?;123?").map(\.number) == [.two])
    }

    @Test(arguments: [("%", 79, Track.Number.one), (";", 40, .two), ("+", 107, .three)])
    func theLimitsOfTheTracks(start: String, limit: Int, number: Track.Number) throws {
        let longest = start + String(repeating: "1", count: limit - 3) + "?"
        #expect(try parse(longest).count == 1)
        #expect(throws: TrackFault.tooLong(number)) {
            try TrackText.parse((start + String(repeating: "1", count: limit - 2) + "?").utf8)
        }
    }

    @Test func everyCutAndMutationIsATrackOrAFault() {
        let swipe = Array(Self.swipe.utf8)
        for count in swipe.indices { _ = try? TrackText.parse(swipe.prefix(count)) }
        var seed = SplitMix(seed: 3)
        for _ in 0..<5000 {
            var text = swipe
            for _ in 0..<1 + seed.below(4) { text[seed.below(text.count)] = UInt8(seed.below(256)) }
            for track in (try? TrackText.parse(text)) ?? [] {
                _ = (track.masked, track.expiry, track.holderName, track.identification)
            }
        }
    }

    private static func bits(_ text: String) -> [Int] { text.compactMap { $0.wholeNumberValue } }

    private static func check(_ values: [UInt8]) -> [Int] { character(values.reduce(0, ^)).map(Int.init) }

    private static func character(_ value: UInt8) -> [UInt8] {
        let bits = (0..<4).map { value >> $0 & 1 }
        return bits + [1 ^ bits.reduce(0, ^)]
    }

    private static func encode(_ text: [UInt8]) -> [UInt8] {
        let values = text.map { $0 - 0x30 }
        return (values + [values.reduce(0, ^)]).flatMap(character)
    }
}
