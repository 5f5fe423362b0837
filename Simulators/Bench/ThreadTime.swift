// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What this thread has used of a processor: what others take of it meanwhile does not count.
enum ThreadTime {
    static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    static func measure(_ body: () -> Void) -> Duration {
        let begun = now
        body()
        return now - begun
    }
}
