// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// How many descriptors this process may have.
package enum OpenFiles {
    /// Takes what the system grants without asking again; the usual 1024 are few for a server. Nothing of ours uses
    /// select(2), which would need the small numbers.
    /// - Returns: the limit from now on.
    @discardableResult
    package static func raiseLimit() throws(SystemFault) -> UInt64 {
        var limit: UInt64 = 0
        try retrying("setrlimit RLIMIT_NOFILE") { cs_raise_open_files(&limit) }
        return limit
    }
}
