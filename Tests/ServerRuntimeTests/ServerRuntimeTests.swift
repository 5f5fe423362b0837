// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import Crypto
import Primitives
import ReleaseWire
import ServerCore
import Testing
import TestKit

@testable import ServerRuntime

/// Start, failed start and end.
@Suite struct ServerRuntimeTests {
    private func settings(_ folder: String, _ extra: String = "") throws -> ServerSettings {
        try ServerSettings.parse(
            "state = \(folder)\nlisten = 127.0.0.1\nrelease-port = 0\nlpd-port = 0\n\(extra)", file: "server.conf"
        ).0
    }

    @Test func aTakenPortIsNamedAndNothingStaysOpen() throws {
        let loop = try Loop()
        let folder = try TemporaryDirectory()
        let taken = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        let text = "state = \(folder.path)\nlisten = 127.0.0.1\nrelease-port = 0\nlpd-port = \(taken.port)"
        let settings = try ServerSettings.parse(text, file: "server.conf").0
        let runtime = try ServerRuntime(settings, on: loop, observer: Lines().observer)
        let error = #expect(throws: OperatorError.self) { try runtime.start() }
        #expect(error?.code == .portTaken && error?.exit == .unavailable)
        #expect(error?.what.contains("127.0.0.1") == true && error?.remedy.contains("lpd-port") == true)
        #expect(runtime.releasePort == 0, "the port that was free is free again")
        taken.close()
    }

    @Test func ofSeveralAddressesTheFirstIsLetGoWhenTheSecondFails() throws {
        let loop = try Loop()
        let free = try Listener.tcp(.loopback4, port: 0, on: loop) { _, _ in }
        let port = free.port
        free.close()
        let nowhere = try #require(IPAddress("192.0.2.1"))
        #expect(throws: OperatorError.self) {
            let gate = PeerGate(on: loop)
            let ports = ServerPorts(setting: "lpd-port", addresses: [.loopback4, nowhere], port: port)
            _ = try ports.listen(behind: gate, on: loop) { _, _ in }
        }
        let again = try Listener.tcp(.loopback4, port: port, on: loop) { _, _ in }
        again.close()
    }

    @Test func aRuntimeThatWasNeverStartedCanBeDropped() throws {
        let loop = try Loop()
        let folder = try TemporaryDirectory()
        do { _ = try ServerRuntime(settings(folder.path), on: loop, observer: Lines().observer) }
        try loop.settle()
    }

    @Test func aRuntimeThatIsDroppedWithoutItsEndTakesNobodyAlong() throws {
        let loop = try Loop()
        let folder = try TemporaryDirectory()
        var port: UInt16 = 0
        var answers = 0
        do {
            let runtime = try ServerRuntime(settings(folder.path), on: loop, observer: Lines().observer)
            try runtime.start()
            port = runtime.lpdPort
            let peer = try Peer.tcp(port, on: loop)
            peer.stream.write([2])
            try loop.settle()
            runtime.administer(.listUsers, by: "test") { _ in answers += 1 }
            runtime.hashPIN(SecretBytes(Array("1234".utf8))) { _ in answers += 1 }
        }
        try loop.settle()
        #expect(answers == 2, "the threads finish what they were asked")
        let again = try Listener.tcp(.loopback4, port: port, on: loop) { _, _ in }
        again.close()
    }

    @Test func stoppingComesToItsEndOnceWhateverIsConnected() throws {
        let site = try Site()
        let lpd = try site.lpd()
        let agent = try site.agentChannel()
        let silent = try Peer.tcp(try site.runtime.releasePort, on: site.loop)
        #expect(try site.loop.turn { site.log.has("machine=release kind=event name=connected") })
        var ends = 0
        let runtime = try site.runtime
        runtime.stop { ends += 1 }
        runtime.stop { ends += 10 }
        #expect(try site.loop.turn { ends > 0 })
        #expect(try site.loop.turn { lpd.isOver && agent.isOver && silent.isOver })
        #expect(ends == 1 && agent.frames.contains { if case .goAway = $0.body { true } else { false } })
        #expect(runtime.releasePort == 0 && runtime.lpdPort == 0)
    }

    @Test func theStateOfAnotherProgramIsRefused() throws {
        let loop = try Loop()
        let folder = try TemporaryDirectory()
        try DurableFile.write(
            Array("this is no database, but a text of some length".utf8), to: folder.path + "/lanyard.db")
        let error = #expect(throws: OperatorError.self) {
            _ = try ServerRuntime(settings(folder.path), on: loop, observer: Lines().observer)
        }
        #expect(error?.code == .stateUnwritable && error?.what.contains("lanyard.db") == true)
    }

    @Test func aStateFolderThatIsAFileIsRefused() throws {
        let loop = try Loop()
        let folder = try TemporaryDirectory()
        try DurableFile.write([], to: folder.path + "/file")
        for path in [folder.path + "/file", "/proc/lanyard"] {
            let error = #expect(throws: OperatorError.self) {
                _ = try ServerRuntime(settings(path), on: loop, observer: Lines().observer)
            }
            #expect(error?.exit == .cannotWrite)
        }
    }
}
