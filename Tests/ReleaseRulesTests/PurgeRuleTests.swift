// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import Testing

struct PurgeRuleTests {
    private let now = WallTime(milliseconds: 100_000_000)

    @Test func aJobIsPurgedAfterItsLife() {
        #expect(PurgeRule.cutoff(life: .seconds(60), at: now) == now.advanced(by: .seconds(-60)))
    }

    @Test func aClientWithoutNumbersRepeatsNothing() {
        #expect(DuplicateRule.cutoff(clientNumber: "", at: now) == nil)
        #expect(DuplicateRule.cutoff(clientNumber: "7", at: now) == now.advanced(by: .seconds(-600)))
    }
}
