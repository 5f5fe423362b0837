// SPDX-License-Identifier: Apache-2.0

package import HostIO
package import Primitives

/// Opens TLS to a server that is known by its name and its key.
package final class TLSDialer {
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
        /// It does not hold the pinned key.
        package let isWrongServer: Bool
    }

    package typealias Completion = (Result<(channel: TLSChannel, server: KeyHash), Failure>) -> Void

    private let context: TLSContext
    private let loop: Loop
    private var dialer: Dialer?
    private var channel: TLSChannel?
    private var timer: TimerToken?
    private var completion: Completion?

    /// - Parameters:
    ///   - limit: for name, TCP and handshake together.
    ///   - completion: once, on the loop, never from within this call; the channel's callbacks are the owner's from
    ///     then on.
    package init(
        _ host: String, port: UInt16, context: TLSContext, within limit: Duration, resolver: Resolver, on loop: Loop,
        then completion: @escaping Completion
    ) {
        self.context = context
        self.loop = loop
        self.completion = completion
        let dialer = Dialer(host, port: port, within: nil, resolver: resolver, on: loop) { [unowned self] result in
            switch consume result {
            case .success(let descriptor): secure(descriptor)
            case .failure(let fault): fail("\(fault)")
            }
        }
        self.dialer = dialer
        timer = loop.schedule(after: limit) { [unowned self] in
            timer = nil
            fail("\(place ?? host): no answer within \(limit)")
        }
    }

    deinit { cancel() }

    /// Gives up whatever is under way and calls nobody.
    package func cancel() {
        completion = nil
        if let timer { loop.cancel(timer) }
        timer = nil
        dialer?.cancel()
        dialer = nil
        channel?.close()
        channel = nil
    }

    private var place: String? { dialer?.peer.map { "\($0)" } }

    private func secure(_ descriptor: consuming Descriptor) {
        do throws(SystemFault) {
            let channel = try TLSChannel(descriptor, context: context, on: loop)
            self.channel = channel
            channel.onConnected = { [unowned self] in finish($0) }
            channel.onEnd = { [unowned self] in fail(at: "the server ended the connection") }
            channel.onClosed = { [unowned self, unowned channel] fault in
                fail(at: channel.problem(fault), isWrongServer: channel.fault == .wrongPin)
            }
        } catch {
            fail(at: "\(error)")
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

    private func fail(at problem: String, isWrongServer: Bool = false) {
        fail(place.map { "\($0): \(problem)" } ?? problem, isWrongServer: isWrongServer)
    }

    private func fail(_ problem: String, isWrongServer: Bool = false) {
        end(.failure(Failure(description: problem, isWrongServer: isWrongServer)))
    }

    private func end(_ result: Result<(channel: TLSChannel, server: KeyHash), Failure>) {
        let told = completion
        cancel()
        told?(result)
    }
}
