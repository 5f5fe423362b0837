// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines
import Testing

@Suite struct ReaderHeartbeatTests {
    private static let start = MonotonicTime(nanoseconds: 0)

    /// What is asked for at each second, when the reader is heard in these.
    private func run(heard: Set<Int>, seconds: Int) -> [String] {
        var beat = ReaderHeartbeat(every: .seconds(1), from: Self.start)
        return (1...seconds).map { second in
            let now = Self.start + .seconds(second)
            let actions = beat.tick(at: now)
            if heard.contains(second) { #expect(beat.handle(.heard, at: now) == []) }
            return actions.map { "\($0)" }.joined()
        }
    }

    @Test(
        arguments: [
            ([], ["ask", "ask", "ask", "lost", ""]),
            ([3], ["ask", "ask", "ask", "ask", "ask", "ask", "lost", ""]),
            ([1, 2, 3, 4, 5, 6], ["ask", "ask", "ask", "ask", "ask", "ask", "ask"]),
            ([4], ["ask", "ask", "ask", "lost", ""]),
        ] as [(Set<Int>, [String])])
    func aReaderMayMissThree(heard: Set<Int>, asked: [String]) {
        #expect(run(heard: heard, seconds: asked.count) == asked)
    }

    @Test func nothingIsAskedBeforeItsTime() {
        var beat = ReaderHeartbeat(every: .seconds(5), from: Self.start)
        #expect(beat.deadline == Self.start + .seconds(5))
        #expect(beat.tick(at: Self.start + .milliseconds(4999)) == [])
        #expect(beat.tick(at: Self.start + .seconds(5)) == [.ask])
        #expect(beat.deadline == Self.start + .seconds(10))
    }

    @Test func oneThatIsLostIsNotWaitedFor() {
        var beat = ReaderHeartbeat(every: .seconds(1), from: Self.start)
        for second in 1...4 { _ = beat.tick(at: Self.start + .seconds(second)) }
        #expect(beat.deadline == nil)
    }
}
