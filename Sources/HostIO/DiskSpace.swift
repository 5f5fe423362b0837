// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Bytes of the file system that holds a path.
package enum DiskSpace {
    /// - Returns: what is used, and what this user may still write.
    package static func measure(_ path: String) throws(SystemFault) -> (used: UInt64, free: UInt64) {
        var facts = statvfs()
        try retrying("statvfs \(path)") { statvfs(path, &facts) }
        let block = UInt64(facts.f_frsize)
        let used = UInt64(facts.f_blocks) &- UInt64(facts.f_bfree)
        return (used.multipliedReportingOverflow(by: block).partialValue, UInt64(facts.f_bavail) &* block)
    }
}

/// A file that only takes room, so that there is some when it is needed.
package struct DiskReserve: Hashable, Sendable {
    package let path: String
    package let size: UInt64

    package init(path: String, size: UInt64) {
        self.path = path
        self.size = size
    }

    /// Does nothing when it is there. After a fault nothing of it is.
    package func make() throws(SystemFault) {
        do throws(SystemFault) {
            let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o600)
            // Says its error itself. Blocks that are there already are left as they are.
            let code = posix_fallocate(file.raw, 0, off_t(size))
            guard code == 0 else { throw SystemFault(call: "posix_fallocate \(path)", errno: code) }
        } catch {
            drop()
            throw error
        }
    }

    /// It may be gone already.
    package func drop() { unlink(path) }
}
