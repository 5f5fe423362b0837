// SPDX-License-Identifier: Apache-2.0

/// From where connections are taken: private networks, and those public ones that the site has named.
///
/// 100.64.0.0/10 (RFC 6598) is not private here: behind a carrier's NAT it holds the carrier's other customers, whom
/// nothing keeps apart from this site. A site that uses it for an overlay of its own names it.
package struct PeerRule: Hashable, Sendable {
    package enum Objection: String, CaseIterable, Sendable {
        case publicAddress = "public-address"
        /// A translator stands in front of whoever asks (RFC 6052, RFC 8215), so the address says nothing. No setting
        /// lets it in.
        case translatedAddress = "translated-address"
    }

    private static let translated = [
        Network(IPAddress(bytes: [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 12)), prefix: 96),
        Network(IPAddress(bytes: [0, 0x64, 0xFF, 0x9B, 0, 1] + [UInt8](repeating: 0, count: 10)), prefix: 48),
    ]

    /// Public networks whose hosts are taken all the same.
    package let named: [Network]

    package init(named: [Network] = []) { self.named = named }

    /// `nil` when a connection from there is taken. An IPv4 address in its IPv6-mapped form is an IPv4 address.
    package func objection(to address: IPAddress) -> Objection? {
        if Self.translated.contains(where: { $0.contains(address) }) { return .translatedAddress }
        return address.isPrivate || named.contains { $0.contains(address) } ? nil : .publicAddress
    }
}
