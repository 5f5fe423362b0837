// SPDX-License-Identifier: Apache-2.0

/// Why something that a reader sent is no read; the names of the log and of the counters.
package enum ReaderDrop: String, CaseIterable, Hashable, Sendable {
    // Length and time.
    /// A new frame began, this one ended, or the reader was unplugged, before it was whole.
    case cutShort = "cut-short"
    case pausedMidRead = "paused-mid-read"
    case tooShort = "too-short"
    case tooLong = "too-long"
    /// Not the one length that this reader's reads have.
    case wrongLength = "wrong-length"
    /// Read before anybody listened.
    case stale
    /// The badge went away before all of it was read.
    case badgeLeft = "badge-left"
    // Content.
    case notADigit = "not-a-digit"
    case notHex = "not-hex"
    case notPrintable = "not-printable"
    /// Not `%…?;…?+…?`.
    case notATrack = "not-a-track"
    /// Swiped, but a wanted track did not decode.
    case unreadableTrack = "unreadable-track"
    /// Nothing is encoded on it.
    case blankBadge = "blank-badge"
    case badChecksum = "bad-checksum"
    // Source.
    /// Bytes outside of any frame.
    case noise
    /// A report or frame of another size or form than this kind has.
    case unknownFrame = "unknown-frame"
    /// The kernel's queue overflowed (SYN_DROPPED), or the keyboard's did (rollover).
    case eventsLost = "events-lost"
    /// As slow as a person types.
    case typedByHand = "typed-by-hand"
    /// The reader answered with an error.
    case readerFault = "reader-fault"
}
