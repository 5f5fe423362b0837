// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

struct PurgeRuleTests {
    private let now = WallTime(milliseconds: 100_000_000)

    @Test func aJobIsDueAfterItsLife() {
        let edge = now.advanced(by: .zero - PurgeRule.standardLife)
        #expect(!PurgeRule.isDue(.held, heldSince: edge, life: PurgeRule.standardLife, at: now))
        let before = edge.advanced(by: .milliseconds(-1))
        #expect(PurgeRule.isDue(.held, heldSince: before, life: PurgeRule.standardLife, at: now))
    }

    @Test(arguments: JobState.allCases.filter { $0 != .held })
    func onlyHeldJobsArePurged(state: JobState) {
        let old = WallTime(milliseconds: 0)
        #expect(!PurgeRule.isDue(state, heldSince: old, life: .seconds(1), at: now))
    }

    @Test func aClientWithoutNumbersRepeatsNothing() {
        #expect(DuplicateRule.cutoff(clientNumber: "", at: now) == nil)
        #expect(DuplicateRule.cutoff(clientNumber: "7", at: now) == now.advanced(by: .seconds(-600)))
    }
}
