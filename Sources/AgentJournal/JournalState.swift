// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import ReleaseWire

/// An event that the server has not acknowledged yet.
package struct PendingEvent: Equatable, Sendable {
    package let sequence: UInt64
    package let message: ReleaseMessage
}

/// What the journal's entries amount to: everything that the agent must know after a restart.
package struct JournalState: Equatable, Sendable {
    package static let entryLimit = 100_000
    package static let byteLimit = 64 << 20

    package private(set) var stream: [UInt8] = []
    /// The sequence number of the next event.
    package private(set) var nextSequence: UInt64 = 1
    /// Not acknowledged, in order of their sequence numbers.
    package private(set) var pending: [PendingEvent] = []
    /// Begun, and no `progress` event yet, in the order they began.
    package private(set) var begun: [ReleaseID] = []
    /// Presented, and no `readOutcome` yet, in order.
    package private(set) var presented: [PresentedRead] = []

    package init() {}

    /// Releases of which the agent holds a record: begun, or with a progress not yet acknowledged. For HELLO.
    package var unsettled: [ReleaseID] { [] }

    /// No new event may be made: refuse at the source.
    package var isFull: Bool { false }

    /// Takes in an entry that is about to be appended.
    package mutating func apply(_ entry: JournalEntry) {}
}
