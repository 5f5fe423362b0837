// SPDX-License-Identifier: Apache-2.0

/// An amount in the smallest step of its tariff: integer, with the scale declared once in ``Tariff``.
package struct Money: Hashable, Comparable, Sendable {
    package let minor: Int64

    package init(minor: Int64) { self.minor = minor }

    package static let zero = Money(minor: 0)

    /// As a decimal with a point: `12.50`.
    /// - Parameter scale: digits after the point.
    package func text(scale: Int) -> String {
        let digits = String(minor.magnitude)
        let sign = minor < 0 ? "-" : ""
        guard scale > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }

    /// What ``text(scale:)`` writes of an amount that is not below zero; a whole one may be without its fraction.
    package init?(_ text: some StringProtocol, scale: Int) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        // Int64 would take signs, and lose the one of -0.50.
        guard (1...(scale > 0 ? 2 : 1)).contains(parts.count), let whole = parts.first, !whole.isEmpty,
            parts.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } })
        else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : String(repeating: "0", count: scale)
        guard fraction.utf8.count == scale, let minor = Int64(whole + fraction) else { return nil }
        self.init(minor: minor)
    }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.minor < rhs.minor }
    package static func + (lhs: Self, rhs: Self) -> Self { Money(minor: lhs.minor + rhs.minor) }
    package static func * (price: Self, count: Int) -> Self { Money(minor: price.minor * Int64(count)) }
}

/// The price list: what one page (impression) costs.
package struct Tariff: Hashable, Sendable {
    /// ISO 4217, or any three letters for points.
    package let currency: String
    /// Digits after the point: 2 means that ``Money/minor`` counts cents.
    package let scale: Int
    package let mono: Money
    package let color: Money
    /// For pages of which nobody knows whether they had colour.
    package let unknown: Money

    package init(currency: String, scale: Int, mono: Money, color: Money, unknown: Money) {
        precondition((0...4).contains(scale), "a tariff has 0 to 4 digits after the point")
        self.currency = currency
        self.scale = scale
        self.mono = mono
        self.color = color
        self.unknown = unknown
    }

    /// Two digits, 5 for a mono page, 25 for colour, and mono's price where colour is not known.
    package static let standard = Tariff(
        currency: "EUR", scale: 2, mono: Money(minor: 5), color: Money(minor: 25), unknown: Money(minor: 5))
}
