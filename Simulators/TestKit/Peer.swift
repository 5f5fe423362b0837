// SPDX-License-Identifier: Apache-2.0

import Glibc
package import HostIO

/// The other end of a socket, and what it heard.
package final class Peer {
    package let stream: HostIO.Stream
    package var bytes: [UInt8] = []
    package var isOver = false

    package init(_ descriptor: consuming Descriptor, on loop: Loop) throws(SystemFault) {
        stream = try Stream(descriptor, on: loop)
        stream.onBytes = { [unowned self] in bytes += $0 }
        stream.onEnd = { [unowned self] in isOver = true }
        stream.onClosed = { [unowned self] _ in isOver = true }
    }

    deinit { stream.close() }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
    package var lines: [String] { text.split(separator: "\n").map(String.init) }

    package static func tcp(_ port: UInt16, on loop: Loop) throws -> Peer {
        let peer = Box<Peer?>(nil)
        let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: loop) { result in
            if case .success(let descriptor) = consume result { peer.value = try? Peer(descriptor, on: loop) }
        }
        return try connected(peer, by: connector, to: "port \(port)", on: loop)
    }

    package static func unix(_ path: String, on loop: Loop) throws -> Peer {
        let peer = Box<Peer?>(nil)
        let connector = try Connector.unix(path: path, on: loop) { result in
            if case .success(let descriptor) = consume result { peer.value = try? Peer(descriptor, on: loop) }
        }
        return try connected(peer, by: connector, to: path, on: loop)
    }

    private static func connected(
        _ peer: Box<Peer?>, by connector: Connector, to place: String, on loop: Loop
    ) throws -> Peer {
        _ = try loop.turn { peer.value != nil }
        connector.cancel()
        guard let peer = peer.value else { throw TestFault("no connection to \(place)") }
        return peer
    }
}

/// Two connected sockets, which the caller owns.
package func socketPair() throws(SystemFault) -> (CInt, CInt) {
    var ends: [CInt] = [-1, -1]
    guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0 else {
        throw SystemFault(call: "socketpair", errno: errno)
    }
    return (ends[0], ends[1])
}
