// SPDX-License-Identifier: Apache-2.0

/// Where a service listens: `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`.
package struct HostPort: Hashable, Sendable {
    /// RFC 1035 section 2.3.4, which an IPv6 address keeps easily.
    package static let hostLimit = 253

    package enum Fault: Error, Hashable, Sendable {
        /// It is missing, too long, or has characters that no host has.
        case host
        /// It is not a number from 1 to 65535, or is missing where none is standard.
        case port
    }

    /// A name or an address; an IPv6 address without its brackets.
    package let host: String
    package let port: UInt16

    /// - Parameter standardPort: of a service that has one, so that none need be given.
    package init(_ text: some StringProtocol, standardPort: UInt16? = nil) throws(Fault) {
        let (host, port) = try Self.split(Substring(text))
        guard (1...Self.hostLimit).contains(host.utf8.count) else { throw .host }
        guard let number = port == nil ? standardPort : port.flatMap({ Self.number($0) }) else { throw .port }
        (self.host, self.port) = (String(host), number)
    }

    package init(host: String, port: UInt16) { (self.host, self.port) = (host, port) }

    private static func split(_ text: Substring) throws(Fault) -> (host: Substring, port: Substring?) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .host }
            let address = text[text.index(after: text.startIndex)..<end]
            guard isAddress(address) else { throw .host }
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw .host }
            return (address, tail.isEmpty ? nil : tail.dropFirst())
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, host.utf8.allSatisfy(isNamePart) else { throw .host }
        return (host, parts.count == 2 ? parts[1] : nil)
    }

    /// With a zone if need be (RFC 6874 without its escape, as the resolver takes it).
    private static func isAddress(_ text: Substring) -> Bool {
        let halves = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        return halves[0].contains(":")
            && halves[0].utf8.allSatisfy { Hexadecimal.value(of: $0) != nil || ":.".utf8.contains($0) }
            && (halves.count == 1 || (!halves[1].isEmpty && halves[1].utf8.allSatisfy(isNamePart)))
    }

    /// Digits only: `UInt16` would take a sign.
    package static func number(_ text: some StringProtocol) -> UInt16? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
            return nil
        }
        return port
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "-._".utf8.contains(byte)
    }
}

extension HostPort: CustomStringConvertible {
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
