// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// The server's side of one agent's connection.
package struct ServerSession: Machine {
    package enum Event: Sendable {
        case received([UInt8])
        /// The answer to an asked request.
        case reply(UInt32, ReleaseMessage)
        /// Durable events up to this sequence number are committed: acknowledge them.
        case committed(through: UInt64)
        /// In answer to `readDocument`.
        case document(UInt32, DocumentPiece)
        /// Unasked, from us: `sessionEnd`, `goAway`.
        case tell(ReleaseMessage)
        /// A newer connection of the same agent took over, or the agent was revoked, or the server stops.
        case closeNow(LinkClosed)
        case disconnected
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
        /// A request waits for `reply(correlation, …)`.
        case ask(UInt32, ReleaseMessage)
        /// A durable event: `readOutcome` or `progress`. Several may be open; `committed(through:)` answers them.
        case record(sequence: UInt64, ReleaseMessage)
        /// Credit is there: hand over up to `limit` bytes from `offset` as `document(correlation, …)`.
        case readDocument(UInt32, offset: UInt64, limit: Int)
        /// The agent gave the document up, or the connection ended while it was open.
        case closeDocument(UInt32)
        /// The last action; bytes already sent leave first.
        case close(LinkClosed)
    }

    package init(openedAt now: MonotonicTime) {}

    package var deadline: MonotonicTime? { nil }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] { [] }

    package mutating func tick(at now: MonotonicTime) -> [Action] { [] }
}
