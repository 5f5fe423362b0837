// SPDX-License-Identifier: Apache-2.0

/// Where a printer listens: `socket://host`, `socket://host:port`, `socket://[2001:db8::7]:9100`.
package struct PrinterURI: Hashable, Sendable {
    package static let defaultPort: UInt16 = 9100
    /// RFC 1035 section 2.3.4, which an IPv6 address keeps easily.
    package static let hostLimit = 253

    /// A name or an address; an IPv6 address without its brackets.
    package let host: String
    package let port: UInt16

    package init(_ text: String) throws(PrinterURIFault) {
        let scheme = "socket://"
        guard text.lowercased().hasPrefix(scheme) else { throw .scheme }
        var rest = text.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let (host, port) = try Self.split(rest)
        guard (1...Self.hostLimit).contains(host.utf8.count) else { throw .host }
        self.host = String(host)
        self.port = try port.map(Self.number) ?? Self.defaultPort
    }

    private static func split(_ rest: Substring) throws(PrinterURIFault) -> (host: Substring, port: Substring?) {
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { throw .host }
            let address = rest[rest.index(after: rest.startIndex)..<end]
            guard isAddress(address) else { throw .host }
            let tail = rest[rest.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw .host }
            return (address, tail.isEmpty ? nil : tail.dropFirst())
        }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, host.utf8.allSatisfy(isNamePart) else { throw .host }
        return (host, parts.count == 2 ? parts[1] : nil)
    }

    /// With a zone if need be (RFC 6874 without its escape, as the resolver takes it).
    private static func isAddress(_ text: Substring) -> Bool {
        let halves = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        return halves[0].contains(":") && halves[0].utf8.allSatisfy { isHex($0) || ":.".utf8.contains($0) }
            && (halves.count == 1 || (!halves[1].isEmpty && halves[1].utf8.allSatisfy(isNamePart)))
    }

    private static func number(_ text: Substring) throws(PrinterURIFault) -> UInt16 {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
            throw .port
        }
        return port
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "-._".utf8.contains(byte)
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}

extension PrinterURI: CustomStringConvertible {
    package var description: String { "socket://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

package enum PrinterURIFault: Error, Hashable, Sendable {
    case scheme
    case host
    case port
}

extension PrinterURIFault: CustomStringConvertible {
    package var description: String {
        let expected = "a printer is written socket://host, socket://host:port or socket://[IPv6 address]:port"
        return switch self {
        case .scheme: "only socket:// (raw, port 9100) is known; \(expected)"
        case .host: "the host is missing or has characters that no host has; \(expected)"
        case .port: "the port is not a number from 1 to 65535; \(expected)"
        }
    }
}
