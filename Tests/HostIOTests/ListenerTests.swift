// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing
import TestKit

@Suite struct ListenerTests {
    @Test(arguments: [
        (IPAddress.loopback4, IPAddress.loopback4), (.loopback6, .loopback6), (.any6, .loopback4), (.any6, .loopback6),
    ])
    func aConnectionCarriesBytesBothWays(listening: IPAddress, calling: IPAddress) throws {
        let loop = try Loop()
        var server: Stream?
        var peer: PeerAddress?
        let listener = try Listener.tcp(listening, port: 0, on: loop) { descriptor, address in
            peer = address
            server = try? Stream(descriptor, on: loop)
            server?.onBytes = { server?.write($0.reversed()) }
        }
        #expect(listener.port != 0)
        var client: Stream?
        var got: [UInt8] = []
        _ = try Connector.tcp(PeerAddress(ip: calling, port: listener.port), on: loop) { result in
            client = try? Stream(result.get(), on: loop)
            client?.onBytes = { got += $0 }
            client?.write([1, 2, 3])
        }
        #expect(client == nil)
        #expect(try loop.turn { got.count == 3 })
        #expect(got == [3, 2, 1])
        #expect(peer?.ip == calling && peer?.isLoopback == true)
        #expect(try SocketName.local(#require(client?.raw)) == peer)
        for stream in [client, server] { stream?.close() }
        listener.close()
    }

    @Test func aTakenPortIsToldApartAndFreeAfterClose() throws {
        let loop = try Loop()
        let first = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        do {
            _ = try Listener.tcp(.loopback4, port: first.port, on: loop) { _, _ in }
            Issue.record("two programs on one port")
        } catch {
            #expect(error.isAddressTaken)
        }
        first.close()
        let second = try Listener.tcp(.loopback4, port: first.port, on: loop) { _, _ in }
        second.close()
    }

    @Test func aRefusedConnectionIsAFaultAndComesLater() throws {
        let loop = try Loop()
        let listener = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        listener.close()
        var faults: [SystemFault] = []
        _ = try Connector.tcp(PeerAddress(ip: .loopback4, port: listener.port), on: loop) { result in
            switch consume result {
            case .success: Issue.record("somebody else took the port")
            case .failure(let fault): faults.append(fault)
            }
        }
        #expect(faults.isEmpty)
        #expect(try loop.turn { !faults.isEmpty })
        #expect(faults == [SystemFault(call: "connect", errno: ECONNREFUSED)])
    }

    @Test func aCancelledConnectionIsSilent() throws {
        let loop = try Loop()
        let listener = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        var calls = 0
        let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: listener.port), on: loop) { _ in calls += 1
        }
        connector.cancel()
        for _ in 0..<3 { try loop.turn(mayWait: false) }
        #expect(calls == 0)
        listener.close()
    }

    @Test func aUnixSocketHasItsModeAndKnowsItsPeer() throws {
        let (loop, directory) = (try Loop(), try TemporaryDirectory())
        let path = directory.path + "/socket"
        var peers: [PeerCredentials] = []
        let listener = try Listener.unix(path: path, mode: 0o660, on: loop) { _, peer in peers.append(peer) }
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o660)
        var isConnected = false
        _ = try Connector.unix(path: path, on: loop) { result in isConnected = (try? result.get()) != nil }
        #expect(try loop.turn { peers.count == 1 && isConnected })
        #expect(peers[0].user == getuid() && peers[0].group == getgid() && peers[0].process == getpid())
        listener.close()
        #expect(access(path, F_OK) != 0)
    }

    @Test func onlyAStaleSocketIsReplaced() throws {
        let (loop, directory) = (try Loop(), try TemporaryDirectory())
        let path = directory.path + "/socket"
        let live = try Listener.unix(path: path, on: loop) { _, _ in }
        #expect(throws: SystemFault(call: "bind \(path)", errno: EADDRINUSE)) {
            _ = try Listener.unix(path: path, on: loop) { _, _ in }
        }
        // A hard link outlives the listener's own clean-up, like the file of a program that was killed.
        try #require(link(path, path + "-kept") == 0)
        live.close()
        let heir = try Listener.unix(path: path + "-kept", on: loop) { _, _ in }
        heir.close()
        try DurableFile.write([1], to: path)
        #expect(throws: SystemFault(call: "bind \(path)", errno: EADDRINUSE)) {
            _ = try Listener.unix(path: path, on: loop) { _, _ in }
        }
        #expect(try DurableFile.read(path, limit: 10) == [1])
    }

    /// In a process of its own, since it runs out of descriptors on purpose.
    @Test func outOfDescriptorsTheListenerWaitsAndGoesOn() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let loop = try Loop()
            var (faults, taken): ([SystemFault], Int) = ([], 0)
            let listener = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in taken += 1 }
            listener.onTrouble = { faults.append($0) }
            // The kernel completes the connection by itself; only accepting it needs a descriptor.
            let peer = PeerAddress(ip: .loopback4, port: listener.port)
            let connector = try Connector.tcp(peer, on: loop) { _ in }
            try ProcessHardening.limit(
                .init(memoryBytes: 1 << 40, cpuSeconds: 60, openFiles: 64, fileBytes: 1 << 30))
            var fillers: [CInt] = []
            while let filler = try? Descriptor.open("/dev/null", flags: O_RDONLY).release() { fillers.append(filler) }
            guard try loop.turn(until: { !faults.isEmpty }) else { _exit(2) }
            for filler in fillers { close(filler) }
            connector.cancel()
            guard taken == 0, faults.map(\.errno) == [EMFILE] else { _exit(3) }
            guard try loop.turn(until: { taken == 1 }) else { _exit(4) }
            _exit(faults.count == 1 ? 7 : 5)
        }
    }

    @Test func aPathThatIsTooLongIsAFault() throws {
        let loop = try Loop()
        let path = "/tmp/" + String(repeating: "x", count: 103)
        #expect(throws: SystemFault(call: "bind \(path)", errno: ENAMETOOLONG)) {
            _ = try Listener.unix(path: path, on: loop) { _, _ in }
        }
    }
}
