// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Testing

@Suite struct SecretTextTests {
    @Test func itIsRevealedOnlyByName() {
        let text = SecretText("0006547886")
        #expect(text.revealed == "0006547886" && text == SecretText("0006547886") && text != SecretText("1"))
        #expect(!"\(text)".contains("6547886") && !String(reflecting: text).contains("6547886"))
    }
}
