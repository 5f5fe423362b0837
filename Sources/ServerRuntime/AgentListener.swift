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
    /// Connections of which nobody knows yet whether they are an agent's, from one address and in all: the handshake
    /// is not done, or hello is not answered.
    static let strangersPerAddress = 8
    static let strangersInAll = 256
    /// Connections whose handshake is done, from one address and in all: 4,096 agents, and as many connections of which
    /// nobody knows yet that they are dead.
    static let linksPerAddress = 128
    static let linksInAll = 8192

    var onEvent: ((ReleaseService.Event) -> Void)?

    private struct Handshake {
        let channel: TLSChannel
        let peer: PeerAddress
        let timer: TimerToken
    }

    private let context: TLSContext
    private let loop: Loop
    private let observer: Observer
    private let gate: PeerGate
    private let patience: Duration
    private var listeners: [Listener] = []
    private var handshakes: [LinkID: Handshake] = [:]
    private var links: [LinkID: TLSChannel] = [:]
    private var strangers = PeerCounts()
    private var linkCounts = PeerCounts()
    private let farewells: Farewells
    private let failures: MachineRunner<RefusalTally>
    private let numbers: LinkNumbers

    init(
        identity: Identity, peers: PeerRule = PeerRule(), numbers: LinkNumbers, on loop: Loop, observer: Observer,
        patience: Duration = AgentListener.handshakeLimit
    ) {
        self.patience = patience
        self.numbers = numbers
        failures = MachineRunner(RefusalTally(), on: loop) { action in
            switch action {
            case .report(let reason, let connections, let latest):
                observer.log(
                    .warning, "handshake-failed",
                    ["reason": reason, "connections": connections, "latest-peer": latest])
            }
        }
        context = TLSContext(.server, identity: identity)
        self.loop = loop
        self.observer = observer
        gate = PeerGate(peers, before: "release", on: loop, observer: observer)
        farewells = Farewells(on: loop)
    }

    deinit { stop() }

    var port: UInt16 { listeners.first?.port ?? 0 }

    func listen(_ addresses: [IPAddress], port: UInt16) throws(OperatorError) {
        let ports = ServerPorts(setting: "release-port", addresses: addresses, port: port)
        listeners = try ports.listen(behind: gate, on: loop) { [unowned self] in accept($0, from: $1) }
    }

    func send(_ link: LinkID, _ bytes: [UInt8]) { links[link]?.write(bytes) }

    /// The link is an enrolled agent's.
    func admit(_ link: LinkID) { strangers.remove(link) }

    /// What was sent leaves first.
    func close(_ link: LinkID) {
        strangers.remove(link)
        if let channel = takeLink(link) { farewells.add(channel) }
    }

    /// Takes no connection any more.
    func closeDoor() {
        for listener in listeners { listener.close() }
        listeners = []
        for (link, handshake) in handshakes {
            strangers.remove(link)
            end(handshake)
        }
        handshakes = [:]
    }

    /// The door closes; `done` comes when the connections that were closed are gone, at once if there are none.
    func leave(then done: @escaping () -> Void) {
        closeDoor()
        guard farewells.count > 0 else { return done() }
        farewells.onEmpty = done
    }

    /// Ends everything at once and calls back no more.
    func stop() {
        farewells.onEmpty = nil
        leave {}
        farewells.closeAll()
        for channel in links.values { channel.close() }
        links = [:]
        strangers = PeerCounts()
        linkCounts = PeerCounts()
    }

    private func end(_ handshake: Handshake) {
        loop.cancel(handshake.timer)
        handshake.channel.close()
    }

    private func accept(_ descriptor: consuming Descriptor, from peer: PeerAddress) {
        if let refusal = refusal(for: peer) { return gate.refuse(peer, refusal) }
        do throws(SystemFault) {
            start(try TLSChannel(descriptor, context: context, on: loop), peer)
        } catch {
            gate.refuse(peer, "\(error)")
        }
    }

    private func refusal(for peer: PeerAddress) -> String? {
        if strangers[peer.ip] >= Self.strangersPerAddress || strangers.all >= Self.strangersInAll {
            return "too-many-strangers"
        }
        let isFull = linkCounts[peer.ip] >= Self.linksPerAddress || linkCounts.all >= Self.linksInAll
        return isFull ? "too-many-connections" : nil
    }

    private func start(_ channel: TLSChannel, _ peer: PeerAddress) {
        let link = numbers.next()
        let timer = loop.schedule(after: patience) { [unowned self] in
            failures.feed(.refused(reason: "too slow", peer))
            strangers.remove(link)
            handshakes.removeValue(forKey: link)?.channel.close()
        }
        strangers.add(link, from: peer.ip)
        handshakes[link] = Handshake(channel: channel, peer: peer, timer: timer)
        channel.onConnected = { [unowned self] key in
            guard let handshake = handshakes.removeValue(forKey: link) else { return }
            loop.cancel(handshake.timer)
            links[link] = handshake.channel
            linkCounts.add(link, from: peer.ip)
            onEvent?(.connected(link, key: key))
        }
        channel.onBytes = { [unowned self] in onEvent?(.received(link, $0)) }
        channel.onDrained = { [unowned self] in onEvent?(.drained(link)) }
        channel.onEnd = { [unowned self] in onEvent?(.disconnected(link)) }
        channel.onClosed = { [unowned self, unowned channel] _ in closed(link, channel.fault) }
    }

    private func closed(_ link: LinkID, _ fault: TLSFault?) {
        strangers.remove(link)
        if let handshake = handshakes.removeValue(forKey: link) {
            loop.cancel(handshake.timer)
            let reason = fault.map { "\($0)" } ?? "left"
            return failures.feed(.refused(reason: reason, handshake.peer))
        }
        guard takeLink(link) != nil else { return }
        onEvent?(.disconnected(link))
    }

    private func takeLink(_ link: LinkID) -> TLSChannel? {
        linkCounts.remove(link)
        return links.removeValue(forKey: link)
    }
}
