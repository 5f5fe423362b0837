// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// Who is at the other end of a Unix socket, as the kernel saw it at the time of connecting.
package struct PeerCredentials: Hashable, Sendable {
    package let user: UInt32
    package let group: UInt32
    package let process: Int32

    package init(of descriptor: CInt) throws(SystemFault) {
        var (user, group, process): (UInt32, UInt32, Int32) = (0, 0, 0)
        try retrying("getsockopt SO_PEERCRED") { cs_peer_credentials(descriptor, &user, &group, &process) }
        self.user = user
        self.group = group
        self.process = process
    }
}

/// Takes connections on a TCP port or a Unix socket and hands each, non-blocking, to `onAccept`.
///
/// When the process is out of descriptors it stops taking for recoverySeconds; the peers wait in the backlog.
package final class Listener {
    package static let backlog: CInt = 128
    package static let acceptsPerTurn = 64
    package static let recoverySeconds = 1

    /// Connections could not be taken for a while; taking goes on by itself.
    package var onTrouble: ((SystemFault) -> Void)?

    /// The port that was bound, which the kernel chose when 0 was asked for; 0 for a Unix socket.
    package let port: UInt16

    private var descriptor: Descriptor?
    private let loop: Loop
    private let path: UnixPath?
    private var token: WatchToken?
    private var recovery: TimerToken?
    private var accept: ((consuming Descriptor, SocketAddress) -> Void)?

    /// Throws a fault with `isAddressTaken` when another program has the port. `IPAddress.any6` takes IPv4, too.
    /// - Parameter gate: whom it refuses hears nothing. Without one, whoever has a public address is refused.
    package static func tcp(
        _ address: IPAddress, port: UInt16, behind gate: PeerGate? = nil, on loop: Loop,
        onAccept: @escaping (consuming Descriptor, PeerAddress) -> Void
    ) throws(SystemFault) -> Listener {
        let wanted = SocketAddress(PeerAddress(ip: address, port: port))
        let socket = Descriptor(owning: CInt(try retrying("socket") { cs_stream_socket(wanted.family) }))
        try setOption(socket.raw, SOL_SOCKET, SO_REUSEADDR, 1)
        if address.isIPv6 {
            try setOption(socket.raw, CInt(IPPROTO_IPV6), IPV6_V6ONLY, address == .any6 ? 0 : 1)
        }
        try retrying("bind \(PeerAddress(ip: address, port: port))") {
            wanted.withPointer { bind(socket.raw, $0, $1) }
        }
        let gate = gate ?? PeerGate(on: loop)
        return try Listener(socket, path: nil, on: loop) { descriptor, address in
            guard let peer = address.peer, gate.admits(peer) else { return }
            try? setOption(descriptor.raw, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
            onAccept(descriptor, peer)
        }
    }

    /// A socket file with exactly these mode bits. A file that no program listens on any more is replaced; a live one
    /// is a fault with `isAddressTaken`. The file is removed by close(); its folder is made where it is
    /// missing.
    package static func unix(
        path: String, mode: UInt32 = 0o600, on loop: Loop,
        onAccept: @escaping (consuming Descriptor, PeerCredentials) -> Void
    ) throws(SystemFault) -> Listener {
        let (socket, file) = try UnixPath.bind(path, mode: mode)
        return try Listener(Descriptor(owning: socket), path: file, on: loop) { descriptor, _ in
            guard let peer = try? PeerCredentials(of: descriptor.raw) else { return }
            onAccept(descriptor, peer)
        }
    }

    private init(
        _ socket: consuming Descriptor, path: UnixPath?, on loop: Loop,
        accept: @escaping (consuming Descriptor, SocketAddress) -> Void
    ) throws(SystemFault) {
        let raw = socket.raw
        try retrying("listen") { listen(raw, Self.backlog) }
        port = try SocketName.local(raw)?.port ?? 0
        descriptor = consume socket
        self.loop = loop
        self.path = path
        self.accept = accept
        token = try loop.watch(raw, .read) { _ in self.take() }
    }

    /// Refuses connections from now on; the port is free again.
    package func close() {
        if let token { loop.unwatch(token) }
        if let recovery { loop.cancel(recovery) }
        token = nil
        recovery = nil
        accept = nil
        path?.remove()
        descriptor = nil
    }

    private func take() {
        for _ in 0..<Self.acceptsPerTurn {
            guard let accept, let socket = descriptor?.raw else { return }
            var address = SocketAddress()
            do throws(SystemFault) {
                let raw = try attempting("accept4") { address.fill { cs_accept(socket, $0, &$1) } }
                guard let raw else { return }
                accept(Descriptor(owning: CInt(raw)), address)
            } catch {
                // A peer that went away while it waited is nobody's trouble.
                if error.errno == ECONNABORTED { continue }
                recover(from: error)
                return
            }
        }
    }

    private func recover(from fault: SystemFault) {
        guard let token else { return }
        try? loop.change(token, [])
        recovery = loop.schedule(after: .seconds(Self.recoverySeconds)) {
            self.recovery = nil
            try? self.loop.change(token, .read)
        }
        onTrouble?(fault)
    }
}
