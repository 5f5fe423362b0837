// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// Opens one outgoing connection. The caller limits how long it takes: a timer that calls cancel().
package final class Connector {
    package typealias Completion = (consuming Result<Descriptor, SystemFault>) -> Void

    private let loop: Loop
    private var descriptor: Descriptor?
    private var token: WatchToken?
    private var completion: Completion?

    /// `completion` is called once on the loop, never from within this call, with a non-blocking descriptor.
    /// - Parameter source: our own address, for a host that has several; `nil` lets the kernel choose.
    package static func tcp(
        _ peer: PeerAddress, from source: IPAddress? = nil, on loop: Loop, then completion: @escaping Completion
    ) throws(SystemFault) -> Connector {
        let source = source.map { SocketAddress(PeerAddress(ip: $0, port: 0)) }
        return try Connector(SocketAddress(peer), from: source, on: loop, completion)
    }

    package static func unix(
        path: String, on loop: Loop, then completion: @escaping Completion
    ) throws(SystemFault) -> Connector {
        try Connector(SocketAddress(path: path), from: nil, on: loop, completion)
    }

    private init(
        _ address: SocketAddress, from source: SocketAddress?, on loop: Loop, _ completion: @escaping Completion
    ) throws(SystemFault) {
        let raw = CInt(try retrying("socket") { cs_stream_socket(address.family) })
        self.loop = loop
        self.completion = completion
        descriptor = Descriptor(owning: raw)
        if address.family != AF_UNIX { try setOption(raw, CInt(IPPROTO_TCP), TCP_NODELAY, 1) }
        if let source { try retrying("bind") { source.withPointer { bind(raw, $0, $1) } } }
        // An interrupted connect goes on by itself, like one in progress.
        if address.withPointer({ connect(raw, $0, $1) }) < 0, errno != EINPROGRESS, errno != EINTR {
            let fault = SystemFault(call: "connect", errno: errno)
            loop.soon { self.finish(fault) }
            return
        }
        token = try loop.watch(raw, .write) { _ in self.finish(self.outcome(raw)) }
    }

    /// The completion is not called any more.
    package func cancel() {
        if let token { loop.unwatch(token) }
        token = nil
        completion = nil
        descriptor = nil
    }

    private func outcome(_ raw: CInt) -> SystemFault? {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(raw, SOL_SOCKET, SO_ERROR, &code, &length)
        return code == 0 ? nil : SystemFault(call: "connect", errno: code)
    }

    private func finish(_ fault: SystemFault?) {
        guard let completion, let descriptor = descriptor.take() else { return }
        cancel()
        if let fault { completion(.failure(fault)) } else { completion(.success(descriptor)) }
    }
}

extension Stream {
    /// Notices a TCP peer that is gone without a word: after `idle` seconds of silence it is asked `count` times, every
    /// `interval` seconds. Its own questions are answered by the kernel.
    package func keepAlive(idle: Int, interval: Int, count: Int) throws(SystemFault) {
        guard let raw else { return }
        try retrying("setsockopt SO_KEEPALIVE") { cs_tcp_keepalive(raw, CInt(idle), CInt(interval), CInt(count)) }
    }
}
