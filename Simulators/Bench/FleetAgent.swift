// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import LabRuntime
import Primitives
import ReleaseWire

/// One agent of a fleet: a TLS connection and the agent's side of the protocol, without readers and printer. It comes
/// back when its connection ends, as an agent does: after a random part of a growing time.
final class FleetAgent {
    private static let firstRetry = 0.25
    private static let lastRetry = 30.0

    let member: Fleet.Member
    private(set) var isOpen = false
    var capabilities: Set<Capability> = []
    /// The answer to the latest request.
    var onAnswer: ((ReleaseMessage) -> Void)?

    private let context: TLSContext
    private let source: IPAddress
    private let port: UInt16
    private let loop: Loop
    private var connector: Connector?
    private var channel: TLSChannel?
    private var session: AgentSession?
    private var timer: TimerToken?
    private var failures = 0
    private var correlation: UInt32 = 0
    private var isClosed = false

    init(_ member: Fleet.Member, of fleet: Fleet, from source: IPAddress, port: UInt16, on loop: Loop) {
        self.member = member
        self.source = source
        self.port = port
        self.loop = loop
        context = TLSContext(.client(.exact(fleet.server)), identity: member.identity)
    }

    func dial() {
        guard !isClosed else { return }
        do throws(SystemFault) {
            let peer = PeerAddress(ip: .loopback4, port: port)
            connector = try Connector.tcp(peer, from: source, on: loop) { [weak self] result in
                guard let self else { return }
                connector = nil
                guard case .success(let descriptor) = consume result else { return down() }
                secure(descriptor)
            }
        } catch {
            down()
        }
    }

    func close() {
        isClosed = true
        release()
    }

    /// Asks something, now.
    func ask(_ message: ReleaseMessage) {
        correlation += 1
        feed(.request(correlation, message))
    }

    private func secure(_ descriptor: consuming Descriptor) {
        guard let channel = try? TLSChannel(descriptor, context: context, on: loop) else { return down() }
        self.channel = channel
        channel.onConnected = { [unowned self] _ in open() }
        channel.onBytes = { [unowned self] in feed(.received($0)) }
        channel.onEnd = { [unowned self] in down() }
        channel.onClosed = { [unowned self] _ in down() }
    }

    private func open() {
        let hello = Hello(
            software: "lanyard-bench", stream: member.stream, nextSequence: 1, unsettled: [],
            capabilities: capabilities)
        var session = AgentSession(opening: .hello(hello), openedAt: loop.now)
        let actions = session.start(at: loop.now)
        self.session = session
        perform(actions)
    }

    private func feed(_ event: AgentSession.Event) {
        if let actions = session?.handle(event, at: loop.now) { perform(actions) }
    }

    private func perform(_ actions: [AgentSession.Action]) {
        for action in actions {
            switch action {
            case .send(let bytes): channel?.write(bytes)
            case .opened:
                isOpen = true
                failures = 0
            case .reply(_, let message): onAnswer?(message)
            case .close: down()
            case .enrolled, .acknowledged, .document, .told: break
            }
        }
        if timer == nil { keepDeadline() }
    }

    /// One timer, which may come early: what is heard in between only puts the deadline off.
    private func keepDeadline() {
        guard let deadline = session?.deadline else { return }
        timer = loop.schedule(at: deadline) { [weak self] in
            guard let self else { return }
            timer = nil
            perform(session?.tick(at: loop.now) ?? [])
        }
    }

    private func down() {
        guard !isClosed else { return }
        release()
        let cap = min(Self.lastRetry, Self.firstRetry * Double(1 << min(failures, 16)))
        failures += 1
        timer = loop.schedule(after: .seconds(max(0.05, Double.random(in: 0..<cap)))) { [weak self] in
            self?.timer = nil
            self?.dial()
        }
    }

    private func release() {
        isOpen = false
        if let timer { loop.cancel(timer) }
        timer = nil
        connector?.cancel()
        connector = nil
        channel?.close()
        channel = nil
        session = nil
    }
}
