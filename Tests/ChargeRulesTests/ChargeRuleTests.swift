// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Testing

struct ChargeRuleTests {
    private let tariff = Tariff(
        currency: "EUR", scale: 2, mono: Money(minor: 5), color: Money(minor: 25), unknown: Money(minor: 7))

    private func charge(_ pages: Int, _ analysis: PageCount) throws -> Charge {
        try ChargeRule.charge(pages: pages, analysis: analysis, tariff: tariff)
    }

    @Test func equalTotalsTakeTheAnalysedSplit() throws {
        let charge = try charge(10, PageCount(pages: 10, colorPages: 3))
        #expect(charge == Charge(mono: 7, color: 3, unknown: 0, amount: Money(minor: 7 * 5 + 3 * 25)))
    }

    @Test func copiesMultiplyTheSplit() throws {
        let charge = try charge(30, PageCount(pages: 10, colorPages: 3, copies: 3))
        #expect(charge == Charge(mono: 21, color: 9, unknown: 0, amount: Money(minor: 21 * 5 + 9 * 25)))
    }

    @Test func missingPagesCapTheColor() throws {
        let charge = try charge(2, PageCount(pages: 10, colorPages: 3))
        #expect(charge == Charge(mono: 0, color: 2, unknown: 0, amount: Money(minor: 50)))
    }

    @Test func pagesTheAnalysisDidNotSeeAreMono() throws {
        let charge = try charge(12, PageCount(pages: 10, colorPages: 3))
        #expect(charge == Charge(mono: 9, color: 3, unknown: 0, amount: Money(minor: 9 * 5 + 75)))
    }

    @Test func withoutAColorAnalysisAllIsUnknown() throws {
        let expected = Charge(mono: 0, color: 0, unknown: 4, amount: Money(minor: 28))
        #expect(try charge(4, .unknown) == expected)
        #expect(try charge(4, PageCount(pages: 4, colorPages: nil)) == expected)
    }

    @Test func nothingPrintedCostsNothing() throws {
        #expect(try charge(0, PageCount(pages: 4, colorPages: 4)).amount == .zero)
    }

    @Test func absurdAnalysesDoNotTrap() throws {
        #expect(try charge(5, PageCount(pages: .max, colorPages: .max, copies: .max)).color == 5)
        #expect(try charge(5, PageCount(pages: 1, colorPages: -1, copies: -4)).unknown == 5)
        #expect(try charge(5, PageCount(pages: 1, colorPages: 1, copies: 0)).color == 1)
    }

