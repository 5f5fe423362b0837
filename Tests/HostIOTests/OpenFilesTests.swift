// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing

@Suite struct OpenFilesTests {
    @Test func theLimitIsWhatTheSystemGrants() throws {
        var limits = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0)
        #expect(try OpenFiles.raiseLimit() == UInt64(limits.rlim_max))
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0)
        #expect(limits.rlim_cur == limits.rlim_max)
    }
}
