// SPDX-License-Identifier: Apache-2.0

package import HostIO

/// How long a test waits for what must come. Only a test that fails waits so long: it is generous, so that a busy
/// machine does not decide.
package enum Patience {
    package static let limit: Duration = .seconds(30)
}

/// Why a test cannot go on.
package struct TestFault: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

extension Loop {
    /// Turns until `condition` holds; false when patience is over.
    /// - Parameter interval: looks at least so often, for what happens without waking the loop.
    package func turn(
        lookingEvery interval: Duration? = nil, atMost patience: Duration = Patience.limit,
        until condition: () -> Bool
    ) throws(SystemFault) -> Bool {
        var isLate = false
        let limit = schedule(after: patience) { isLate = true }
        var tick: TimerToken?
        func look(after interval: Duration) { tick = schedule(after: interval) { look(after: interval) } }
        if let interval { look(after: interval) }
        defer {
            cancel(limit)
            if let tick { cancel(tick) }
        }
        while !condition() && !isLate { try turn() }
        return condition()
    }

    /// Turns until `isDone`, or throws when patience is over.
    package func runUntil(_ isDone: () -> Bool) throws {
        guard try turn(until: isDone) else { throw TestFault("what was waited for did not come") }
    }

    /// Turns while there is something to do without waiting.
    package func settle() throws(SystemFault) { for _ in 0..<50 { try turn(mayWait: false) } }
}

/// A class, so that closures can fill it and the test can look.
package final class Box<Value> {
    package var value: Value

    package init(_ value: Value) { self.value = value }
}
