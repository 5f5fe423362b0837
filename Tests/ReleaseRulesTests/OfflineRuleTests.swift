// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

struct OfflineRuleTests {
    private let now = WallTime(milliseconds: 1_700_000_000_000)
    private let policy = OfflinePolicy(mode: .chargeLater, pages: 10, lease: .seconds(3600), interval: .seconds(15))

    private func holder(_ age: Duration = .zero, secondFactor: Bool = false) -> OfflineRule.Holder {
        OfflineRule.Holder(
            user: UserID(1), needsSecondFactor: secondFactor, learnedAt: now.advanced(by: .zero - age))
    }

    private func job(_ fence: Int64, pages: Int) -> CustodyFacts {
        CustodyFacts(
            fence: Fence(fence), job: JobID(fence), user: UserID(1), label: "Ada", title: "", format: "", size: 1,
            sha256: [UInt8](repeating: 0, count: 32), pages: pages)
    }

    private func answer(
        _ holder: OfflineRule.Holder?, _ pages: [Int], owed: Int = 0, mode: OfflineMode = .chargeLater
    ) -> OfflineRule.Answer {
        var policy = policy
        policy.mode = mode
        let jobs = pages.enumerated().map { job(Int64($0.offset) + 1, pages: $0.element) }
        return OfflineRule.answer(holder, jobs: jobs, owed: owed, policy: policy, at: now)
    }

    @Test func aStrangerAndSomebodyWithNothingHereLearnTheSame() {
        #expect(answer(nil, [1]) == .away)
        #expect(answer(holder(), []) == .away)
        #expect(answer(holder(), [1], mode: .deny) == .away)
    }

    @Test func whoeverNeedsAPINIsTurnedAway() {
        #expect(answer(holder(secondFactor: true), [1]) == .secondFactor)
        #expect(answer(holder(secondFactor: true), []) == .secondFactor)
    }

    @Test(arguments: [OfflineMode.cached, .chargeLater]) func jobsComeOutInTheirOrder(mode: OfflineMode) {
        #expect(answer(holder(), [3, 4], mode: mode) == .release([Fence(1), Fence(2)]))
    }

    @Test func pagesAreBounded() {
        #expect(answer(holder(), [10]) == .release([Fence(1)]))
        #expect(answer(holder(), [11]) == .limit)
        #expect(answer(holder(), [4], owed: 6) == .release([Fence(1)]))
        #expect(answer(holder(), [4], owed: 7) == .limit)
        #expect(answer(holder(), [1], owed: 30) == .limit)
        // One that is too long does not keep back those behind it.
        #expect(answer(holder(), [6, 5, 4]) == .release([Fence(1), Fence(3)]))
    }

    @Test func nobodyIsRememberedForEver() {
        let life = OfflineRule.cacheLife
        #expect(answer(holder(life - .milliseconds(1)), [1]) == .release([Fence(1)]))
        #expect(answer(holder(life), [1]) == .away)
        // The clock was set back.
        #expect(answer(holder(.zero - .seconds(1)), [1]) == .away)
    }
}
