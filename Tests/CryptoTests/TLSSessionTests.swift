// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import Primitives
import Testing

/// Two ends of a socket, driven by turns: what one writes, the other can read at once, so nothing ever waits.
@Suite struct TLSSessionTests {
    @Test func bothLearnTheOthersKey() throws {
        let (server, client) = (Identity.generate(), Identity.generate())
        let pair = Pair(server: server, client: client, pin: .exact(server.keyHash))
        #expect(pair.handshake() == Pair.Outcome(server: .success(client.keyHash), client: .success(server.keyHash)))
    }

    @Test func aPrefixPinSufficesForEnrolment() throws {
        let server = Identity.generate()
        let pin = Pin.prefix(Array(server.keyHash.bytes.prefix(10)))
        let pair = Pair(server: server, client: .generate(), pin: pin)
        #expect(pair.handshake().client == .success(server.keyHash))
    }

    @Test func aWrongPinEndsItBeforeTheClientShowsItself() throws {
        let server = Identity.generate()
        var near = server.keyHash.bytes
        near[9] ^= 1
        for pin in [Pin.exact(try #require(KeyHash(near))), .prefix(Array(near.prefix(10)))] {
            let outcome = Pair(server: server, client: .generate(), pin: pin).handshake()
            #expect(outcome.client == .failure(.wrongPin))
            #expect(outcome.server?.isRefusal == true, "\(outcome)")
        }
    }

    @Test func bytesGoBothWaysUntilTheEndIsSaid() throws {
        let pair = Pair.connected()
        for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
            #expect(try from.write([1, 2, 3]) == .wrote(3))
            #expect(try to.read() == .bytes([1, 2, 3]))
            #expect(try to.read() == .waiting(.readable))
        }
        #expect(try pair.client.sayEnd() == nil)
        #expect(try pair.server.read() == .end)
        #expect(try pair.server.write([9]) == .wrote(1))
        #expect(try pair.server.sayEnd() == nil)
        #expect(try pair.client.read() == .bytes([9]))
        #expect(try pair.client.read() == .end)
    }

    @Test func aLostEndIsAFault() throws {
        let pair = Pair.connected()
        shutdown(pair.clientSocket, CInt(SHUT_WR))
        #expect(throws: TLSFault.cutOff) { _ = try pair.server.read() }
        #expect(throws: TLSFault.cutOff) { _ = try pair.server.write([1]) }
    }

    /// Every byte of the record, its header as well.
    @Test func aChangedRecordIsRefused() throws {
        for index in 0..<40 {
            let pair = Pair.connected()
            _ = try pair.client.write(Array(repeating: 7, count: 19)[...])
            var record = [UInt8](repeating: 0, count: 100)
            let count = recv(pair.serverSocket, &record, record.count, 0)
            #expect(count == 41)
            record[index] ^= 1
            _ = send(pair.clientSocket, record, count, 0)
            shutdown(pair.clientSocket, CInt(SHUT_WR))
            #expect(throws: TLSFault.self, "byte \(index)") { _ = try pair.server.read() }
        }
    }

    @Test func writingStopsAtAFullSocket() throws {
        let pair = Pair.connected()
        let bytes = pattern(1 << 20)
        var sent = 0
        while case .wrote(let count) = try pair.client.write(bytes[sent...]) { sent += count }
        #expect(sent > 0 && sent < bytes.count)
        var received: [UInt8] = []
        while received.count < bytes.count {
            while case .bytes(let piece) = try pair.server.read() { received += piece }
            if sent < bytes.count, case .wrote(let count) = try pair.client.write(bytes[sent...]) { sent += count }
        }
        #expect(received == bytes)
    }

    @Test func plainTextIsNotTLS() {
        for text in [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello, is this the printer?\r\n", "\u{16}\u{9}\u{9}\0\u{5}xxxxx",
        ] {
            #expect(Self.fault(ofServerGiven: Array(text.utf8)) == .notTLS, "\(text)")
        }
    }

    @Test func garbageIsRefused() {
        for seed in 0..<200 as Range<UInt64> {
            #expect(Self.fault(ofServerGiven: pattern(300, seed: seed)) != nil, "seed \(seed)")
        }
    }

    @Test func everyCutOfAHelloIsAPeerThatLeft() throws {
        let hello = try Self.clientHello()
        for count in stride(from: 0, to: hello.count, by: 3) {
            #expect(Self.fault(ofServerGiven: Array(hello.prefix(count))) == .closedInHandshake, "\(count) bytes")
        }
    }

    @Test func aMutatedHelloDoesNoHarm() throws {
        let hello = try Self.clientHello()
        for index in 0..<hello.count {
            var changed = hello
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(Self.fault(ofServerGiven: changed) != nil, "byte \(index)")
        }
    }

    /// A client hello, then silence: what a server says to `bytes` when nothing follows.
    private static func fault(ofServerGiven bytes: [UInt8]) -> TLSFault? {
        let pair = Pair()
        _ = send(pair.clientSocket, bytes, bytes.count, 0)
        shutdown(pair.clientSocket, CInt(SHUT_WR))
        do {
            while true { if case .done = try pair.server.handshake() { return nil } }
        } catch {
            return error
        }
    }

    private static func clientHello() throws -> [UInt8] {
        let pair = Pair()
        _ = try pair.client.handshake()
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(pair.serverSocket, &bytes, bytes.count, 0)
        return Array(bytes.prefix(count))
    }
}

/// A server and a client on one pair of sockets.
final class Pair {
    struct Outcome: Equatable {
        var server: Result<KeyHash, TLSFault>?
        var client: Result<KeyHash, TLSFault>?
    }

    let server: TLSSession
    let client: TLSSession
    let serverSocket: CInt
    let clientSocket: CInt

    init(server: Identity = .generate(), client: Identity = .generate(), pin: Pin? = nil) {
        var ends: [CInt] = [-1, -1]
        signal(SIGPIPE, SIG_IGN)
        socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends)
        (serverSocket, clientSocket) = (ends[0], ends[1])
        self.server = TLSSession(TLSContext(.server, identity: server), socket: serverSocket)
        let role = TLSContext.Role.client(pin ?? .exact(server.keyHash))
        self.client = TLSSession(TLSContext(role, identity: client), socket: clientSocket)
    }

    deinit {
        close(serverSocket)
        close(clientSocket)
    }

    static func connected() -> Pair {
        let pair = Pair()
        let outcome = pair.handshake()
        precondition(outcome.server != nil && outcome.client != nil, "no connection: \(outcome)")
        return pair
    }

    func handshake() -> Outcome {
        var outcome = Outcome()
        for _ in 0..<10 {
            if outcome.client == nil { outcome.client = Self.step(client) }
            if outcome.server == nil { outcome.server = Self.step(server) }
        }
        return outcome
    }

    private static func step(_ session: TLSSession) -> Result<KeyHash, TLSFault>? {
        do {
            guard case .done(let peer) = try session.handshake() else { return nil }
            return .success(peer)
        } catch {
            return .failure(error)
        }
    }
}

extension Result where Failure == TLSFault {
    var isRefusal: Bool {
        if case .failure(.refused) = self { true } else { false }
    }
}
