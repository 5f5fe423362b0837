// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// The agent's side of its connection to the server.
package struct AgentSession: Machine {
    package enum Opening: Sendable {
        case hello(Hello)
        case enrol(Enrolment)
    }

    package enum Event: Sendable {
        case received([UInt8])
        /// `correlation` is chosen by the caller, unique in this connection, not 0 (0 is the opening's).
        case request(UInt32, ReleaseMessage)
        /// A durable event; before its acknowledgement it is the caller's to keep.
        case publish(sequence: UInt64, ReleaseMessage)
        /// The document's bytes went on to the printer: let the server send so many more.
        case grant(UInt32, bytes: Int)
        /// The document is not wanted any more.
        case abandon(UInt32)
        case disconnected
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
        case opened(Welcome)
        case enrolled(name: String)
        /// The reply to a request, refusals included.
        case reply(UInt32, ReleaseMessage)
        case acknowledged(through: UInt64)
        case document(UInt32, DocumentPiece)
        case told(ReleaseMessage)
        case close(LinkClosed)
    }

    package init(opening: Opening, openedAt now: MonotonicTime) {}

    package var deadline: MonotonicTime? { nil }

    /// Whether a `request` is allowed now.
    package var canRequest: Bool { false }

    /// How many more `publish` events the server's window has room for.
    package var eventsAllowed: Int { 0 }

    package var canPublish: Bool { eventsAllowed > 0 }

    /// Sends the opening frame. Call it once, before any event.
    package mutating func start(at now: MonotonicTime) -> [Action] { [] }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] { [] }

    package mutating func tick(at now: MonotonicTime) -> [Action] { [] }
}
