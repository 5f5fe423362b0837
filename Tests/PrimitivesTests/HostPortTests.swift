// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@Suite struct HostPortTests {
    static let longest = String(repeating: "a", count: HostPort.hostLimit)

    @Test(
        arguments: [
            ("copier", "copier", 9100, "copier:9100"), ("10.0.0.7:1", "10.0.0.7", 1, "10.0.0.7:1"),
            ("a_b-c.example:65535", "a_b-c.example", 65535, "a_b-c.example:65535"), ("h:080", "h", 80, "h:80"),
            ("[2001:db8::7]", "2001:db8::7", 9100, "[2001:db8::7]:9100"),
            ("[fe80::1%eth0]:515", "fe80::1%eth0", 515, "[fe80::1%eth0]:515"),
            ("[::ffff:10.0.0.7]:515", "::ffff:10.0.0.7", 515, "[::ffff:10.0.0.7]:515"),
            (longest, longest, 9100, longest + ":9100"),
        ] as [(String, String, UInt16, String)])
    func aPlaceIsAHostAndAPort(text: String, host: String, port: UInt16, written: String) throws {
        let place = try HostPort(text, standardPort: 9100)
        #expect(place.host == host && place.port == port)
        #expect("\(place)" == written)
        #expect(try HostPort(written) == place)
    }

    @Test(
        arguments: [
            ("", .host), (":9100", .host), ("a b", .host), ("user@copier", .host), ("copier/queue", .host),
            ("[2001:db8::7", .host), ("[copier]", .host), ("[]", .host), ("[::1]9100", .host), ("[::1%]", .host),
            ("[::1%a b]:1", .host), ("ä", .host), (longest + "a", .host), (longest + "a:1", .host),
            ("copier:", .port), ("copier:0", .port), ("copier:65536", .port), ("copier:+1351", .port),
            ("copier:-1", .port), ("copier:91x", .port), ("copier: 1", .port), ("copier:1:2", .port),
            ("2001:db8::7", .port), ("[::1]:", .port), ("[::1]:+1", .port), ("copier:١", .port),
        ] as [(String, HostPort.Fault)])
    func anythingElseIsAFault(text: String, fault: HostPort.Fault) {
        #expect(throws: fault) { try HostPort(text, standardPort: 9100) }
    }

    @Test func whereNoneIsStandardThePortIsNeeded() {
        #expect(throws: HostPort.Fault.port) { try HostPort("copier") }
        #expect(throws: HostPort.Fault.port) { try HostPort("[::1]") }
    }

    @Test func everyCutIsAPlaceOrAFault() {
        let whole = Array("[fe80::1%eth0]:515")
        for length in 0..<whole.count {
            let place = try? HostPort(String(whole.prefix(length)), standardPort: 9100)
            #expect((place != nil) == (length == 14 || length >= 16), "\(length)")
        }
    }
}
