// SPDX-License-Identifier: Apache-2.0

package import AdminModel
package import Primitives
package import ServerCore

/// What the API needs of the server. Everything is called on the loop's thread and answers there, at once or later.
package struct AdminServices {
    /// The store's answer to a request of the administrator `by`.
    package var administer: (_ request: AdminRequest, _ by: String, _ reply: @escaping (AdminReply) -> Void) -> Void
    /// Takes the ASCII digits of a valid PIN, or a password; `nil` when too many are waiting to be hashed.
    package var hashPIN: (_ digits: SecretBytes, _ done: @escaping (PINHash?) -> Void) -> Void
    /// Asked for `GET /status` only: looking up who listens on the ports takes a while.
    package var facts: () -> ServerFacts
    /// By name.
    package var connectedAgents: () -> Set<String>

    package init(
        administer: @escaping (AdminRequest, _ by: String, _ reply: @escaping (AdminReply) -> Void) -> Void,
        hashPIN: @escaping (SecretBytes, _ done: @escaping (PINHash?) -> Void) -> Void,
        facts: @escaping () -> ServerFacts, connectedAgents: @escaping () -> Set<String>
    ) {
        self.administer = administer
        self.hashPIN = hashPIN
        self.facts = facts
        self.connectedAgents = connectedAgents
    }
}

/// What the server's process knows about itself; the rest of `GET /status` is the store's.
package struct ServerFacts: Hashable, Sendable {
    package var version: String
    package var startedAt: WallTime
    package var ports: [StatusAnswer.Port]
    /// What an operator should look at, a sentence each.
    package var warnings: [String]

    package init(
        version: String, startedAt: WallTime, ports: [StatusAnswer.Port] = [], warnings: [String] = []
    ) {
        self.version = version
        self.startedAt = startedAt
        self.ports = ports
        self.warnings = warnings
    }
}
