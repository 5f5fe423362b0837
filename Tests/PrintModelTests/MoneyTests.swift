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
}
