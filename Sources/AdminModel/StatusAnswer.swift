// SPDX-License-Identifier: Apache-2.0

// As the other answers: the names of the properties are the API.

package struct StatusAnswer: Hashable, Sendable, Codable {
    /// A port of the settings and who listens there.
    package struct Port: Hashable, Sendable, Codable {
        package struct Listener: Hashable, Sendable, Codable {
            package var process: String
            package var pid: Int32
            package var user: String

            package init(process: String, pid: Int32, user: String) {
                self.process = process
                self.pid = pid
                self.user = user
            }
        }

        /// What it is for: `release`, `lpd`.
        package var service: String
        package var address: String
        package var port: UInt16
        /// `nil` when nobody listens, or when the system does not tell who.
        package var listener: Listener?

        package init(service: String, address: String, port: UInt16, listener: Listener?) {
            self.service = service
            self.address = address
            self.port = port
            self.listener = listener
        }
    }

    package var version = ""
    package var startedAt = ""
    package var jobs: [String: Int] = [:]
    package var users = 0
    package var ledgerEntries = 0
    /// Left out when there is none.
    package var unbookedCharges: Int?
    package var agents: [AgentAnswer] = []
    package var readers: [ReaderAnswer] = []
    package var ports: [Port] = []
    package var warnings: [String] = []

    package init() {}
}

package struct ReaderAnswer: Hashable, Sendable, Codable {
    package struct LastRead: Hashable, Sendable, Codable {
        /// Kind and length, never what it said.
        package var what: String
        package var secondsAgo: Int64

        package init(what: String, secondsAgo: Int64) {
            self.what = what
            self.secondsAgo = secondsAgo
        }
    }

    package var agent = ""
    /// Whether its agent is; the rest is as that agent said last.
    package var connected = false
    package var name = ""
    package var driver = ""
    package var state = ""
    package var model: String?
    package var place = ""
    package var tampered = false
    /// Left out where the reader knows no secure channel.
    package var secure: Bool?
    package var reads = 0
    package var drops: [String: Int] = [:]
    /// What is in the way and what to do about it.
    package var obstacle: String?
    package var secondsInState: Int64?
    package var lastRead: LastRead?
    /// Until when it takes no PIN, after too many wrong ones; left out while it does.
    package var lockedUntil: String?

    package init() {}
}

package struct EnrolmentAnswer: Hashable, Sendable, Codable {
    package var id: Int64 = 0
    package var user = ""
    package var agent = ""
    /// Left out when any reader of the agent will do.
    package var reader: String?
    package var state = ""
    package var over = false
    package var expiresAt: String?
    package var badge: BadgeAnswer?
    package var holder: String?

    package init() {}
}
