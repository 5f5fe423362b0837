// SPDX-License-Identifier: Apache-2.0

package import PrintModel
import Primitives

/// What is said about releases while the server is away; bound to ``Capability/offline``. The charge of such a release
/// is a durable event.
package enum OfflineMessage: Equatable, Sendable {
    /// 35, request: what the agent holds. The answer says what of it is lent, and what else may be.
    case ask(CustodyAsk)
    /// 35, reply.
    case answer(CustodyAnswer)
    /// 36, command: something has changed, ask now.
    case askNow
    /// 37, request: whose session is this? So that the badge is known while the server is away.
    case learn(session: SessionID)
    /// 37, reply.
    case learned(Learned)
    /// 38, request: the document of an offered job, for the agent's disk. Answered by `documentOpened`.
    case open(CustodyOpen)
    /// 51, command: what the site allows. The first word after `welcome`.
    case policy(OfflinePolicy)
}

/// All that an agent holds, every time: state, not news, so that nothing is lost with a connection.
package struct CustodyAsk: Hashable, Sendable {
    package static let limit = 256

    package struct Item: Hashable, Sendable {
        package var fence: Fence
        package var listing: CustodyListing

        package init(_ fence: Fence, _ listing: CustodyListing) {
            self.fence = fence
            self.listing = listing
        }
    }

    package var items: [Item]
    /// Bytes of documents that the agent still has room for.
    package var room: UInt64
    /// The last of the server's ``CustodyAnswer/forget`` that the agent has followed.
    package var forgotten: UInt64

    package init(items: [Item], room: UInt64, forgotten: UInt64) {
        self.items = items
        self.room = room
        self.forgotten = forgotten
    }
}

package struct CustodyAnswer: Hashable, Sendable {
    package static let forgetLimit = 64
    package static let offerLimit = 32

    /// Of what the agent listed: what is the agent's to go on with. Everything else it gives up.
    package var lent: [Fence]
    /// From when the agent asked; for all that are lent.
    package var lease: Duration
    package var offers: [CustodyFacts]
    /// Where they come out; `nil` when the agent drives no printer.
    package var printer: OfflinePrinter?
    /// People whose badges the agent must forget.
    package var forget: [UserID]
    /// What to say as ``CustodyAsk/forgotten`` the next time.
    package var forgotten: UInt64

    package init(
        lent: [Fence], lease: Duration, offers: [CustodyFacts], printer: OfflinePrinter?, forget: [UserID],
        forgotten: UInt64
    ) {
        self.lent = lent
        self.lease = lease
        self.offers = offers
        self.printer = printer
        self.forget = forget
        self.forgotten = forgotten
    }
}

package struct Learned: Hashable, Sendable {
    package var user: UserID
    /// For display.
    package var label: String
    package var needsSecondFactor: Bool

    package init(user: UserID, label: String, needsSecondFactor: Bool) {
        self.user = user
        self.label = label
        self.needsSecondFactor = needsSecondFactor
    }
}

package struct CustodyOpen: Hashable, Sendable {
    package var fence: Fence
    package var offset: UInt64
    /// How many bytes the server may send before it is granted more.
    package var window: UInt32

    package init(fence: Fence, offset: UInt64, window: UInt32) {
        self.fence = fence
        self.offset = offset
        self.window = window
    }
}
