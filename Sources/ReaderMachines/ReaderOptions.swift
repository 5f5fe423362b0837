// SPDX-License-Identifier: Apache-2.0

package import Credentials

/// What a setting or a quirk may say about one reader. Each driver takes what concerns it and leaves the rest.
package struct ReaderOptions: Hashable, Sendable {
    /// What a text may look like.
    package enum Grammar: String, CaseIterable, Hashable, Sendable {
        case digits
        case hex
        /// Anything printable.
        case text
        /// Up to three tracks with their sentinels, `%…?;…?+…?`; letters count as upper case.
        case magstripe
    }

    /// Of typed and of serial text. `nil`: digits from a wedge, hexadecimal digits from a serial text reader.
    package var grammar: Grammar?
    /// Characters of the shortest and the longest text that is a read.
    package var shortest = 6
    package var longest = 64
    /// Every read has just so many characters or, from a reader that tells bits, bits; others are dropped.
    package var fixedLength: Int?
    /// Silence ends a text, for readers that send no end. A read cut short is then only told by its length.
    package var endsBySilence = false
    /// The longest silence inside a read; `nil`: the driver's own.
    package var pause: Duration?
    /// Takes what is typed as slowly as people type, for a reader with keys on the same device.
    package var acceptsTyping = false
    /// Each track ends with Enter, and silence ends the read (ID TECH keyboards).
    package var tracksAreLines = false
    /// Delivers this track alone (1…3); `nil`: all of them as one text.
    package var track: Int?
    /// Between two questions to a polled reader; `nil`: the driver's own.
    package var pollInterval: Duration?
    /// Instead of the kind's own line.
    package var line: SerialLine?
    /// TWN4: binary frames instead of hexadecimal lines.
    package var isBinary = false
    /// TWN4: each frame carries a CRC.
    package var hasCRC = false
    /// Lamps and tones of the reader are left alone.
    package var isSilent = false
    /// What the reader reads, where it does not tell; `nil`: the driver's own guess.
    package var technology: Technology?
    /// Reads of 4 and 8 bits are key presses of a keypad behind the reader.
    package var wiegandKeys = WiegandKeys.Coding.none

    package init() {}
}
