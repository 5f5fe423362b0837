// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Primitives
import SimDevices

/// The least that any program needs which is a process of its own between reader and printer: it reads the frame from
/// the pseudo terminal, connects to the printer and writes. No TLS, no server, nothing on disk.
final class RelayFloor {
    static let word = "relay"
    static let how = "the same frame -> one epoll process -> TCP connect -> first byte; 100 times; no TLS, no sync"

    private static let count = 100
    private static let patience = Duration.seconds(5)
    private static let frame = SimID12.frame(0x01_0063_E8F2, model: .id12)

    private let pump: Pump
    private var firstByte: MonotonicTime?
    private var isClosed = false

    init(on pump: Pump) { self.pump = pump }

    func measure() throws(LabFault) -> Samples {
        let own = try Programs(folder: nil).path("lanyard-bench")
        let listener: Listener
        let master: Descriptor
        let child: Child
        do throws(SystemFault) {
            let line = try Pty.open()
            let path = line.slavePath
            listener = try Listener.tcp(.loopback4, port: 0, on: pump.loop) { [weak self] descriptor, _ in
                self?.connected(descriptor)
            }
            child = try Child(
                ChildSettings(path: own, arguments: [Self.word, path, "\(listener.port)"], hasOwnGroup: true),
                on: pump.loop
            ) { _ in }
            master = line.takeMaster()
        } catch {
            throw LabFault(error, while: "measuring the floor")
        }
        defer {
            child.kill(SIGKILL)
            listener.close()
        }
        return try sample(master)
    }

    private func sample(_ master: consuming Descriptor) throws(LabFault) -> Samples {
        let raw = master.raw
        var samples: [Duration] = []
        // The first one waits for the process to start.
        for _ in 0...Self.count {
            (firstByte, isClosed) = (nil, false)
            let begun = pump.loop.now
            guard write(raw, Self.frame, Self.frame.count) == Self.frame.count else {
                throw LabFault("the pseudo terminal takes nothing")
            }
            try pump.wait("the relay", atMost: Self.patience) { isClosed }
            if let firstByte { samples.append(firstByte.elapsed(since: begun)) }
            try pump.pause(.milliseconds(2))
        }
        return Samples(Array(samples.dropFirst()))
    }

    private func connected(_ descriptor: consuming Descriptor) {
        guard let stream = try? HostIO.Stream(descriptor, on: pump.loop) else { return }
        stream.onBytes = { [weak self] _ in
            guard let self else { return }
            firstByte = firstByte ?? pump.loop.now
        }
        stream.onEnd = { [weak self] in
            stream.close()
            self?.isClosed = true
        }
    }

    // MARK: The other process

    static func relay(from path: String, to port: String) throws(LabFault) {
        do throws(SystemFault) {
            try ProcessHardening.dieWithParent()
            let loop = try Loop()
            guard let port = UInt16(port) else { throw SystemFault(call: "relay", errno: EINVAL) }
            let line = try HostIO.Stream(
                Descriptor.open(path, flags: O_RDWR | O_NOCTTY | O_NONBLOCK), on: loop)
            var held: [UInt8] = []
            var connectors: [Connector] = []
            line.onBytes = { bytes in
                held += bytes
                guard held.count >= frame.count else { return }
                let frame = held
                held = []
                connectors = []
                let connector = try? Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: loop) { result in
                    guard case .success(let descriptor) = consume result else { return }
                    guard let stream = try? HostIO.Stream(descriptor, on: loop) else { return }
                    stream.write(frame)
                    stream.finishWriting()
                    stream.onEnd = { stream.close() }
                }
                if let connector { connectors.append(connector) }
            }
            line.onEnd = { loop.stop() }
            line.onClosed = { _ in loop.stop() }
            try loop.run()
        } catch {
            throw LabFault(error, while: "relaying")
        }
    }
}
