// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Foundation
import Testing

@Suite struct ReportAnswerTests {
    @Test func whatIsNotKnownIsLeftOut() throws {
        var row = ReportAnswer.Row()
        (row.user, row.amount) = ("ada", -5)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(ReportAnswer(currency: "EUR", scale: 2, rows: [row]))
        let text =
            #"{"currency":"EUR","rows":[{"amount":-5,"colorPages":0,"department":"","monoPages":0,"releases":0,"#
            + #""unknownPages":0,"user":"ada"}],"scale":2}"#
        #expect(String(decoding: data, as: UTF8.self) == text)
    }
}
