// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// One document as a screen shows it.
package struct DeskDocument: Hashable, Sendable {
    package let id: JobID
    package let title: String
    /// `held`, `in-doubt` or `on-its-way`.
    package let state: String
    package let copies: Int
    package let pages: Int?
    package let colorPages: Int?
    package let size: UInt64
    /// As people read it, such as `0.35 EUR`.
    package let price: String?
    package let isPicked: Bool

    package init(
        id: JobID, title: String, state: String, copies: Int = 1, pages: Int? = nil, colorPages: Int? = nil,
        size: UInt64 = 0, price: String? = nil, isPicked: Bool = false
    ) {
        (self.id, self.title, self.state, self.copies) = (id, title, state, copies)
        (self.pages, self.colorPages, self.size) = (pages, colorPages, size)
        (self.price, self.isPicked) = (price, isPicked)
    }

    /// One line of a display.
    var text: String {
        let length = pages.map { "\($0) page\($0 == 1 ? "" : "s")" }
        let facts = [length, price, isPicked ? "picked" : nil].compactMap { $0 }
        return facts.isEmpty ? title : title + " (" + facts.joined(separator: ", ") + ")"
    }
}

package struct DeskAccount: Hashable, Sendable {
    package let id: AccountID
    package let code: String
    package let name: String
}

/// All that a screen needs to draw one reader's dialogue. Sent anew whenever something of it changed.
package struct DeskView: Hashable, Sendable {
    package enum Stage: String, Sendable {
        /// Nobody is there: `login` is taken.
        case idle
        case checking
        case pin
        case newPIN = "new-pin"
        case repeatPIN = "repeat-pin"
        case number
        case activation
        case account
        case holdAgain = "hold-again"
        /// Logged in: the list and its commands.
        case desk
    }

    /// What may be asked for now.
    package enum Choice: String, CaseIterable, Sendable {
        case login, answer, list, pick, release, delete, hold, mono, sides, account
        case changePIN = "change-pin"
        case logout
    }

    package let reader: String
    package var stage: Stage
    /// Digits typed so far on the keypad.
    package var typed = 0
    package var user = ""
    package var documents: [DeskDocument] = []
    /// There are more than the list holds.
    package var hasMore = false
    package var inDoubt = 0
    package var isMono = false
    package var sides = Sides.asSent
    package var account: DeskAccount?
    package var needsAccount = false
    package var accounts: [DeskAccount] = []
    package var hasMoreAccounts = false
    package var choices: [Choice] = []

    package init(reader: String, stage: Stage) {
        self.reader = reader
        self.stage = stage
    }
}
