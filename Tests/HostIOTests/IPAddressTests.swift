// SPDX-License-Identifier: Apache-2.0

import HostIO
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::ffff:10.1.2.3", "10.1.2.3"), ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%1", "fe80::1%1"),
    ])
    func textFormsRoundTrip(text: String, printed: String) throws {
        #expect(try #require(IPAddress(text)).description == printed)
    }

    @Test(arguments: [
        "", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4%1", "fe80::1%", "fe80::1%nosuchif", ":::",
    ])
    func otherTextsAreNoAddress(text: String) { #expect(IPAddress(text) == nil) }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "::1", false), ("192.168.1.128/25", "192.168.1.129", true),
        ("192.168.1.128/25", "192.168.1.127", false), ("192.168.1.5", "192.168.1.5", true),
        ("192.168.1.5", "192.168.1.4", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("::/0", "fe80::1", true), ("10.1.2.3/8", "10.9.9.9", true),
    ])
    func networksContain(network: String, address: String, isInside: Bool) throws {
        let network = try #require(Network(network))
        #expect(network.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129", "/8", "fe80::1%1/64",
    ])
    func otherTextsAreNoNetwork(text: String) { #expect(Network(text) == nil) }

    @Test func aNetworkPrintsWithoutTheBitsBehindItsPrefix() {
        #expect(Network("10.1.2.3/8")?.description == "10.0.0.0/8")
    }

    @Test(arguments: [
        ("10.1.1.1", true), ("172.31.0.1", true), ("172.32.0.1", false), ("192.168.0.1", true), ("169.254.1.1", true),
        ("127.9.9.9", true), ("8.8.8.8", false), ("::1", true), ("fd00::1", true), ("fe80::1", true),
        ("2001:db8::1", false), ("::ffff:10.0.0.1", true),
    ])
    func privateAddressesAreKnown(text: String, isPrivate: Bool) throws {
        #expect(try #require(IPAddress(text)).isPrivate == isPrivate)
    }

    @Test func peersPrintWithTheirPort() throws {
        #expect(PeerAddress(ip: .loopback4, port: 9100).description == "127.0.0.1:9100")
        #expect(PeerAddress(ip: .loopback6, port: 80).description == "[::1]:80")
    }
}
