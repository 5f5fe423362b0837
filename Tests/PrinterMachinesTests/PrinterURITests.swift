// SPDX-License-Identifier: Apache-2.0

import PrinterMachines
import Testing

@Suite struct PrinterURITests {
    @Test(
        arguments: [
            ("socket://copier", "copier", 9100), ("socket://copier/", "copier", 9100),
            ("SOCKET://10.0.0.7:9101", "10.0.0.7", 9101), ("socket://[2001:db8::7]", "2001:db8::7", 9100),
            ("socket://[fe80::1%eth0]:65535", "fe80::1%eth0", 65535), ("socket://a_b-c.example:1", "a_b-c.example", 1),
        ] as [(String, String, UInt16)])
    func aPrinterHasAHostAndAPort(text: String, host: String, port: UInt16) throws {
        let uri = try PrinterURI(text)
        #expect(uri.host == host && uri.port == port)
        #expect(try PrinterURI("\(uri)") == uri)
    }

    @Test(
        arguments: [
            ("copier:9100", PrinterURIFault.scheme), ("ipp://copier", .scheme), ("", .scheme), ("socket://", .host),
            ("socket://:9100", .host), ("socket://a b", .host), ("socket://user@copier", .host),
            ("socket://copier/queue", .host), ("socket://[2001:db8::7", .host), ("socket://[copier]", .host),
            ("socket://[::1]9100", .host), ("socket://copier:", .port), ("socket://copier:0", .port),
            ("socket://copier:65536", .port), ("socket://copier:+1", .port), ("socket://copier:91x", .port),
            ("socket://2001:db8::7", .port), ("socket://" + String(repeating: "a", count: 254), .host),
        ])
    func anythingElseIsAFaultThatSaysWhatIsExpected(text: String, fault: PrinterURIFault) {
        #expect(throws: fault) { try PrinterURI(text) }
        #expect("\(fault)".contains("socket://host:port"))
    }
}
