// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Tracks as readers write them, one behind the other: `%…?` `;…?` `+…?`, with or without a check character after each,
/// with or without line ends between them.
///
/// Start sentinels of MagTek keyboards: `%` track 1, `;` track 2, `+` track 3, `@` and `&` for tracks 2 and 3 in
/// alphanumeric coding, `#` an AAMVA track 3. In HID reports track 3 begins with `;` too; ID TECH begins an AAMVA
/// track 3 with `%`.
package enum TrackText {
    package static func parse(_ text: some Collection<UInt8>) throws(TrackFault) -> [Track] {
        var scanner = Scanner(text: Array(text))
        var tracks: [Track] = []
        while let track = try scanner.next(after: tracks.last?.number) { tracks.append(track) }
        guard !tracks.isEmpty else { throw .empty }
        if let unreadable = scanner.unreadable, tracks.allSatisfy({ $0.data.isEmpty }) { throw .unreadable(unreadable) }
        return tracks.filter { !$0.data.isEmpty }
    }

    private struct Scanner {
        let text: [UInt8]
        var place = 0
        var unreadable: Track.Number?

        init(text: [UInt8]) { self.text = text }

        /// A track without data stands for one that is blank or could not be read.
        mutating func next(after last: Track.Number?) throws(TrackFault) -> Track? {
            while place < text.count, [0x0D, 0x0A, 0x09].contains(text[place]) { place += 1 }
            guard place < text.count else { return nil }
            let start = place
            let (number, coding) = try kind(after: last)
            if let last, number.rawValue <= last.rawValue { throw .order(number, at: start + 1) }
            guard let end = text[(start + 1)...].firstIndex(of: UInt8(ascii: "?")) else { throw .noEnd(number) }
            var characters = Array(text[start...end])
            guard characters.count < Track.limit(of: number) else { throw .tooLong(number) }
            place = end + 1
            if characters.dropFirst().dropLast() == [UInt8(ascii: "E")] {
                unreadable = unreadable ?? number
                characters.remove(at: 1)
            }
            for (index, character) in characters.dropFirst().enumerated() {
                guard coding.characters.contains(character) else { throw .character(number, at: start + index + 2) }
            }
            let hasCheck = try takeCheckCharacter(of: characters, number, coding)
            return Track(number, coding, characters, hasCheckCharacter: hasCheck)
        }

        private func kind(after last: Track.Number?) throws(TrackFault) -> (Track.Number, Track.Coding) {
            switch text[place] {
            case UInt8(ascii: "%"): (last == nil ? .one : .three, .alphanumeric)
            case UInt8(ascii: ";"): (last == .two ? .three : .two, .numeric)
            case UInt8(ascii: "+"): (.three, .numeric)
            case UInt8(ascii: "@"): (.two, .alphanumeric)
            case UInt8(ascii: "#"), UInt8(ascii: "&"): (.three, .alphanumeric)
            default: throw .noStart(at: place + 1)
            }
        }

        /// What follows the end sentinel is a check character, unless it begins another track.
        private mutating func takeCheckCharacter(
            of characters: [UInt8], _ number: Track.Number, _ coding: Track.Coding
        ) throws(TrackFault) -> Bool {
            guard place < text.count, !beginsTrack, ![0x0D, 0x0A, 0x09].contains(text[place]) else { return false }
            guard text[place] == Track.checkCharacter(of: characters, coding) else { throw .check(number) }
            place += 1
            return true
        }

        private var beginsTrack: Bool {
            guard "%;+@#&".utf8.contains(text[place]) else { return false }
            return text[(place + 1)...].contains(UInt8(ascii: "?"))
        }
    }
}
