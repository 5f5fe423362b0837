// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Crypto
import HostIO
import Ops
import Primitives

/// The TLS connection to the release server: name, TCP, handshake, bytes.
final class ServerLink {
    var onEvent: ((AgentCore.Event) -> Void)?
    /// Why the last attempt came to nothing.
    private(set) var lastProblem: String?

    private let settings: AgentSettings
    private var context: TLSContext
    private let server: KeyHash
    private let resolver: Resolver
    private let loop: Loop
    private var connector: Connector?
    private var channel: TLSChannel?
    private var timer: TimerToken?
    private var addresses: [IPAddress] = []
    private var attempt = 0
    /// From ``dial()`` until the core is told that nothing is left of it.
    private var isActive = false

    init(_ settings: AgentSettings, enrolment: EnrolledState, resolver: Resolver, on loop: Loop) {
        self.settings = settings
        self.resolver = resolver
        self.loop = loop
        server = enrolment.server
        context = TLSContext(.client(.exact(enrolment.server)), identity: enrolment.identity)
    }

    /// From the next ``dial()`` on.
    func use(_ identity: Identity) { context = TLSContext(.client(.exact(server)), identity: identity) }

    func dial() {
        precondition(!isActive, "one attempt at a time")
        isActive = true
        attempt += 1
        let current = attempt
        lastProblem = nil
        limit(AgentRuntime.connectLimit) { $0.down("no connection within \(AgentRuntime.connectLimit)") }
        resolver.resolve(settings.server) { [weak self] answer in
            guard let self, current == attempt else { return }
            switch answer {
            case .success(let found):
                addresses = found
                connectNext()
            case .failure(let fault): down("\(fault)")
            }
        }
    }

    func send(_ bytes: [UInt8]) { channel?.write(bytes) }

    func hangUp() { down(nil) }

    /// Ends everything at once and calls back no more.
    func close() {
        onEvent = nil
        release()
    }

    deinit { release() }

    private func limit(_ wait: Duration, _ late: @escaping (ServerLink) -> Void) {
        stopTimer()
        timer = loop.schedule(after: wait) { [unowned self] in
            timer = nil
            late(self)
        }
    }

    private func connectNext() {
        guard !addresses.isEmpty else { return down(lastProblem) }
        let peer = PeerAddress(ip: addresses.removeFirst(), port: settings.port)
        // One address that swallows everything must not keep us from the next one.
        limit(AgentRuntime.connectLimit) { $0.unanswered(peer) }
        do throws(SystemFault) {
            connector = try Connector.tcp(peer, on: loop) { [unowned self] result in connected(result, peer) }
        } catch {
            lastProblem = "\(peer): \(error)"
            connectNext()
        }
    }

    private func unanswered(_ peer: PeerAddress) {
        connector?.cancel()
        connector = nil
        lastProblem = "\(peer): no connection within \(AgentRuntime.connectLimit)"
        if channel == nil { connectNext() } else { down(lastProblem) }
    }

    private func connected(_ result: consuming Result<Descriptor, SystemFault>, _ peer: PeerAddress) {
        connector = nil
        switch consume result {
        case .success(let descriptor): secure(descriptor, peer)
        case .failure(let fault):
            lastProblem = "\(peer): \(fault)"
            connectNext()
        }
    }

    private func secure(_ descriptor: consuming Descriptor, _ peer: PeerAddress) {
        do throws(SystemFault) {
            let channel = try TLSChannel(descriptor, context: context, on: loop)
            self.channel = channel
            channel.onConnected = { [unowned self] _ in
                stopTimer()
                onEvent?(.linkUp)
            }
            channel.onBytes = { [unowned self] in onEvent?(.received($0)) }
            channel.onEnd = { [unowned self] in down("the server ended the connection") }
            channel.onClosed = { [unowned self, unowned channel] fault in
                down(channel.fault.map { "\(peer): \($0)" } ?? fault.map { "\(peer): \($0)" })
            }
        } catch {
            down("\(peer): \(error)")
        }
    }

    private func stopTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    /// Tells the core once an attempt that nothing is left of it.
    private func down(_ problem: String?) {
        guard isActive else { return }
        isActive = false
        lastProblem = problem
        release()
        loop.soon { [weak self] in
            guard let self else { return }
            onEvent?(.linkDown(random: randomNumber()))
        }
    }

    private func release() {
        attempt += 1
        stopTimer()
        connector?.cancel()
        connector = nil
        channel?.close()
        channel = nil
        addresses = []
    }

    private func randomNumber() -> UInt64 { randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
