// SPDX-License-Identifier: Apache-2.0

import HostIO
import Testing

@Suite struct PeerGateTests {
    @Test func aGateCountsWhomItRefuses() throws {
        let loop = try Loop()
        var reports: [String] = []
        let gate = PeerGate(PeerRule(), on: loop) { reason, connections, latest in
            reports.append("\(reason) \(connections) \(latest)")
        }
        #expect(gate.admits(PeerAddress(ip: .loopback6, port: 1)))
        let outside = try #require(IPAddress("192.0.2.7"))
        for _ in 0..<3 { #expect(!gate.admits(PeerAddress(ip: outside, port: 9))) }
        gate.refuse(PeerAddress(ip: .loopback4, port: 2), "too-many")
        #expect(reports == ["public-address 1 192.0.2.7:9", "too-many 1 127.0.0.1:2"])
    }
}
