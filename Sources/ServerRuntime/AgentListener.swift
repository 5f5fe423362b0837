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

    private struct Link {
        let channel: TLSChannel
        let address: IPAddress
    }

    private let context: TLSContext
    private let loop: Loop
    private let observer: Observer
    private let patience: Duration
    private var listeners: [Listener] = []
    private var handshakes: [LinkID: Handshake] = [:]
    private var links: [LinkID: Link] = [:]
    private var handshakeCounts = PeerCounts()
    private var linkCounts = PeerCounts()
    private let farewells: Farewells
    private var lastLink: UInt64 = 0

    init(
        identity: Identity, on loop: Loop, observer: Observer, patience: Duration = AgentListener.handshakeLimit
    ) {
        self.patience = patience
        context = TLSContext(.server, identity: identity)
        self.loop = loop
        self.observer = observer
        farewells = Farewells(on: loop)
    }

    deinit { stop() }

    var port: UInt16 { listeners.first?.port ?? 0 }

    func listen(_ addresses: [IPAddress], port: UInt16) throws(OperatorError) {
        listeners = try ServerPorts.listen("release-port", addresses, port: port, on: loop) { [unowned self] in
            accept($0, from: $1)
        }
    }

    func send(_ link: LinkID, _ bytes: [UInt8]) { links[link]?.channel.write(bytes) }

    /// What was sent leaves first.
    func close(_ link: LinkID) {
        if let link = takeLink(link) { farewells.add(link.channel) }
    }

    /// Takes no connection any more; `done` comes when those that were closed are gone, at once if there are none.
    func leave(then done: @escaping () -> Void) {
        for listener in listeners { listener.close() }
        listeners = []
        for handshake in handshakes.values { end(handshake) }
        handshakes = [:]
        handshakeCounts = PeerCounts()
        guard farewells.count > 0 else { return done() }
        farewells.onEmpty = done
    }

    /// Ends everything at once and calls back no more.
    func stop() {
        farewells.onEmpty = nil
        leave {}
        farewells.closeAll()
        for link in links.values { link.channel.close() }
        links = [:]
        linkCounts = PeerCounts()
    }

    private func end(_ handshake: Handshake) {
        loop.cancel(handshake.timer)
        handshake.channel.close()
    }

    private func accept(_ descriptor: consuming Descriptor, from peer: PeerAddress) {
        if let refusal = refusal(for: peer) {
            return observer.log(.warning, "connection-refused", ["peer": peer, "reason": refusal])
        }
        do throws(SystemFault) {
            start(try TLSChannel(descriptor, context: context, on: loop), peer)
        } catch {
            observer.log(.warning, "connection-refused", ["peer": peer, "reason": "\(error)"])
        }
    }

    private func refusal(for peer: PeerAddress) -> String? {
        if !peer.isPrivate { return "public-address" }
        if handshakeCounts[peer.ip] >= Self.handshakesPerAddress || handshakeCounts.all >= Self.handshakesInAll {
            return "too-many-handshakes"
        }
        let isFull = linkCounts[peer.ip] >= Self.linksPerAddress || linkCounts.all >= Self.linksInAll
        return isFull ? "too-many-connections" : nil
    }

    private func start(_ channel: TLSChannel, _ peer: PeerAddress) {
        lastLink += 1
        let link = LinkID(lastLink)
        let timer = loop.schedule(after: patience) { [unowned self] in
            observer.log(.warning, "handshake-failed", ["peer": peer, "reason": "too slow"])
            takeHandshake(link)?.channel.close()
        }
        handshakes[link] = Handshake(channel: channel, peer: peer, timer: timer)
        handshakeCounts.add(peer.ip)
        channel.onConnected = { [unowned self] key in
            guard let handshake = takeHandshake(link) else { return }
            loop.cancel(handshake.timer)
            links[link] = Link(channel: handshake.channel, address: peer.ip)
            linkCounts.add(peer.ip)
            onEvent?(.connected(link, key: key))
        }
        channel.onBytes = { [unowned self] in onEvent?(.received(link, $0)) }
        channel.onDrained = { [unowned self] in onEvent?(.drained(link)) }
        channel.onEnd = { [unowned self] in onEvent?(.disconnected(link)) }
        channel.onClosed = { [unowned self, unowned channel] _ in closed(link, channel.fault) }
    }

    private func closed(_ link: LinkID, _ fault: TLSFault?) {
        if let handshake = takeHandshake(link) {
            loop.cancel(handshake.timer)
            let reason = fault.map { "\($0)" } ?? "left"
            return observer.log(.warning, "handshake-failed", ["peer": handshake.peer, "reason": reason])
        }
        guard takeLink(link) != nil else { return }
        onEvent?(.disconnected(link))
    }

    private func takeHandshake(_ link: LinkID) -> Handshake? {
        guard let handshake = handshakes.removeValue(forKey: link) else { return nil }
        handshakeCounts.remove(handshake.peer.ip)
        return handshake
    }

    private func takeLink(_ link: LinkID) -> Link? {
        guard let link = links.removeValue(forKey: link) else { return nil }
        linkCounts.remove(link.address)
        return link
    }
}
