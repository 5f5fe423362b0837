// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing
import TestKit

/// What came of one attempt.
private final class Attempt {
    private(set) var dialer: Dialer?
    private(set) var isOpen = false
    private(set) var fault: DialFault?
    private(set) var count = 0

    init(
        _ host: String, _ port: UInt16, peers: PeerRule? = nil, patience: Duration = Dialer.patience,
        within limit: Duration? = nil, on loop: Loop
    ) throws {
        dialer = Dialer(
            host, port: port, peers: peers, patience: patience, within: limit, resolver: try Resolver(on: loop),
            on: loop
        ) { [unowned self] result in
            count += 1
            switch consume result {
            case .success: isOpen = true
            case .failure(let fault): self.fault = fault
            }
        }
    }

    func drop() { dialer = nil }
}

/// A port on 127.0.0.1 that is full: the kernel answers nobody who comes to it.
private final class SilentPort {
    let number: UInt16
    private let descriptor: CInt
    private var callers: [Connector] = []

    init(on loop: Loop) throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) + listen(descriptor, 0) + getsockname(descriptor, $0, &length)
            }
        }
        self.descriptor = descriptor
        number = UInt16(bigEndian: address.sin_port)
        try #require(code == 0)
        let first = Box(false)
        let peer = PeerAddress(ip: .loopback4, port: number)
        callers = [try Connector.tcp(peer, on: loop) { _ in first.value = true }]
        try #require(try loop.turn { first.value })
        // The queue of one holds one more than its name says.
        callers.append(try Connector.tcp(peer, on: loop) { _ in })
    }

    deinit {
        for caller in callers { caller.cancel() }
        close(descriptor)
    }
}

@Suite struct DialerTests {
    private let loop: Loop

    init() throws { loop = try Loop() }

    private func freePort() throws -> UInt16 {
        let listener = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        defer { listener.close() }
        return listener.port
    }

    @Test(arguments: ["127.0.0.1", "localhost"]) func itOpens(host: String) throws {
        let accepted = Box(0)
        let listener = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in accepted.value += 1 }
        defer { listener.close() }
        let port = listener.port
        let attempt = try Attempt(host, port, on: loop)
        #expect(attempt.count == 0, "never from within the call")
        #expect(try loop.turn { attempt.isOpen && accepted.value == 1 })
        #expect(attempt.dialer?.peer == PeerAddress(ip: .loopback4, port: port))
        #expect(attempt.count == 1)
    }

    @Test func whereNobodyListensItIsRefused() throws {
        let port = try freePort()
        let attempt = try Attempt("127.0.0.1", port, on: loop)
        #expect(try loop.turn { attempt.count == 1 })
        #expect(attempt.fault?.kind == .refused)
        #expect(attempt.fault?.description.hasPrefix("\(PeerAddress(ip: .loopback4, port: port)): ") == true)
    }

    /// The second address of localhost is tried, whether this machine has it or not.
    @Test func theNextAddressIsTriedAfterARefusal() throws {
        let port = try freePort()
        let attempt = try Attempt("localhost", port, on: loop)
        #expect(try loop.turn { attempt.count == 1 })
        #expect(attempt.dialer?.peer == PeerAddress(ip: .loopback6, port: port))
    }

    @Test func theNextAddressIsTriedAfterSilence() throws {
        let silent = try SilentPort(on: loop)
        let attempt = try Attempt("localhost", silent.number, patience: .milliseconds(20), on: loop)
        #expect(try loop.turn { attempt.count == 1 })
        #expect(attempt.dialer?.peer == PeerAddress(ip: .loopback6, port: silent.number))
        #expect(attempt.fault != nil)
    }

    @Test func theLastAddressHasTheWholeLimit() throws {
        let silent = try SilentPort(on: loop)
        let attempt = try Attempt(
            "127.0.0.1", silent.number, patience: .milliseconds(1), within: .milliseconds(40), on: loop)
        #expect(try loop.turn { attempt.count == 1 })
        let peer = PeerAddress(ip: .loopback4, port: silent.number)
        #expect(attempt.fault == DialFault("\(peer): no answer within 0.04 seconds", .silent))
    }

    @Test func aNameThatLeadsNowhereIsNamed() throws {
        let attempt = try Attempt("not a name!", 1, on: loop)
        #expect(try loop.turn { attempt.count == 1 })
        #expect(attempt.fault?.description.hasPrefix("not a name!: ") == true && attempt.fault?.kind == .unknownName)
    }

    @Test func whatTheRuleForbidsIsNotTried() throws {
        let attempt = try Attempt("192.0.2.1", 1, peers: PeerRule(), on: loop)
        #expect(try loop.turn { attempt.count == 1 })
        #expect(attempt.fault?.description == "192.0.2.1 is no address of a private network")
        #expect(attempt.dialer?.peer == nil)
    }

    @Test(arguments: ["127.0.0.1", "not a name!"]) func nobodyIsCalledOnceItIsGivenUp(host: String) throws {
        let canceled = try Attempt(host, try freePort(), on: loop)
        canceled.dialer?.cancel()
        let dropped = try Attempt(host, try freePort(), on: loop)
        dropped.drop()
        let last = try Attempt("127.0.0.1", try freePort(), on: loop)
        #expect(try loop.turn { last.count == 1 })
        #expect(canceled.count == 0 && dropped.count == 0)
    }
}
