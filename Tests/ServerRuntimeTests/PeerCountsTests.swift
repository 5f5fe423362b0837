// SPDX-License-Identifier: Apache-2.0

import HostIO
import ServerCore
import Testing

@testable import ServerRuntime

@Suite struct PeerCountsTests {
    @Test func addressesAreCountedApartAndTogether() {
        var counts = PeerCounts()
        for link in 1...3 as ClosedRange<UInt64> { counts.add(LinkID(link), from: .loopback4) }
        counts.add(LinkID(4), from: .loopback6)
        #expect(counts[.loopback4] == 3 && counts[.loopback6] == 1 && counts[.any6] == 0 && counts.all == 4)
        for _ in 0..<2 {
            counts.remove(LinkID(4))
            counts.remove(LinkID(1))
        }
        #expect(counts[.loopback4] == 2 && counts[.loopback6] == 0 && counts.all == 2)
        counts.add(LinkID(2), from: .loopback6)
        #expect(counts[.loopback4] == 1 && counts[.loopback6] == 1 && counts.all == 2, "a link is at one address")
    }
}
