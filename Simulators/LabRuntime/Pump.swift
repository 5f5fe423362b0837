// SPDX-License-Identifier: Apache-2.0

package import HostIO

/// Runs the loop until something is so. That makes a script out of callbacks: what the lab does one after the other
/// reads one after the other.
///
/// Only the program's own flow waits here. A callback of the loop never does: the loop cannot be run from within.
package final class Pump {
    package let loop: Loop
    /// The first thing that went wrong outside of what is waited for; every wait ends with it.
    package private(set) var trouble: LabFault?

    package init() throws(LabFault) {
        do throws(SystemFault) { loop = try Loop() } catch { throw LabFault(error, while: "starting") }
    }

    package func fail(_ fault: LabFault) { trouble = trouble ?? fault }

    /// Cleaning up begins: what was wrong is known, and waits go on until the next trouble.
    package func forgive() { trouble = nil }

    /// - Parameters:
    ///   - what: ends the sentence "waited 5.0 seconds for …".
    ///   - inSpiteOfTrouble: for cleaning up.
    package func wait(
        _ what: @autoclosure () -> String, atMost limit: Duration?, inSpiteOfTrouble: Bool = false,
        until isSo: () -> Bool
    ) throws(LabFault) {
        var isLate = false
        let timer = limit.map { loop.schedule(after: $0) { isLate = true } }
        defer { if let timer { loop.cancel(timer) } }
        while !isSo() {
            if let trouble, !inSpiteOfTrouble { throw trouble }
            if isLate { throw LabFault("waited \(limit ?? .zero) for \(what())") }
            do throws(SystemFault) { try loop.turn() } catch { throw LabFault(error, while: "waiting") }
        }
    }

    /// Waits for the answer that `body` hands to its parameter.
    package func answer<Answer>(
        _ what: @autoclosure () -> String, atMost limit: Duration, of body: (@escaping (Answer) -> Void) -> Void
    ) throws(LabFault) -> Answer {
        var answer: Answer?
        body { answer = answer ?? $0 }
        try wait(what(), atMost: limit) { answer != nil }
        guard let answer else { preconditionFailure("the wait ended with the answer") }
        return answer
    }

    /// Lets so much time pass while everything goes on.
    package func pause(_ time: Duration) throws(LabFault) {
        var isOver = false
        _ = loop.schedule(after: time) { isOver = true }
        try wait("the pause", atMost: nil) { isOver }
    }
}
