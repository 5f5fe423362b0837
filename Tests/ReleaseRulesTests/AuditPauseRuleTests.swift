// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import Testing

struct AuditPauseRuleTests {
    @Test(
        arguments: [(-1, false), (0, true), (59_999, true), (60_000, false)] as [(Int64, Bool)])
    func aPauseIsAMinuteOfAClockThatGoesOn(milliseconds: Int64, lasts: Bool) {
        let last = WallTime(milliseconds: 1_700_000_000_000)
        let now = WallTime(milliseconds: last.milliseconds + milliseconds)
        #expect(AuditPauseRule.lasts(since: last, at: now) == lasts)
    }
}
