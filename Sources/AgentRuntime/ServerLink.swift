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
    private let context: TLSContext
    private let resolver: Resolver
    private let loop: Loop
    private var connector: Connector?
    private var channel: TLSChannel?
    private var timer: TimerToken?
    private var addresses: [IPAddress] = []
    private var attempt = 0

    init(_ settings: AgentSettings, enrolment: EnrolledState, resolver: Resolver, on loop: Loop) {
        self.settings = settings
        self.resolver = resolver
        self.loop = loop
        context = TLSContext(.client(.exact(enrolment.server)), identity: enrolment.identity)
    }

    func dial() {
        attempt += 1
        let current = attempt
        lastProblem = nil
        timer = loop.schedule(after: AgentRuntime.connectLimit) { [unowned self] in
            timer = nil
            down("no connection within \(AgentRuntime.connectLimit)")
        }
        resolver.resolve(settings.server) { [unowned self] answer in
            guard current == attempt else { return }
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

    private func connectNext() {
        guard !addresses.isEmpty else { return down(lastProblem) }
        let peer = PeerAddress(ip: addresses.removeFirst(), port: settings.port)
        do throws(SystemFault) {
            connector = try Connector.tcp(peer, on: loop) { [unowned self] result in connected(result, peer) }
        } catch {
            lastProblem = "\(peer): \(error)"
            connectNext()
        }
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
        lastProblem = problem
        attempt += 1
        stopTimer()
        connector?.cancel()
        connector = nil
        channel?.close()
        channel = nil
        addresses = []
        loop.soon { [unowned self] in
            onEvent?(.linkDown(random: randomNumber()))
        }
    }

    private func randomNumber() -> UInt64 { randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
