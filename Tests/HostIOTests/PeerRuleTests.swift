// SPDX-License-Identifier: Apache-2.0

import HostIO
import Testing

@Suite struct PeerRuleTests {
    /// First and last address of each block that is let in, and their neighbours outside.
    private static let edges: [(String, isIn: Bool)] = [
        ("9.255.255.255", false), ("10.0.0.0", true), ("10.255.255.255", true), ("11.0.0.0", false),
        ("100.63.255.255", false), ("100.64.0.0", false), ("100.127.255.255", false), ("100.128.0.0", false),
        ("126.255.255.255", false), ("127.0.0.0", true), ("127.255.255.255", true), ("128.0.0.0", false),
        ("169.253.255.255", false), ("169.254.0.0", true), ("169.254.255.255", true), ("169.255.0.0", false),
        ("172.15.255.255", false), ("172.16.0.0", true), ("172.31.255.255", true), ("172.32.0.0", false),
        ("192.167.255.255", false), ("192.168.0.0", true), ("192.168.255.255", true), ("192.169.0.0", false),
        ("0.0.0.0", false), ("192.0.2.1", false), ("224.0.0.1", false), ("255.255.255.255", false),
        ("::", false), ("::1", true), ("::2", false), ("::10.0.0.1", false),
        ("::ffff:10.0.0.1", true), ("::ffff:127.0.0.1", true), ("::ffff:8.8.8.8", false),
        ("::ffff:172.32.0.0", false), ("::ffff:0:10.0.0.1", false),
        ("fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false), ("fc00::", true),
        ("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true), ("fe00::", false),
        ("fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false), ("fe80::", true), ("fe80::1%1", true),
        ("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true), ("fec0::", false), ("ff02::1", false),
        ("64:ff9b::10.0.0.1", false), ("64:ff9b:1::a00:1", false), ("2002:a00:1::1", false), ("2001:db8::1", false),
    ]

    @Test(arguments: edges)
    func theEdgesOfEachBlock(text: String, isIn: Bool) throws {
        #expect((PeerRule().objection(to: try #require(IPAddress(text))) == nil) == isIn)
    }

    /// The same rule, written down a second time and otherwise.
    private static func isPrivate4(_ a: UInt8, _ b: UInt8) -> Bool {
        switch (a, b) {
        case (10, _), (127, _), (169, 254), (172, 16...31), (192, 168): true
        default: false
        }
    }

    @Test func tenThousandAddressesInBothForms() {
        var state: UInt64 = 4_711
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        let first: [UInt8] = [10, 100, 127, 169, 172, 192]
        let second: [UInt8] = [15, 16, 31, 32, 63, 64, 167, 168, 253, 254]
        var admitted = 0
        for index in 0..<10_000 {
            let a = index % 2 == 0 ? next() : first[index / 2 % first.count]
            let b = index % 3 == 0 ? next() : second[index / 3 % second.count]
            let four = [a, b, next(), next()]
            let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + four
            let wanted: PeerRule.Objection? = Self.isPrivate4(a, b) ? nil : .publicAddress
            admitted += wanted == nil ? 1 : 0
            #expect(PeerRule().objection(to: IPAddress(bytes: four)) == wanted)
            #expect(PeerRule().objection(to: IPAddress(bytes: mapped)) == wanted)
            let nat64 = [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8) + four
            #expect(PeerRule().objection(to: IPAddress(bytes: nat64)) == .translatedAddress)
        }
        #expect((1000...9000).contains(admitted), "both answers occur")
    }

    @Test func aNamedNetworkIsLetInAndATranslatorNeverIs() throws {
        let rule = PeerRule(named: [try #require(Network("100.64.0.0/10")), try #require(Network("::/0"))])
        func objection(_ text: String) throws -> PeerRule.Objection? {
            rule.objection(to: try #require(IPAddress(text)))
        }
        #expect(try objection("100.64.0.1") == nil)
        #expect(try objection("::ffff:100.127.255.255") == nil)
        #expect(try objection("100.128.0.0") == .publicAddress)
        #expect(try objection("2001:db8::1") == nil)
        #expect(try objection("64:ff9b::102:304") == .translatedAddress)
        #expect(try objection("64:ff9b:1:ffff:ffff:ffff:ffff:ffff") == .translatedAddress)
        #expect(try objection("64:ff9b:2::") == nil)
    }
}
