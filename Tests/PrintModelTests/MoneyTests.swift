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

    static let amounts: [(Int64, Int, String)] = [
        (1250, 2, "12.50"), (0, 2, "0.00"), (5, 2, "0.05"), (35, 2, "0.35"), (123_456, 2, "1234.56"), (7, 0, "7"),
        (0, 0, "0"), (1250, 0, "1250"), (5, 3, "0.005"), (1250, 3, "1.250"), (12, 1, "1.2"), (7, 4, "0.0007"),
        (12345, 4, "1.2345"), (.max, 2, "92233720368547758.07"), (.max, 0, "9223372036854775807"),
    ]

    @Test(
        arguments: amounts + [
            (-5, 2, "-0.05"), (-1234, 2, "-12.34"), (-7, 0, "-7"), (.min, 4, "-922337203685477.5808"),
        ])
    func anAmountIsWrittenWithItsScale(minor: Int64, scale: Int, text: String) {
        #expect(Money(minor: minor).text(scale: scale) == text)
    }

    @Test(arguments: amounts + [(700, 2, "7"), (7000, 3, "7"), (7, 0, "007")])
    func anAmountIsReadWithItsScale(minor: Int64, scale: Int, text: String) {
        #expect(Money(text, scale: scale) == Money(minor: minor))
    }

    /// A digit too few or too many would be another price.
    @Test(
        arguments: [
            ("", 2), (".", 2), (".50", 2), ("1.", 2), ("0.5", 2), ("0.050", 2), ("0.05", 3), ("1.0", 0), ("1.", 0),
            ("1.2.3", 2), ("-0.50", 2), ("+1", 2), ("0.+5", 2), ("1,00", 2), (" 1", 2), ("1e2", 2), ("١", 0),
            ("92233720368547758.08", 2), ("9223372036854775808", 0), ("92233720368547759", 2),
        ])
    func anythingElseIsNoAmount(text: String, scale: Int) {
        #expect(Money(text, scale: scale) == nil)
    }
}
