// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Testing

@Suite struct MoneyTests {
    @Test func amountsAreWholeSteps() {
        #expect(Money(minor: 5) * 3 + Money(minor: 25) * 2 == Money(minor: 65))
        #expect(Money.zero < Money(minor: 1) && Money(minor: -1) < .zero)
    }

    @Test func theStandardTariffPricesWhatNobodyKnowsAsMono() {
        #expect(Tariff.standard.unknown == Tariff.standard.mono && Tariff.standard.scale == 2)
    }

    @Test(arguments: [
        (Int64(1250), 2, "12.50"), (5, 2, "0.05"), (-5, 2, "-0.05"), (0, 2, "0.00"), (7, 0, "7"), (12345, 4, "1.2345"),
    ])
    func anAmountIsWrittenWithItsScale(minor: Int64, scale: Int, text: String) {
        #expect(Money(minor: minor).text(scale: scale) == text)
    }
}
