// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An IPv4 or IPv6 address. IPv4 addresses in their IPv6-mapped form become IPv4.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]
    /// The interface of a link-local IPv6 address; else 0.
    package let scope: UInt32

    package static let loopback4 = IPAddress(bytes: [127, 0, 0, 1])
    package static let loopback6 = IPAddress(bytes: [UInt8](repeating: 0, count: 15) + [1])
    /// A listener on this address takes IPv4 connections, too.
    package static let any6 = IPAddress(bytes: [UInt8](repeating: 0, count: 16))

    package init(bytes: [UInt8], scope: UInt32 = 0) {
        precondition(bytes.count == 4 || bytes.count == 16, "no such kind of address")
        let isMapped = bytes.count == 16 && bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
        self.scope = isMapped ? 0 : scope
    }

    /// The usual text forms, an interface after `%` included; no names, no port.
    package init?(_ text: String) {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var four = in_addr()
        if parts.count == 1, inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: four) { Array($0) })
            return
        }
        var six = in6_addr()
        guard let first = parts.first, inet_pton(AF_INET6, String(first), &six) == 1 else { return nil }
        var scope: UInt32 = 0
        if parts.count == 2 {
            scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
            guard scope != 0 else { return nil }
        }
        self.init(bytes: withUnsafeBytes(of: six) { Array($0) }, scope: scope)
    }

    package var isIPv6: Bool { bytes.count == 16 }
    package var isLoopback: Bool { isIPv6 ? self == .loopback6 : bytes[0] == 127 }
    package var isLinkLocal: Bool { Network.linkLocal.contains { $0.contains(self) } }

    /// An address that the public network does not route: RFC 1918, RFC 4193, link-local or loopback.
    package var isPrivate: Bool { isLoopback || Network.privates.contains { $0.contains(self) } || isLinkLocal }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
        let plain = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return scope == 0 ? plain : "\(plain)%\(scope)"
    }
}

/// A block of addresses, written `10.0.0.0/8`; a lone address is a block of one.
package struct Network: Hashable, Sendable {
    package let address: IPAddress
    package let prefix: Int

    static let linkLocal = [
        Network(IPAddress(bytes: [169, 254, 0, 0]), prefix: 16),
        Network(IPAddress(bytes: [0xFE, 0x80] + [UInt8](repeating: 0, count: 14)), prefix: 10),
    ]
    static let privates = [
        Network(IPAddress(bytes: [10, 0, 0, 0]), prefix: 8),
        Network(IPAddress(bytes: [172, 16, 0, 0]), prefix: 12),
        Network(IPAddress(bytes: [192, 168, 0, 0]), prefix: 16),
        Network(IPAddress(bytes: [0xFC] + [UInt8](repeating: 0, count: 15)), prefix: 7),
    ]

    /// Bits behind the prefix are cleared.
    package init(_ address: IPAddress, prefix: Int) {
        precondition((0...address.bytes.count * 8).contains(prefix), "no such prefix")
        let kept = address.bytes.enumerated().map { index, byte in
            byte & ~UInt8(truncatingIfNeeded: 0xFF >> min(8, max(0, prefix - index * 8)))
        }
        self.address = IPAddress(bytes: kept)
        self.prefix = prefix
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])), address.scope == 0 else { return nil }
        let width = address.bytes.count * 8
        guard parts.count == 2 else {
            self.init(address, prefix: width)
            return
        }
        guard parts[1].allSatisfy(\.isNumber), let prefix = Int(parts[1]), prefix <= width else { return nil }
        self.init(address, prefix: prefix)
    }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        return address.bytes.indices.allSatisfy { index in
            let mask = ~UInt8(truncatingIfNeeded: 0xFF >> min(8, max(0, prefix - index * 8)))
            return other.bytes[index] & mask == address.bytes[index]
        }
    }
}

extension Network: CustomStringConvertible {
    package var description: String { "\(address)/\(prefix)" }
}

/// An address and a TCP port.
package struct PeerAddress: Hashable, Sendable {
    package let ip: IPAddress
    package let port: UInt16

    package init(ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    package var isPrivate: Bool { ip.isPrivate }
    package var isLoopback: Bool { ip.isLoopback }
}

extension PeerAddress: CustomStringConvertible {
    package var description: String { ip.isIPv6 ? "[\(ip)]:\(port)" : "\(ip):\(port)" }
}
