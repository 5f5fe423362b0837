// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

/// Who connected to a Unix socket, as the kernel saw it at that moment.
package struct PeerIdentity: Hashable, Sendable {
    /// The kernel's own limit of supplementary groups (NGROUPS_MAX).
    package static let groupLimit = 65536

    package let user: UInt32
    package let group: UInt32
    /// The supplementary groups, which `group` need not be one of.
    package let groups: [UInt32]
    package let process: Int32

    package init(user: UInt32, group: UInt32, groups: [UInt32] = [], process: Int32 = 0) {
        self.user = user
        self.group = group
        self.groups = groups
        self.process = process
    }

    /// `nil` when the descriptor is not a connected Unix socket.
    init?(of descriptor: CInt) {
        guard Self.family(of: descriptor) == AF_UNIX else { return nil }
        guard let credentials = try? PeerCredentials(of: descriptor) else { return nil }
        self.init(
            user: credentials.user, group: credentials.group, groups: Self.groups(of: descriptor),
            process: credentials.process)
    }

    private static func family(of descriptor: CInt) -> CInt? {
        var (family, size): (CInt, socklen_t) = (0, socklen_t(MemoryLayout<CInt>.size))
        return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 ? family : nil
    }

    /// Asks with room for a few first: the kernel then says how much it needs. No answer means no groups, so a failure
    /// takes rights away and never gives any.
    private static func groups(of descriptor: CInt) -> [UInt32] {
        let width = MemoryLayout<UInt32>.size
        var groups = [UInt32](repeating: 0, count: 64)
        for _ in 0..<2 {
            var size = socklen_t(groups.count * width)
            if getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, &groups, &size) == 0 {
                return Array(groups.prefix(Int(size) / width))
            }
            guard errno == ERANGE, Int(size) <= groupLimit * width else { return [] }
            groups = [UInt32](repeating: 0, count: Int(size) / width)
        }
        return []
    }
}
