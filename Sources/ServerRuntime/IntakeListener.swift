// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops
import ServerCore
import SpoolWire

/// Takes connections of LPD clients for ``IntakeService``.
final class IntakeListener {
    var onEvent: ((IntakeService.Event) -> Void)?

    private let trusted: [Network]
    private let loop: Loop
    private let gate: PeerGate
    private var listeners: [Listener] = []
    private var streams: [LinkID: Stream] = [:]
    private let farewells: Farewells
    private let numbers: LinkNumbers

    init(trusted: [Network], peers: PeerRule, numbers: LinkNumbers, on loop: Loop, observer: Observer) {
        self.trusted = trusted
        self.numbers = numbers
        self.loop = loop
        gate = PeerGate(peers, before: "lpd", on: loop, observer: observer)
        farewells = Farewells(on: loop)
    }

    deinit { stop() }

    var port: UInt16 { listeners.first?.port ?? 0 }

    func listen(_ addresses: [IPAddress], port: UInt16) throws(OperatorError) {
        let ports = ServerPorts(setting: "lpd-port", addresses: addresses, port: port)
        listeners = try ports.listen(behind: gate, on: loop) { [unowned self] in accept($0, from: $1) }
    }

    func send(_ link: LinkID, _ bytes: [UInt8]) { streams[link]?.write(bytes) }
    func pause(_ link: LinkID) { streams[link]?.pauseReading() }
    func resume(_ link: LinkID) { streams[link]?.resumeReading() }

    /// What was sent leaves first.
    func close(_ link: LinkID) {
        if let stream = streams.removeValue(forKey: link) { farewells.add(stream) }
    }

    /// Takes no connection any more; those that are open go on.
    func leave() {
        for listener in listeners { listener.close() }
        listeners = []
    }

    /// Ends everything at once and calls back no more.
    func stop() {
        leave()
        farewells.closeAll()
        for stream in streams.values { stream.close() }
        streams = [:]
    }

    private func accept(_ descriptor: consuming Descriptor, from peer: PeerAddress) {
        do throws(SystemFault) {
            let stream = try Stream(descriptor, on: loop)
            let link = numbers.next()
            streams[link] = stream
            stream.onBytes = { [unowned self] in onEvent?(.received(link, $0)) }
            stream.onEnd = { [unowned self] in onEvent?(.disconnected(link, .finished)) }
            stream.onClosed = { [unowned self] fault in
                streams[link] = nil
                onEvent?(.disconnected(link, fault == nil ? .finished : .broken))
            }
            onEvent?(
                .connected(link, host: peer.ip.description, isTrusted: trusted.contains { $0.contains(peer.ip) }))
        } catch {
            gate.refuse(peer, "\(error)")
        }
    }
}
