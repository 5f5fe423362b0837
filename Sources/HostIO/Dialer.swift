// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A connection that did not come about.
package struct DialFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        case unknownName
        /// None of its addresses may be tried.
        case notPermitted
        /// Somebody is there, and nobody listens.
        case refused
        /// No answer in time.
        case silent
        case unreachable
    }

    package let description: String
    package let kind: Kind

    package init(_ description: String, _ kind: Kind) {
        self.description = description
        self.kind = kind
    }

    init(_ peer: PeerAddress, _ fault: SystemFault) {
        let kind: Kind =
            switch fault.errno {
            case ECONNREFUSED: .refused
            case ETIMEDOUT: .silent
            default: .unreachable
            }
        self.init("\(peer): \(fault)", kind)
    }
}

/// Finds a host by its name and opens TCP to the first of its addresses that answers, in the resolver's order.
package final class Dialer {
    /// An address that is silent for so long gives way to the next one: the kernel has asked three times by then.
    package static let patience = Duration.seconds(4)

    package typealias Completion = (consuming Result<Descriptor, DialFault>) -> Void

    /// The one that is tried, or that has answered.
    package private(set) var peer: PeerAddress?

    private let port: UInt16
    private let patience: Duration
    private let resolver: Resolver
    private let loop: Loop
    private var connector: Connector?
    private var limit: TimerToken?
    private var turn: TimerToken?
    private var completion: Completion?

    /// - Parameters:
    ///   - rule: which of the addresses may be tried.
    ///   - limit: for the name and all addresses together; `nil` where the owner has one and calls ``cancel()``.
    ///   - completion: once, on the loop, never from within this call; the descriptor is non-blocking.
    package init(
        _ host: String, port: UInt16, peers rule: PeerRule? = nil, patience: Duration = Dialer.patience,
        within limit: Duration?, resolver: Resolver, on loop: Loop, then completion: @escaping Completion
    ) {
        self.port = port
        self.patience = patience
        self.resolver = resolver
        self.loop = loop
        self.completion = completion
        self.limit = limit.map { limit in
            loop.schedule(after: limit) { [unowned self] in
                self.limit = nil
                end(.failure(DialFault("\(peer.map { "\($0)" } ?? host): no answer within \(limit)", .silent)))
            }
        }
        resolver.resolve(host) { [weak self] answer in
            guard let self, self.completion != nil else { return }
            switch answer {
            case .success(let found):
                let addresses = found.filter { rule?.objection(to: $0) == nil }
                guard !addresses.isEmpty else {
                    return end(.failure(DialFault("\(host) is no address of a private network", .notPermitted)))
                }
                connect(addresses[...])
            case .failure(let fault): end(.failure(DialFault("\(fault)", .unknownName)))
            }
        }
    }

    deinit { cancel() }

    /// Gives up whatever is under way and calls nobody.
    package func cancel() {
        completion = nil
        if let limit { loop.cancel(limit) }
        limit = nil
        leave()
    }

    private func connect(_ addresses: ArraySlice<IPAddress>) {
        let peer = PeerAddress(ip: addresses[addresses.startIndex], port: port)
        let rest = addresses.dropFirst()
        self.peer = peer
        if !rest.isEmpty {
            turn = loop.schedule(after: patience) { [unowned self] in
                turn = nil
                goOn(rest, DialFault("\(peer): no answer within \(patience)", .silent))
            }
        }
        do throws(SystemFault) {
            connector = try Connector.tcp(peer, on: loop) { [unowned self] result in
                switch consume result {
                case .success(let descriptor): end(.success(descriptor))
                case .failure(let fault): goOn(rest, DialFault(peer, fault))
                }
            }
        } catch {
            goOn(rest, DialFault(peer, error))
        }
    }

    private func goOn(_ rest: ArraySlice<IPAddress>, _ fault: DialFault) {
        leave()
        if rest.isEmpty { end(.failure(fault)) } else { connect(rest) }
    }

    private func leave() {
        if let turn { loop.cancel(turn) }
        turn = nil
        connector?.cancel()
        connector = nil
    }

    private func end(_ result: consuming Result<Descriptor, DialFault>) {
        let told = completion
        cancel()
        told?(result)
    }
}
