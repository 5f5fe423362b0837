// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

/// A TCP port of the loopback address that is bound and not listened on: who connects is refused, and the kernel
/// gives it to nobody else. A listener of ours can have it at the same time, since both allow the address's reuse.
struct HeldPort: ~Copyable {
    let number: UInt16

    private let socket: Descriptor

    /// - Parameter wanted: 0 for any that is free.
    init(_ wanted: UInt16) throws(SystemFault) {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let held = Descriptor(owning: CInt(try retrying("socket") { Glibc.socket(AF_INET, kind, 0) }))
        number = try Self.bind(held.raw, wanted)
        socket = held
    }

    private static func bind(_ socket: CInt, _ wanted: UInt16) throws(SystemFault) -> UInt16 {
        var yes: CInt = 1
        try retrying("setsockopt") {
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try retrying("bind 127.0.0.1:\(wanted)") {
            withUnsafeBytes(of: &address) { bytes in
                bytes.withMemoryRebound(to: sockaddr.self) {
                    Glibc.bind(socket, $0.baseAddress, socklen_t(bytes.count))
                }
            }
        }
        return try SocketName.local(socket)?.port ?? 0
    }
}
