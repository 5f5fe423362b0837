// SPDX-License-Identifier: Apache-2.0

import Credentials
import Testing

struct AccountNumberMaskTests {
    private func masked(_ text: String) -> String {
        String(decoding: AccountNumberMask.masked(Array(text.utf8)), as: UTF8.self)
    }

    @Test(
        arguments: [
            // Test numbers of card schemes, 13, 15, 16 and 19 digits.
            ("4222222222222", "*********2222"), ("378282246310005", "***********0005"),
            ("4111111111111111", "************1111"), ("6304000000000000000", "***************0000"),
            (";4111111111111111=2512", ";************1111=2512"),
            (";4111111111111111=25121011234567890", ";************1111=2512101**********"),
            ("%B4111111111111111^DOE/JOHN^2512101", "%B************1111^********^2512101"),
            ("%B4111111111111111^DOE/JO", "%B************1111^******"),
            ("a4111111111111111b5555555555554444c", "a************1111b************4444c"),
            ("41111111111111114111111111111111", nil), ("4111111111111112", nil), ("411111111111", nil),
            ("0000000000000000", nil), ("0006547886", nil), ("12:34567", nil), ("", nil), ("^", nil), ("=", nil),
        ] as [(String, String?)])
    func aNumberKeepsItsLastFourDigits(text: String, expected: String?) {
        #expect(masked(text) == expected ?? text)
    }

    @Test func everyLengthOfANumberIsMaskedAndNoOther() throws {
        for length in 11...22 {
            let digits = String(repeating: "4", count: length - 1)
            let numbers = (0...9).map { digits + "\($0)" }
            let changed = numbers.filter { masked($0) != $0 }
            #expect(changed.count == (AccountNumberMask.lengths.contains(length) ? 1 : 0), "\(length) digits")
        }
    }
}
