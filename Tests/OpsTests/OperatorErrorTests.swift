// SPDX-License-Identifier: Apache-2.0

import Ops
import Testing

@Suite struct OperatorErrorTests {
    @Test func codesAreKebabCaseAndHaveAnExit() {
        for code in OperatorError.Code.allCases {
            #expect(code.rawValue.allSatisfy { $0 == "-" || ($0.isASCII && $0.isLowercase) })
            #expect(code.exit != .fine)
        }
    }

    @Test func aDescriptionHasCodeCauseAndRemedy() {
        struct Cause: Error, CustomStringConvertible { let description = "Address in use" }
        let error = OperatorError(.portTaken, "port 515 is taken", remedy: "Stop the other program.", cause: Cause())
        #expect("\(error)" == "port-taken: port 515 is taken (Address in use). Stop the other program.")
        #expect(error.exit == .unavailable && error.exit.rawValue == 69)
    }
}
