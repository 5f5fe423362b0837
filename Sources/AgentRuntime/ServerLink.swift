// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Crypto
import HostIO
import Ops
import Primitives

/// The TLS connection to the release server.
final class ServerLink {
    var onEvent: ((AgentCore.Event) -> Void)?
    /// Why the last attempt came to nothing.
    private(set) var lastProblem: String?

    private let settings: AgentSettings
    private var context: TLSContext
    private let server: KeyHash
    private let resolver: Resolver
    private let loop: Loop
    private var dialer: TLSDialer?
    private var channel: TLSChannel?
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
        lastProblem = nil
        dialer = TLSDialer(
            settings.server, port: settings.port, context: context, within: AgentRuntime.connectLimit,
            resolver: resolver, on: loop
        ) { [unowned self] result in
            switch result {
            case .success(let found): opened(found.channel)
            case .failure(let failure): down("\(failure)")
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

    private func opened(_ channel: TLSChannel) {
        self.channel = channel
        channel.onBytes = { [unowned self] in onEvent?(.received($0)) }
        channel.onEnd = { [unowned self] in down("the server ended the connection") }
        channel.onClosed = { [unowned self, unowned channel] in down(channel.problem($0)) }
        onEvent?(.linkUp)
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
        dialer?.cancel()
        dialer = nil
        channel?.close()
        channel = nil
    }

    private func randomNumber() -> UInt64 { randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
