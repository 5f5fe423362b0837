// SPDX-License-Identifier: Apache-2.0

import HTTPServer

/// Who may administer: root, the server's own user, and members of one group.
package struct AdminAccess: Hashable, Sendable {
    private let serverUser: UInt32
    private let group: UInt32?
    private let groupName: String?

    /// - Parameter group: with the name that the refusal tells people to join.
    package init(serverUser: UInt32, group: (id: UInt32, name: String)? = nil) {
        self.serverUser = serverUser
        self.group = group?.id
        groupName = group?.name
    }

    /// The name under which the peer's acts are recorded. Without a peer – the request did not come over a Unix
    /// socket – nobody is admitted.
    func admit(_ peer: PeerIdentity?) throws(AdminFault) -> String {
        guard let peer else {
            throw AdminFault(403, "forbidden", "This address does not tell who asks. Use the server's admin socket.")
        }
        if peer.user == 0 { return "root" }
        if peer.user == serverUser { return "server" }
        if let group, peer.group == group || peer.groups.contains(group) { return "uid \(peer.user)" }
        let join = groupName.map { ", or add this user to the group \($0) and log in again" } ?? ""
        throw AdminFault(
            403, "forbidden",
            "User \(peer.user) may not administer this server. Run the command as root or as the server's user\(join).")
    }
}
