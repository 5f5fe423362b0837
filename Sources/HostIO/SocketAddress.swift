// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An address in the form that the socket calls take.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private(set) var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    static let pathLimit = 107

    /// For calls that fill it in.
    init() {}

    init(_ peer: PeerAddress) {
        if peer.ip.isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = peer.port.bigEndian
            address.sin6_scope_id = peer.ip.scope
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: peer.ip.bytes) }
            store(address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = peer.port.bigEndian
            withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: peer.ip.bytes) }
            store(address)
        }
    }

    init(path: String) throws(SystemFault) {
        guard path.utf8.count <= Self.pathLimit, !path.utf8.contains(0) else {
            throw SystemFault(call: "bind \(path)", errno: ENAMETOOLONG)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        store(address)
    }

    init?(copying address: UnsafePointer<sockaddr>, length: socklen_t) {
        guard Int(length) <= MemoryLayout<sockaddr_storage>.size else { return nil }
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(length))
        withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
        self.length = length
    }

    var family: CInt { CInt(storage.ss_family) }

    /// `nil` for anything but IP.
    var peer: PeerAddress? {
        withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET:
                let address = bytes.loadUnaligned(as: sockaddr_in.self)
                let ip = withUnsafeBytes(of: address.sin_addr) { IPAddress(bytes: Array($0)) }
                return PeerAddress(ip: ip, port: UInt16(bigEndian: address.sin_port))
            case AF_INET6:
                let address = bytes.loadUnaligned(as: sockaddr_in6.self)
                let ip = withUnsafeBytes(of: address.sin6_addr) {
                    IPAddress(bytes: Array($0), scope: address.sin6_scope_id)
                }
                return PeerAddress(ip: ip, port: UInt16(bigEndian: address.sin6_port))
            default:
                return nil
            }
        }
    }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafeBytes(of: storage) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { body($0.baseAddress.unsafelyUnwrapped, length) }
        }
    }

    mutating func fill(_ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> CInt) -> CInt {
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var length = length
        defer { self.length = length }
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }

    private mutating func store<T>(_ address: T) {
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: T.self) }
        length = socklen_t(MemoryLayout<T>.size)
    }
}

/// Where a connected or bound socket is: its own end, or the other one.
package enum SocketName {
    package static func local(_ descriptor: CInt) throws(SystemFault) -> PeerAddress? {
        var address = SocketAddress()
        try retrying("getsockname") { address.fill { getsockname(descriptor, $0, &$1) } }
        return address.peer
    }

    package static func peer(_ descriptor: CInt) throws(SystemFault) -> PeerAddress? {
        var address = SocketAddress()
        try retrying("getpeername") { address.fill { getpeername(descriptor, $0, &$1) } }
        return address.peer
    }
}

func setOption(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: CInt) throws(SystemFault) {
    var value = value
    try retrying("setsockopt") {
        setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
    }
}
