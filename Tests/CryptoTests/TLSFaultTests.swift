// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
import Testing

/// Which fault a peer earns is tested where the peers are: TLSSessionTests, TLSContextTests.
@Suite struct TLSFaultTests {
    static let all: [TLSFault] = [
        .notTLS, .oldVersion, .noCertificate, .wrongProtocol, .wrongPin, .refused(alert: "x"), .closedInHandshake,
        .cutOff, .overflow(limit: 5), .system(errno: ETIMEDOUT), .violation(reason: "bad record mac"),
    ]

    @Test func eachHasItsOwnWords() {
        #expect(Set(Self.all.map { "\($0)" }).count == Self.all.count)
        #expect("\(TLSFault.overflow(limit: 5))" == "the peer is too slow: more than 5 bytes wait for it")
        #expect("\(TLSFault.system(errno: ETIMEDOUT))" == "Connection timed out")
    }

    @Test func aChannelsOwnerGetsTheNearestSystemFault() {
        #expect(TLSFault.overflow(limit: 5).asSystemFault == SystemFault(call: "TLS write buffer", errno: ENOBUFS))
        #expect(TLSFault.system(errno: ETIMEDOUT).asSystemFault == SystemFault(call: "TLS", errno: ETIMEDOUT))
        #expect(TLSFault.cutOff.asSystemFault == SystemFault(call: "TLS", errno: ECONNRESET))
        #expect(TLSFault.closedInHandshake.asSystemFault == SystemFault(call: "TLS", errno: ECONNRESET))
        #expect(TLSFault.wrongPin.asSystemFault == SystemFault(call: "TLS", errno: EPROTO))
    }
}
