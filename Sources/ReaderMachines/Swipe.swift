// SPDX-License-Identifier: Apache-2.0

import Credentials

/// The tracks of one magnetic stripe, as text with their sentinels (ISO 7811-2: 79, 40 and 107 characters with
/// sentinels and check character).
struct Swipe: Sendable {
    enum Fault: Error, Hashable, Sendable {
        case notATrack
        case unreadable
        case blank

        var drop: ReaderDrop {
            switch self {
            case .notATrack: .notATrack
            case .unreadable: .unreadableTrack
            case .blank: .blankBadge
            }
        }
    }

    enum Track: Hashable, Sendable {
        case absent
        /// There, but it did not decode.
        case unreadable
        case text([UInt8])
    }

    private static let endSentinel = UInt8(ascii: "?")
    private static let unreadable = [UInt8(ascii: "E")]
    /// Per track: standard, and those for other codings (7 bits on track 2, AAMVA, 7 bits on track 3).
    private static let startSentinels = [Array("%".utf8), Array(";@".utf8), Array("+#&!".utf8)]

    let tracks: [Track]

    /// Three tracks.
    init(tracks: [Track]) {
        precondition(tracks.count == 3, "a stripe has three tracks")
        self.tracks = tracks
    }

    /// What a reader types: `%…?;…?+…?`, each track optional, an unreadable one being a single `E`.
    init(text: [UInt8]) throws(Fault) {
        var tracks = Array(repeating: Track.absent, count: 3)
        var first = 0
        for piece in text.split(separator: Self.endSentinel, omittingEmptySubsequences: false).dropLast() {
            guard let start = piece.first,
                let track = (first..<3).first(where: { Self.startSentinels[$0].contains(start) })
            else {
                throw .notATrack
            }
            let isReadable = Array(piece.dropFirst()) != Self.unreadable
            tracks[track] = isReadable ? .text(Array(piece) + [Self.endSentinel]) : .unreadable
            first = track + 1
        }
        guard text.last == Self.endSentinel else { throw .notATrack }
        self.tracks = tracks
    }

    /// - Parameter track: counted from 1; `nil`: all that are there, as a reader in keyboard mode types them, as far as
    ///   a read can hold them. Track 3 and then track 1 stay out of a stripe that is too long.
    func text(track wanted: Int?) throws(Fault) -> [UInt8] {
        if let wanted { return try text(of: wanted - 1) }
        guard !tracks.contains(.unreadable) else { throw .unreadable }
        let texts = tracks.map { if case .text(let text) = $0 { text } else { [UInt8]() } }
        let choices = [texts[0] + texts[1] + texts[2], texts[0] + texts[1], texts[1], texts[2], texts[0]]
        guard let best = choices.first(where: { (1...RawRead.textLimit).contains($0.count) }) else { throw .blank }
        return best
    }

    private func text(of index: Int) throws(Fault) -> [UInt8] {
        guard tracks.indices.contains(index) else { throw .notATrack }
        switch tracks[index] {
        case .absent: throw .blank
        case .unreadable: throw .unreadable
        case .text(let text): return text
        }
    }
}
