// SPDX-License-Identifier: Apache-2.0

import HostIO
import Primitives
import Testing

@Suite struct RefusalTallyTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func peer(_ port: UInt16) -> PeerAddress { PeerAddress(ip: .loopback4, port: port) }

    private func refuse(_ tally: inout RefusalTally, _ reason: String, _ port: UInt16, after wait: Duration)
        -> [RefusalTally.Action]
    { tally.handle(.refused(reason: reason, peer(port)), at: start + wait) }

    private func report(_ reason: String, _ connections: UInt64, _ port: UInt16) -> [RefusalTally.Action] {
        [.report(reason: reason, connections: connections, latest: peer(port))]
    }

    @Test func theFirstIsReportedAtOnceAndTheRestOnceAMinuteWithTheirCount() {
        var tally = RefusalTally()
        #expect(tally.deadline == nil)
        #expect(refuse(&tally, "public", 1, after: .zero) == report("public", 1, 1))
        #expect(tally.deadline == nil, "there is nothing left to say")
        for port in 2...500 { #expect(refuse(&tally, "public", UInt16(port), after: .seconds(1)) == []) }
        #expect(tally.deadline == start + .seconds(60))
        #expect(tally.tick(at: start + .seconds(59)) == [])
        #expect(tally.tick(at: start + .seconds(60)) == report("public", 499, 500))
        #expect(tally.deadline == nil && tally.tick(at: start + .seconds(120)) == [])
        // Quiet for a minute: the next one is news again.
        #expect(refuse(&tally, "public", 7, after: .seconds(121)) == report("public", 1, 7))
        #expect(refuse(&tally, "public", 8, after: .seconds(180)) == [])
    }

    @Test func reasonsAreCountedApartUpToALimit() {
        var tally = RefusalTally()
        for index in 0..<RefusalTally.reasonLimit {
            #expect(refuse(&tally, "reason \(index)", 1, after: .zero) == report("reason \(index)", 1, 1))
        }
        #expect(refuse(&tally, "one more", 2, after: .zero) == report(RefusalTally.other, 1, 2))
        #expect(refuse(&tally, "two more", 3, after: .zero) == [])
        #expect(refuse(&tally, "reason 0", 4, after: .zero) == [])
        #expect(
            tally.tick(at: start + .seconds(60))
                == report(RefusalTally.other, 1, 3) + report("reason 0", 1, 4))
    }
}
