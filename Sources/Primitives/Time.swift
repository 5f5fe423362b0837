// SPDX-License-Identifier: Apache-2.0

/// A reading of the monotonic clock. Machines never read a clock: they are told the time.
package struct MonotonicTime: Hashable, Comparable, Sendable {
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static func + (time: Self, wait: Duration) -> Self {
        precondition(wait >= .zero, "a deadline never lies in the past")
        let (seconds, attoseconds) = wait.components
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        return Self(nanoseconds: time.nanoseconds + nanoseconds)
    }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.nanoseconds < rhs.nanoseconds }

    /// How long ago `earlier` was; zero when it lies ahead.
    package func elapsed(since earlier: Self) -> Duration {
        earlier < self ? .nanoseconds(Int64(clamping: nanoseconds - earlier.nanoseconds)) : .zero
    }
}

/// The wall clock in UTC, for records that people read. No decision about a timeout rests on it.
package struct WallTime: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.milliseconds < rhs.milliseconds }

    package func advanced(by wait: Duration) -> Self {
        let (seconds, attoseconds) = wait.components
        return Self(milliseconds: milliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
