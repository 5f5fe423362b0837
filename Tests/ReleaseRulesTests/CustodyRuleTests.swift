// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

struct CustodyRuleTests {
    private let now = WallTime(milliseconds: 1_700_000_000_000)

    @Test(
        arguments: [
            (.offered, nil, .end, .end), (.offered, .fetching, .keep, .end), (.offered, .ready, .lend, .end),
            (.offered, .used, .end, .end),
            (.lent, nil, .end, .end), (.lent, .fetching, .withhold, .withhold), (.lent, .ready, .lend, .withhold),
            (.lent, .used, .keep, .keep),
            (.lapsed, nil, .end, .end), (.lapsed, .fetching, .withhold, .withhold),
            (.lapsed, .ready, .lend, .withhold), (.lapsed, .used, .keep, .keep),
        ] as [(CustodyState, CustodyListing?, CustodyRule.Step, CustodyRule.Step)])
    func whatAnAgentListsDecides(
        state: CustodyState, listing: CustodyListing?, free: CustodyRule.Step, barred: CustodyRule.Step
    ) {
        #expect(CustodyRule.step(state, listing, mayLend: true) == free)
        #expect(CustodyRule.step(state, listing, mayLend: false) == barred)
    }

    @Test(arguments: OfflineMode.allCases, BillingCode.allCases)
    func aSiteThatMustHaveBillingCodesLendsNothing(mode: OfflineMode, code: BillingCode) {
        let policy = OfflinePolicy(mode: mode, pages: 5, lease: .seconds(3600), interval: .seconds(15))
        #expect(CustodyRule.lends(policy, code) == (mode != .deny && code != .required))
    }

    @Test func whoHasUsedItAndDoesNotTellLosesIt() {
        func step(_ state: CustodyState, _ used: Duration) -> CustodyRule.Step {
            CustodyRule.step(state, .used, mayLend: true, usedFor: used)
        }
        #expect(step(.lent, CustodyRule.usedLife - .milliseconds(1)) == .keep)
        #expect(step(.lent, CustodyRule.usedLife) == .doubt)
        #expect(step(.lapsed, CustodyRule.usedLife) == .keep)
        #expect(CustodyRule.step(.lent, .ready, mayLend: true, usedFor: CustodyRule.usedLife) == .lend)
    }

    @Test(
        arguments: [(-5, 0), (0, 0), (15, 15), (300, 300), (301, 300), (90_000, 300)] as [(Int, Int)])
    func whoWasAwayForLongWasNotHere(passed: Int, counted: Int) {
        let here = CustodyRule.presence(since: now, at: now.advanced(by: .seconds(passed)))
        #expect(here == .seconds(counted))
    }

    @Test func itsHolderTellsOnceHowItEnded() {
        for state in CustodyState.allCases {
            for (hasEnded, isOpen) in [(false, false), (false, true), (true, false), (true, true)] {
                let may = CustodyRule.mayBeCharged(
                    state, hasEnded: hasEnded, isOpenToHolder: isOpen, isCharged: false)
                #expect(may == (hasEnded ? isOpen : state != .offered))
                #expect(
                    !CustodyRule.mayBeCharged(state, hasEnded: hasEnded, isOpenToHolder: isOpen, isCharged: true))
            }
        }
    }

    @Test func onlyALentJobIsKeptFromOthers() {
        let (holder, other) = (AgentID(1), AgentID(2))
        for state in CustodyState.allCases {
            #expect(!CustodyRule.isElsewhere(state, holder: holder, asking: holder))
            #expect(CustodyRule.isElsewhere(state, holder: holder, asking: other) == (state != .offered))
        }
    }

    @Test func theServerWaitsLongerThanTheAgentHonoursItsLease() {
        let lease = Duration.seconds(8 * 3600)
        let until = now.advanced(by: lease)
        #expect(CustodyRule.agentLife(lease) == .seconds(27_000))
        #expect(!CustodyRule.hasLapsed(until, margin: CustodyRule.margin, at: until.advanced(by: CustodyRule.margin)))
        let after = until.advanced(by: CustodyRule.margin + .milliseconds(1))
        #expect(CustodyRule.hasLapsed(until, margin: CustodyRule.margin, at: after))
    }

    @Test(arguments: JobState.allCases) func aChargeSettlesWhatNobodyElseHasTouched(job: JobState) {
        let settled = CustodyRule.charge(job, .lent, isLive: true, openByHolder: false)
        #expect(settled == (job == .held ? .settle : .late))
        #expect(CustodyRule.charge(job, .lent, isLive: false, openByHolder: true) == .late)
        let reserved = CustodyRule.charge(job, .lent, isLive: true, openByHolder: true)
        #expect(reserved == ([.held, .reserved, .sending].contains(job) ? .settle : .late))
        let foreign = CustodyRule.charge(job, .lapsed, isLive: true, openByHolder: false)
        #expect(foreign == (job == .held ? .settle : .late))
        let lapsed = CustodyRule.charge(job, .lapsed, isLive: true, openByHolder: true)
        guard job != .reserved, job != .sending else { return }
        #expect(lapsed == (job == .held ? .settle : job == .inDoubt ? .settleLapsed : .late))
    }

    private func candidate(_ job: Int64, of user: Int64 = 1, pages: Int? = 2) -> CustodyRule.Candidate {
        CustodyRule.Candidate(job: JobID(job), user: UserID(user), size: 100, pages: pages)
    }

    private func offers(
        _ candidates: [CustodyRule.Candidate], mode: OfflineMode = .chargeLater, places: Int = 256,
        room: UInt64 = 10_000, lent: [UserID: Int] = [:]
    ) -> [Int64] {
        let policy = OfflinePolicy(mode: mode, pages: 5, lease: .seconds(3600), interval: .seconds(15))
        return CustodyRule.offers(candidates, places: places, room: room, lent: lent, policy: policy)
            .map(\.job.value)
    }

    @Test func nothingIsLentWhereTheSiteForbidsIt() {
        #expect(offers([candidate(1)], mode: .deny).isEmpty)
        #expect(offers([candidate(1)]) == [1])
    }

    @Test func whatNobodyCanBoundIsNotLent() {
        #expect(offers([candidate(1, pages: nil), candidate(2, pages: 6), candidate(3, pages: 5)]) == [3])
    }

    @Test func anAgentsRoomIsRespected() {
        let many = (1...40).map { candidate($0) }
        #expect(offers(many).count == CustodyRule.offerLimit)
        #expect(offers(many, places: 2) == [1, 2])
        #expect(offers(many, places: 0).isEmpty)
        #expect(offers(many, room: 250) == [1, 2])
    }

    @Test func cachedSetsPagesAsideWhenItLends() {
        let jobs = [candidate(1), candidate(2), candidate(3), candidate(4, of: 2)]
        #expect(offers(jobs, mode: .cached) == [1, 2, 4])
        #expect(offers(jobs, mode: .cached, lent: [UserID(1): 2]) == [1, 4])
        #expect(offers(jobs, lent: [UserID(1): 99]) == [1, 2, 3, 4])
    }
}
