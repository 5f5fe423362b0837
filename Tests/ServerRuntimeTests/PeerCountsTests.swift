// SPDX-License-Identifier: Apache-2.0

import HostIO
import Testing

@testable import ServerRuntime

@Suite struct PeerCountsTests {
    @Test func addressesAreCountedApartAndTogether() {
        var counts = PeerCounts()
        for _ in 0..<3 { counts.add(.loopback4) }
        counts.add(.loopback6)
        #expect(counts[.loopback4] == 3 && counts[.loopback6] == 1 && counts[.any4] == 0 && counts.all == 4)
        counts.remove(.loopback6)
        counts.remove(.loopback4)
        #expect(counts[.loopback4] == 2 && counts[.loopback6] == 0 && counts.all == 2)
    }
}
