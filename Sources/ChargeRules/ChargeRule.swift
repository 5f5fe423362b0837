// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// One priced event: how many pages (impressions) of which colour, and what they cost.
package struct Charge: Hashable, Sendable {
    package var mono: Int
    package var color: Int
    package var unknown: Int
    package var amount: Money

    package init(mono: Int, color: Int, unknown: Int, amount: Money) {
        self.mono = mono
        self.color = color
        self.unknown = unknown
        self.amount = amount
    }

    package var pages: Int { mono + color + unknown }

    package func adding(_ other: Charge) throws(ChargeFault) -> Charge {
        let (amount, isTooMuch) = amount.minor.addingReportingOverflow(other.amount.minor)
        guard !isTooMuch else { throw .overflow }
        return Charge(
            mono: mono + other.mono, color: color + other.color, unknown: unknown + other.unknown,
            amount: Money(minor: amount))
    }
}

package enum ChargeFault: Error, Hashable, Sendable {
    case negativePages
    /// The amount does not fit 64 bits.
    case overflow
}

/// What one release costs.
///
/// The printer's count decides how many pages there were. It does not say which of them had colour; the analysis of
/// the document does. Where both totals agree, the analysed split is taken. Where they differ – a jam, a driver that
/// prints a banner, copies chosen at the printer – nobody knows which pages are missing or added. Then colour pages
/// are charged up to the analysed number and never more than came out, and the rest is mono: a page the
/// analysis did not see, such as a banner, is hardly ever in colour. Where the analysis knows nothing of colour, every
/// page is `unknown`, which has a price of its own.
package enum ChargeRule {
    package static func charge(
        pages total: Int, analysis: PageCount, tariff: Tariff
    ) throws(ChargeFault) -> Charge {
        guard total >= 0 else { throw .negativePages }
        let split = split(total, analysis)
        let amount = try price(split, tariff)
        return Charge(mono: split.mono, color: split.color, unknown: split.unknown, amount: amount)
    }

    /// What makes a line good that was booked with another number of pages: the difference, so that both lines
    /// together say what came out. `nil` when they say so already. Pages that are added cost what they cost today;
    /// those that are taken back are worth their part of what was booked, and all of them just that.
    package static func correction(
        of booked: Charge, pages total: Int, analysis: PageCount, tariff: Tariff
    ) throws(ChargeFault) -> Charge? {
        guard total >= 0 else { throw .negativePages }
        let split = split(total, analysis)
        let missing = (
            mono: split.mono - booked.mono, color: split.color - booked.color, unknown: split.unknown - booked.unknown
        )
        guard missing != (0, 0, 0) else { return nil }
        let added = (mono: max(0, missing.mono), color: max(0, missing.color), unknown: max(0, missing.unknown))
        let taken = (mono: max(0, -missing.mono), color: max(0, -missing.color), unknown: max(0, -missing.unknown))
        let back = try worth(of: taken, in: booked, tariff)
        let (amount, isTooMuch) = try price(added, tariff).minor.subtractingReportingOverflow(back)
        guard !isTooMuch else { throw .overflow }
        return Charge(
            mono: missing.mono, color: missing.color, unknown: missing.unknown, amount: Money(minor: amount))
    }

    /// Takes a line back whole.
    package static func reversal(of booked: Charge) throws(ChargeFault) -> Charge {
        let (amount, isTooMuch) = (0 as Int64).subtractingReportingOverflow(booked.amount.minor)
        guard !isTooMuch else { throw .overflow }
        return Charge(
            mono: -booked.mono, color: -booked.color, unknown: -booked.unknown, amount: Money(minor: amount))
    }

    /// The part of what was booked that falls to some of its pages. A line does not say what each colour cost, so
    /// today's tariff says how dear they are to each other; where one is free, all pages are alike.
    private static func worth(of part: Split, in booked: Charge, _ tariff: Tariff) throws(ChargeFault) -> Int64 {
        let whole: Split = (booked.mono, booked.color, booked.unknown)
        guard part != (0, 0, 0) else { return 0 }
        guard min(whole.mono, whole.color, whole.unknown) >= 0 else { throw .negativePages }
        guard booked.amount.minor != .min else { throw .overflow }
        guard part != whole else { return booked.amount.minor }
        let prices = [(tariff.mono, whole.mono), (tariff.color, whole.color), (tariff.unknown, whole.unknown)]
        if prices.allSatisfy({ price, count in price.minor > 0 || count == 0 }),
            let divisor = try? price(whole, tariff).minor, let dividend = try? price(part, tariff).minor
        {
            return share(booked.amount.minor, dividend, of: divisor)
        }
        let pages = part.mono + part.color + part.unknown
        return share(booked.amount.minor, Int64(pages), of: Int64(booked.pages))
    }

    /// `amount * part / whole`, to the nearest. The part is at most the whole.
    private static func share(_ amount: Int64, _ part: Int64, of whole: Int64) -> Int64 {
        let product = amount.magnitude.multipliedFullWidth(by: part.magnitude)
        let (quotient, remainder) = whole.magnitude.dividingFullWidth(product)
        let nearest = Int64(quotient) + (remainder >= whole.magnitude - remainder ? 1 : 0)
        return amount < 0 ? -nearest : nearest
    }

    private typealias Split = (mono: Int, color: Int, unknown: Int)

    private static func split(_ total: Int, _ analysis: PageCount) -> Split {
        guard let colorPages = analysis.colorPages, colorPages >= 0 else { return (0, 0, total) }
        // Also right where both totals agree: the colour pages are then at most the total.
        let (color, isTooMany) = colorPages.multipliedReportingOverflow(by: max(1, analysis.copies))
        let capped = isTooMany ? total : min(color, total)
        return (total - capped, capped, 0)
    }

    private static func price(_ split: Split, _ tariff: Tariff) throws(ChargeFault) -> Money {
        var sum: Int64 = 0
        for (price, count) in [(tariff.mono, split.mono), (tariff.color, split.color), (tariff.unknown, split.unknown)]
        {
            let (part, isTooMuch) = price.minor.multipliedReportingOverflow(by: Int64(count))
            guard !isTooMuch else { throw .overflow }
            let (next, isTooMuchNow) = sum.addingReportingOverflow(part)
            guard !isTooMuchNow else { throw .overflow }
            sum = next
        }
        return Money(minor: sum)
    }
}
