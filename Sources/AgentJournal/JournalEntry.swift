// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives
package import ReleaseWire

/// One record of the agent's journal. The shell appends it and syncs before anything that rests on it happens.
package enum JournalEntry: Equatable, Sendable {
    /// 16 random bytes that name this agent's event stream; the first entry of a journal, and only there.
    case identity(stream: [UInt8])
    /// The first byte of this release is about to go to the printer.
    case began(ReleaseID)
    /// A durable event, `readOutcome` or `progress`, with its place in the stream.
    case event(sequence: UInt64, ReleaseMessage)
    /// The server has committed the events up to this one.
    case acknowledged(through: UInt64)
    /// A read whose outcome is still to come: after a crash it gets the outcome `interrupted`.
    case presented(key: [UInt8], reader: String, at: WallTime)
}

/// A read as the journal keeps it: no number from the badge.
package struct PresentedRead: Hashable, Sendable {
    /// The 16 bytes that the read's `readOutcome` will carry.
    package var key: [UInt8]
    package var reader: String
    package var at: WallTime

    package init(key: [UInt8], reader: String, at: WallTime) {
        self.key = key
        self.reader = reader
        self.at = at
    }
}
