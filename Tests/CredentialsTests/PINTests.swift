// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import Testing

@Suite struct PINTests {
    @Test(arguments: ["1234", "000000", "123456789012"])
    func fourToTwelveDigitsAreAPIN(digits: String) throws {
        #expect(try PIN(Array(digits.utf8)).digits.revealed == Array(digits.utf8))
    }

    @Test(
        arguments: [
            ("", PINFault.tooShort), ("123", .tooShort), ("1234567890123", .tooLong), ("12a4", .notDigits),
            ("12 4", .notDigits), ("x", .notDigits),
        ])
    func anythingElseIsAFault(digits: String, fault: PINFault) {
        #expect(throws: fault) { try PIN(Array(digits.utf8)) }
    }

    @Test func nothingPrintsTheDigits() throws {
        let pin = try PIN(Array("7391".utf8))
        var shown = "\(pin) \(String(reflecting: pin))"
        dump(pin, to: &shown)
        #expect(!shown.contains("7391"))
        for fault in [PINFault.tooShort, .tooLong, .notDigits] { #expect("\(fault)".contains("4 to 12 digits")) }
    }
}
