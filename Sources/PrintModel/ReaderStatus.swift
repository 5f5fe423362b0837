// SPDX-License-Identifier: Apache-2.0

/// How one reader or keypad of an agent's box is now, as the agent sees it: state, not history.
package struct ReaderStatus: Hashable, Sendable {
    package enum State: UInt8, CaseIterable, Hashable, Sendable {
        case attached = 1
        /// Not there since the agent started.
        case waiting = 2
        /// It was there and is gone.
        case lost = 3
        /// There, but not to be used: something is in the way.
        case blocked = 4
    }

    package enum Security: UInt8, CaseIterable, Hashable, Sendable {
        /// This kind of reader knows no secure channel.
        case notApplicable = 0
        case secure = 1
        case insecure = 2
    }

    /// Reads that were dropped for one reason.
    package struct Drop: Hashable, Sendable {
        package var reason: String
        package var count: Int

        package init(reason: String, count: Int) {
            self.reason = reason
            self.count = count
        }
    }

    /// What kind of read it was and how long; never what it said.
    package struct LastRead: Hashable, Sendable {
        package var what: String
        package var age: Duration

        package init(what: String, age: Duration) {
            self.what = what
            self.age = age
        }
    }

    /// Readers of one box: as many, each with all its texts, as fit into one message.
    package static let countLimit = 64
    /// Reasons of one reader.
    package static let dropLimit = 7
    // Bytes of UTF-8.
    package static let kindLimit = 32
    package static let reasonLimit = 32
    package static let placeLimit = 128
    package static let obstacleLimit = 255

    package var name: String
    /// Of the driver.
    package var kind: String
    package var state: State
    /// Empty when it is not known.
    package var model = ""
    /// Path, port or address.
    package var place = ""
    /// It says that somebody opened or moved it.
    package var isTampered = false
    package var security = Security.notApplicable
    /// Since the agent started.
    package var reads = 0
    package var drops: [Drop] = []
    /// What is in the way and what to do about it; empty for nothing.
    package var obstacle = ""
    /// How long it has been in this state.
    package var since = Duration.zero
    package var lastRead: LastRead?

    package init(name: String, kind: String, state: State) {
        self.name = name
        self.kind = kind
        self.state = state
    }

    /// What fits into one message: of too many readers those in trouble first, of too many reasons the commonest.
    package static func fitting(_ readers: [ReaderStatus]) -> [ReaderStatus] {
        let kept =
            readers.count <= countLimit
            ? readers : Array((readers.filter(\.isInTrouble) + readers.filter { !$0.isInTrouble }).prefix(countLimit))
        return kept.map { reader in
            var reader = reader
            let common = reader.drops.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
            reader.drops = common.prefix(dropLimit).sorted { $0.reason < $1.reason }
            return reader
        }
    }

    /// Somebody should look at it.
    package var isInTrouble: Bool { state == .lost || state == .blocked || isTampered || !obstacle.isEmpty }
}

extension ReaderStatus.State {
    /// Stable, for scripts.
    package var word: String {
        switch self {
        case .attached: "attached"
        case .waiting: "waiting"
        case .lost: "lost"
        case .blocked: "blocked"
        }
    }
}
