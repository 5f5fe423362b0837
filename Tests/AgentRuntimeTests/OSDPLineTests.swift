// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import Glibc
import HostIO
import Primitives
import ReaderMachines
import SimDevices
import Testing
import TestKit

@testable import AgentRuntime

/// Simulated OSDP readers on a pseudo terminal.
@Suite struct OSDPLineTests {
    let loop: Loop
    let log = Lines()
    let folder: TemporaryDirectory

    init() throws {
        loop = try Loop()
        folder = try TemporaryDirectory()
    }

    @Test func severalReadersOnALineHaveNamesOfTheirOwn() throws {
        let line = try SimLine(addresses: [0, 3], inClear: true, on: loop)
        let bench = try bench("reader.door = osdp \(line.path) address=0,3 secure=off\n")
        #expect(
            try loop.turn {
                bench.bench.records["door.0"]?.signs.about != nil && bench.bench.records["door.3"]?.signs.about != nil
            }
        )
        line.present(try Self.badge(), at: 3)
        #expect(try loop.turn { bench.reads.count == 1 })
        #expect(bench.reads.first?.0 == "door.3")
        bench.bench.signal("door.3", .success)
        #expect(try loop.turn { line.shown.contains { $0 == 3 } })
        #expect(!line.shown.contains { $0 == 0 })
        let report = bench.bench.report.json
        #expect(report.contains(#""name":"door.0""#) && report.contains(#""name":"door.3""#))
        bench.bench.close()
    }

    @Test func aReaderIsInstalledOnceAndItsKeyIsKept() throws {
        let line = try SimLine(addresses: [0], inClear: false, on: loop)
        let text = "reader.door = osdp \(line.path)\n"
        let first = try bench(text)
        #expect(try loop.turn { first.bench.records["door"]?.signs.trouble == .osdp(.notInstalled) })
        #expect(first.bench.report.json.contains(#""state":"blocked""#), "as the server is told")
        #expect(!first.bench.install("gate"))
        #expect(first.bench.install("door"))
        let key = folder.path + "/osdp/door.key"
        #expect(try loop.turn { access(key, F_OK) == 0 }, "\(log.all)")
        var facts = stat()
        #expect(stat(key, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
        first.bench.close()
        // The next start finds it, and no badge goes over the line in clear.
        let second = try bench(text)
        #expect(try loop.turn { second.bench.records["door"]?.signs.about != nil })
        line.present(try Self.badge(), at: 0)
        #expect(try loop.turn { second.reads.count == 1 })
        second.bench.close()
    }

    @Test func aBadKeyFileIsNoKey() throws {
        try DurableFile.makeDirectory(folder.path + "/osdp")
        var problems: [String] = []
        let keys = OSDPKeys(folder: folder.path + "/osdp") { problems.append($0) }
        #expect(keys.security(of: "door") == .notInstalled && problems.isEmpty)
        for text in ["", "zz", "303132333435363738393a3b3c3d3e3f\n", "00000000000000000000000000000000"] {
            try DurableFile.write(Array(text.utf8), to: folder.path + "/osdp/door.key")
            #expect(keys.security(of: "door") == .notInstalled)
        }
        #expect(problems.count == 4 && problems.allSatisfy { !$0.contains("3031") })
        let key = try OSDPBaseKey(SecretBytes((0..<16).map { UInt8($0 * $0 & 0xFF) }))
        #expect(keys.store(key, of: "a/../b") == nil)
        #expect(keys.security(of: "a/../b") == .key(key))
        #expect(folder.names == ["osdp"])
    }

    private static func badge() throws -> RawRead {
        RawRead(technology: .proximity, bits: try #require(BitString(value: 0x2_1A8_FE42, count: 34)))
    }

    private func bench(_ text: String) throws -> Watched {
        let settings = try AgentSettings.parse(
            "readers = listed\nstate = \(folder.path)\n" + text, file: "agent.conf", hostName: "box"
        ).0
        return Watched(try ReaderBench(settings, resolver: try Resolver(on: loop), on: loop, observer: log.observer))
    }
}

/// The readers' end of the line.
final class SimLine {
    let path: String
    private(set) var shown: [UInt8] = []
    private let stream: HostIO.Stream
    /// Keeps the line from hanging up while the agent has it closed.
    private let slave: Descriptor
    private var readers: [(address: UInt8, runner: MachineRunner<SimOSDPReader>)] = []

    init(addresses: [UInt8], inClear: Bool, on loop: Loop) throws {
        let pty = try Pty.open()
        path = pty.slavePath
        slave = try Descriptor.open(pty.slavePath, flags: O_RDWR | O_NOCTTY | O_NONBLOCK)
        stream = try Stream(pty.takeMaster(), on: loop)
        for address in addresses {
            var traits = SimOSDPReader.Traits()
            (traits.address, traits.answersInClear) = (address, inClear)
            let runner = MachineRunner(SimOSDPReader(traits: traits, cryptography: .openSSL), on: loop)
            runner.perform = { [unowned self] action in
                switch action {
                case .send(let bytes): stream.write(bytes)
                case .show: shown.append(address)
                case .takeKey: break
                }
            }
            readers.append((address, runner))
        }
        stream.onBytes = { [unowned self] bytes in for reader in readers { reader.runner.feed(.received(bytes)) } }
    }

    deinit { stream.close() }

    func present(_ read: RawRead, at address: UInt8) {
        readers.first { $0.address == address }?.runner.feed(.present(read))
    }

    /// At the keypad of the reader; `#` is Enter.
    func type(_ keys: String, at address: UInt8) {
        let codes = keys.utf8.map { $0 == UInt8(ascii: "#") ? 0x0D : $0 == UInt8(ascii: "*") ? 0x7F : $0 }
        readers.first { $0.address == address }?.runner.feed(.type(codes))
    }
}
