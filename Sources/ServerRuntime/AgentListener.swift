// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import Ops
import Primitives
import ServerCore

/// Takes connections of agents: private peers only, TLS, then bytes for ``ReleaseService``.
final class AgentListener {
    /// From TCP accept to the end of the handshake.
    static let handshakeLimit = Duration.seconds(5)
    /// Connections whose handshake is not done, from one address and in all.
    static let handshakesPerAddress = 8
    static let handshakesInAll = 256

    var onEvent: ((ReleaseService.Event) -> Void)?

    private struct Handshake {
        let channel: TLSChannel
        let peer: PeerAddress
        let timer: TimerToken
    }

    private let context: TLSContext
    private let loop: Loop
    private let observer: Observer
    private var listeners: [Listener] = []
    private var handshakes: [LinkID: Handshake] = [:]
    private var channels: [LinkID: TLSChannel] = [:]
    private var lastLink: UInt64 = 0

    init(identity: Identity, on loop: Loop, observer: Observer) {
        context = TLSContext(.server, identity: identity)
        self.loop = loop
        self.observer = observer
    }

    var port: UInt16 { listeners.first?.port ?? 0 }

    func listen(_ addresses: [IPAddress], port: UInt16) throws(OperatorError) {
        listeners = try ServerPorts.listen("release-port", addresses, port: port, on: loop) { [unowned self] in
            accept($0, from: $1)
        }
    }

    func send(_ link: LinkID, _ bytes: [UInt8]) { channels[link]?.write(bytes) }

    /// What was sent leaves first.
    func close(_ link: LinkID) {
        guard let channel = channels.removeValue(forKey: link) else { return }
        channel.onBytes = { _ in }
        channel.onDrained = nil
        channel.onEnd = { [unowned channel] in channel.close() }
        channel.onClosed = nil
        channel.finishWriting()
        _ = loop.schedule(after: Self.handshakeLimit) { channel.close() }
    }

    func stop() {
        for listener in listeners { listener.close() }
    }

    private func accept(_ descriptor: consuming Descriptor, from peer: PeerAddress) {
        let pending = handshakes.values.count { $0.peer.ip == peer.ip }
        let refusal: String? =
            if !peer.isPrivate {
                "public-address"
            } else if pending >= Self.handshakesPerAddress || handshakes.count >= Self.handshakesInAll {
                "too-many-handshakes"
            } else {
                nil
            }
        if let refusal {
            return observer.log(.warning, "connection-refused", ["peer": peer, "reason": refusal])
        }
        do throws(SystemFault) {
            start(try TLSChannel(descriptor, context: context, on: loop), peer)
        } catch {
            observer.log(.warning, "connection-refused", ["peer": peer, "reason": "\(error)"])
        }
    }

    private func start(_ channel: TLSChannel, _ peer: PeerAddress) {
        lastLink += 1
        let link = LinkID(lastLink)
        let timer = loop.schedule(after: Self.handshakeLimit) { [unowned self] in
            observer.log(.warning, "handshake-failed", ["peer": peer, "reason": "too slow"])
            handshakes.removeValue(forKey: link)?.channel.close()
        }
        handshakes[link] = Handshake(channel: channel, peer: peer, timer: timer)
        channel.onConnected = { [unowned self] key in
            guard let handshake = handshakes.removeValue(forKey: link) else { return }
            loop.cancel(handshake.timer)
            channels[link] = handshake.channel
            onEvent?(.connected(link, key: key))
        }
        channel.onBytes = { [unowned self] in onEvent?(.received(link, $0)) }
        channel.onDrained = { [unowned self] in onEvent?(.drained(link)) }
        channel.onEnd = { [unowned self] in onEvent?(.disconnected(link)) }
        channel.onClosed = { [unowned self, unowned channel] _ in closed(link, channel.fault) }
    }

    private func closed(_ link: LinkID, _ fault: TLSFault?) {
        if let handshake = handshakes.removeValue(forKey: link) {
            loop.cancel(handshake.timer)
            let reason = fault.map { "\($0)" } ?? "left"
            return observer.log(.warning, "handshake-failed", ["peer": handshake.peer, "reason": reason])
        }
        guard channels.removeValue(forKey: link) != nil else { return }
        onEvent?(.disconnected(link))
    }
}

/// Listening, with the errors that an operator can act on.
enum ServerPorts {
    static func listen(
        _ setting: String, _ addresses: [IPAddress], port: UInt16, on loop: Loop,
        onAccept: @escaping (consuming Descriptor, PeerAddress) -> Void
    ) throws(OperatorError) -> [Listener] {
        var listeners: [Listener] = []
        for address in addresses {
            do throws(SystemFault) {
                // All addresses share the port that the system chose for the first.
                let wanted = listeners.first?.port ?? port
                listeners.append(try Listener.tcp(address, port: wanted, on: loop, onAccept: onAccept))
            } catch {
                throw fault(error, setting, PeerAddress(ip: address, port: port))
            }
        }
        return listeners
    }

    private static func fault(_ fault: SystemFault, _ setting: String, _ peer: PeerAddress) -> OperatorError {
        if fault.isAddressTaken {
            return OperatorError(
                .portTaken, "\(peer) is taken by another program",
                remedy: "Stop it (`ss -ltnp` names it), or set \(setting) to another port.")
        }
        if fault.isPermissionDenied {
            return OperatorError(
                .portRefused, "this user may not listen on \(peer)",
                remedy: "Ports below 1024 need CAP_NET_BIND_SERVICE; or set \(setting) to a higher port.")
        }
        return OperatorError(
            .portTaken, "cannot listen on \(peer)", remedy: "Is it an address of this machine? See the setting listen.",
            cause: fault)
    }
}
