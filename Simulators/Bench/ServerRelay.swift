// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Primitives

/// Stands between an agent and its server, passes everything on and notes when the agent spoke.
final class ServerRelay {
    /// When the agent's first bytes came after ``listen()``.
    private(set) var spokenAt: MonotonicTime?

    private let server: PeerAddress
    private let loop: Loop
    private var listener: Listener?
    private var connector: Connector?
    private var streams: [HostIO.Stream] = []
    private var early: [UInt8] = []

    init(to port: UInt16, on pump: Pump) throws(LabFault) {
        server = PeerAddress(ip: .loopback4, port: port)
        loop = pump.loop
        do throws(SystemFault) {
            listener = try Listener.tcp(.loopback4, port: 0, on: loop) { [weak self] descriptor, _ in
                self?.accept(descriptor)
            }
        } catch {
            throw LabFault(error, while: "opening the relay's port")
        }
    }

    var port: UInt16 { listener?.port ?? 0 }

    func listen() { spokenAt = nil }

    func close() {
        listener?.close()
        connector?.cancel()
        for stream in streams { stream.close() }
        streams = []
    }

    private func accept(_ descriptor: consuming Descriptor) {
        guard let agent = try? HostIO.Stream(descriptor, on: loop) else { return }
        agent.pauseReading()
        connector = try? Connector.tcp(server, on: loop) { [weak self] result in
            guard let self, case .success(let descriptor) = consume result,
                let server = try? HostIO.Stream(descriptor, on: loop)
            else { return agent.close() }
            join(agent, server)
        }
    }

    private func join(_ agent: HostIO.Stream, _ server: HostIO.Stream) {
        streams = [agent, server]
        agent.onBytes = { [weak self] bytes in
            guard let self else { return }
            spokenAt = spokenAt ?? loop.now
            server.write(bytes)
        }
        server.onBytes = { agent.write($0) }
        for (one, other) in [(agent, server), (server, agent)] {
            one.onEnd = { other.finishWriting() }
            one.onClosed = { _ in other.close() }
        }
        agent.resumeReading()
    }
}
