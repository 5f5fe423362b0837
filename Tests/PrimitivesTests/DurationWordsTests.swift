// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

/// `Duration+Words`.
@Suite struct DurationWordsTests {
    @Test(arguments: [
        (0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (90, "90 seconds"),
        (300, "5 minutes"), (3600, "1 hour"), (7200, "2 hours"), (86_400, "1 day"), (259_200, "3 days"),
    ]) func itIsSaidInTheLargestUnitThatFits(seconds: Int, words: String) {
        #expect(Duration.seconds(seconds).words == words)
    }
}