    @Test func anAmountThatDoesNotFitIsAFault() {
        let dear = Tariff(
            currency: "EUR", scale: 4, mono: Money(minor: .max / 2), color: Money(minor: .max / 2), unknown: .zero)
        #expect(throws: ChargeFault.overflow) {
            try ChargeRule.charge(pages: 3, analysis: PageCount(pages: 3, colorPages: 0), tariff: dear)
        }
        #expect(throws: ChargeFault.overflow) {
            try ChargeRule.charge(pages: 3, analysis: PageCount(pages: 3, colorPages: 1), tariff: dear)
        }
        #expect(throws: ChargeFault.negativePages) { try charge(-1, .unknown) }
    }

    @Test func pagesAreNeverLostOrMade() throws {
        for pages in 0..<20 {
            for color in 0..<20 { #expect(try charge(pages, PageCount(pages: 9, colorPages: color)).pages == pages) }
        }
    }

    // MARK: Corrections

    private func correction(_ booked: Charge, _ pages: Int, _ count: PageCount) throws -> Charge? {
        try ChargeRule.correction(of: booked, pages: pages, analysis: count, tariff: tariff)
    }

    /// Whatever was booked: both lines together say what came out.
    @Test func aCorrectionAndItsLineSayWhatCameOut() throws {
        let count = PageCount(pages: 9, colorPages: 4)
        for before in 0..<12 {
            let booked = try charge(before, count)
            for pages in 0..<12 {
                let right = try charge(pages, count)
                guard let line = try correction(booked, pages, count) else {
                    #expect(pages == before)
                    continue
                }
                #expect(pages != before)
                #expect(booked.mono + line.mono == right.mono && booked.color + line.color == right.color)
                #expect(booked.amount.minor + line.amount.minor == right.amount.minor)
            }
        }
    }

    /// The price has changed since: what nobody got is taken back as it was booked.
    @Test func whatDidNotComeOutIsTakenBackWhole() throws {
        let booked = Charge(mono: 3, color: 0, unknown: 0, amount: Money(minor: 999))
        let count = PageCount(pages: 3, colorPages: 0)
        #expect(
            try correction(booked, 0, count) == Charge(mono: -3, color: 0, unknown: 0, amount: Money(minor: -999)))
        #expect(try correction(booked, 2, count)?.amount == Money(minor: -333))
        #expect(try correction(booked, 4, count)?.amount == Money(minor: 5))
        #expect(
            try ChargeRule.reversal(of: booked)
                == Charge(mono: -3, color: 0, unknown: 0, amount: Money(minor: -999)))
    }

    /// Whatever it costs today.
    @Test func noMoreIsTakenBackThanWasPaid() throws {
        for tariff in [
            self.tariff, Tariff(currency: "EUR", scale: 2, mono: .zero, color: .zero, unknown: .zero),
            Tariff(
                currency: "EUR", scale: 2, mono: Money(minor: .max), color: Money(minor: .max),
                unknown: Money(minor: .max)),
            Tariff(currency: "EUR", scale: 2, mono: .zero, color: Money(minor: 7), unknown: Money(minor: 1)),
        ] {
            for amount: Int64 in [0, 1, 100, 999, .max] {
                let booked = Charge(mono: 5, color: 4, unknown: 0, amount: Money(minor: amount))
                var last: Int64 = 0
                for pages in (0...9).reversed() {
                    let line = try ChargeRule.correction(
                        of: booked, pages: pages, analysis: PageCount(pages: 9, colorPages: 4), tariff: tariff)
                    let back = -(line?.amount.minor ?? 0)
                    #expect(back >= last && back <= amount)
                    #expect(pages > 0 || back == amount)
                    last = back
                }
            }
        }
    }

    /// Colour was, and is, dearer: what is taken back is weighed by it.
    @Test func colourIsTakenBackAsColour() throws {
        let booked = Charge(mono: 5, color: 4, unknown: 0, amount: Money(minor: 250))
        let count = PageCount(pages: 9, colorPages: 4)
        #expect(try correction(booked, 8, count)?.amount == Money(minor: -10))
        #expect(try correction(booked, 3, count)?.amount == Money(minor: -100))
    }

    @Test func anAmountThatDoesNotFitIsNotAdded() throws {
        let line = Charge(mono: 1, color: 2, unknown: 3, amount: Money(minor: 4))
        #expect(try line.adding(line) == Charge(mono: 2, color: 4, unknown: 6, amount: Money(minor: 8)))
        let much = Charge(mono: 1, color: 0, unknown: 0, amount: Money(minor: .max))
        #expect(throws: ChargeFault.overflow) { try line.adding(much) }
        let least = Charge(mono: 1, color: 0, unknown: 0, amount: Money(minor: .min))
        #expect(throws: ChargeFault.overflow) { try ChargeRule.reversal(of: least) }
    }

    @Test func aCorrectionThatDoesNotFitIsAFault() {
        let booked = Charge(mono: 1, color: 0, unknown: 0, amount: Money(minor: .min))
        #expect(throws: ChargeFault.overflow) { try correction(booked, 0, PageCount(pages: 1, colorPages: 0)) }
        #expect(throws: ChargeFault.negativePages) { try correction(booked, -1, .unknown) }
        // A correction is not made good by another one.
        let difference = Charge(mono: -3, color: 2, unknown: 0, amount: Money(minor: 5))
        #expect(throws: ChargeFault.negativePages) { try correction(difference, 1, PageCount(pages: 1, colorPages: 0)) }
    }
}
