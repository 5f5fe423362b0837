// SPDX-License-Identifier: Apache-2.0

package import HostIO
package import Primitives

/// Finds a server by its name and opens TLS to the first of its addresses that answers: for programs that ask once.
package final class TLSDialer {
    package enum Failure: Error, Hashable, Sendable {
        /// It does not hold the pinned key.
        case wrongServer
        case failed(String)
    }

    package typealias Completion = (Result<(channel: TLSChannel, server: KeyHash), Failure>) -> Void

    private let port: UInt16
    private let context: TLSContext
    private let loop: Loop
    private let resolver: Resolver
    private var connector: Connector?
    private var channel: TLSChannel?
    private var timer: TimerToken?
    private var completion: Completion?

    /// - Parameter limit: for name, TCP and handshake together.
    /// - Parameter completion: once, on the loop; the channel's callbacks are the owner's from then on.
    package init(
        _ host: String, port: UInt16, context: TLSContext, within limit: Duration, on loop: Loop,
        then completion: @escaping Completion
    ) throws(SystemFault) {
        self.port = port
        self.context = context
        self.loop = loop
        self.completion = completion
        resolver = try Resolver(on: loop)
        timer = loop.schedule(after: limit) { [unowned self] in
            timer = nil
            fail("no answer within \(limit)")
        }
        resolver.resolve(host) { [weak self] answer in
            guard let self, self.completion != nil else { return }
            switch answer {
            case .success(let addresses): connect(addresses[...])
            case .failure(let fault): fail("\(fault)")
            }
        }
    }

    deinit { cancel() }

    /// Gives up whatever is under way and calls nobody.
    package func cancel() {
        completion = nil
        if let timer { loop.cancel(timer) }
        timer = nil
        connector?.cancel()
        connector = nil
        channel?.close()
        channel = nil
    }

    private func connect(_ addresses: ArraySlice<IPAddress>) {
        guard let address = addresses.first else { return fail("no address answers") }
        let peer = PeerAddress(ip: address, port: port)
        do throws(SystemFault) {
            connector = try Connector.tcp(peer, on: loop) { [unowned self] result in
                switch consume result {
                case .success(let descriptor): secure(descriptor)
                case .failure(let fault):
                    addresses.count > 1 ? connect(addresses.dropFirst()) : fail("\(peer): \(fault)")
                }
            }
        } catch {
            fail("\(peer): \(error)")
        }
    }

    private func secure(_ descriptor: consuming Descriptor) {
        do throws(SystemFault) {
            let channel = try TLSChannel(descriptor, context: context, on: loop)
            self.channel = channel
            channel.onConnected = { [unowned self] in finish($0) }
            channel.onEnd = { [unowned self] in fail("the server ended the connection") }
            channel.onClosed = { [unowned self, unowned channel] fault in
                if channel.fault == .wrongPin { return end(.failure(.wrongServer)) }
                fail(channel.fault.map { "\($0)" } ?? fault.map { "\($0)" } ?? "the connection was lost")
            }
        } catch {
            fail("\(error)")
        }
    }

    private func finish(_ server: KeyHash) {
        guard let channel else { return }
        self.channel = nil
        channel.onConnected = nil
        channel.onEnd = nil
        channel.onClosed = nil
        end(.success((channel, server)))
    }

    private func fail(_ problem: String) { end(.failure(.failed(problem))) }

    private func end(_ result: Result<(channel: TLSChannel, server: KeyHash), Failure>) {
        let told = completion
        cancel()
        told?(result)
    }
}
