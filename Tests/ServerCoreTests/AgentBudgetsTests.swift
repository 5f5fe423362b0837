// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

@testable import ServerCore

struct AgentBudgetsTests {
    private let agent = AgentID(1)

    private func at(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: (1000 + seconds) * 1_000_000_000) }

    /// As many reads as go through, all answered like the first.
    private func reads(
        _ budgets: inout AgentBudgets, reader: String = "front", _ met: (Int) -> AgentBudgetRule.Met?,
        upTo limit: Int = 1000, at now: MonotonicTime
    ) -> Int {
        for number in 0..<limit {
            guard budgets.beginRead(at: reader, of: agent, at: now) == nil else { return number }
            budgets.endRead(at: reader, of: agent, met(number), at: now)
        }
        return limit
    }

    @Test func strangersAreCountedAtTheirReader() {
        var budgets = AgentBudgets()
        #expect(reads(&budgets, { _ in .nobody }, at: at(0)) == 60)
        #expect(budgets.beginRead(at: "front", of: agent, at: at(0)) == .seconds(10))
        #expect(reads(&budgets, { _ in .nobody }, at: at(10)) == 1)
        // Others go on, and so do other agents.
        #expect(budgets.beginRead(at: "back", of: agent, at: at(10)) == nil)
        #expect(budgets.beginRead(at: "front", of: AgentID(2), at: at(10)) == nil)
    }

    @Test func aReaderThatIsMadeUpGainsNothing() {
        var budgets = AgentBudgets()
        var count = 0
        for number in 0..<1000 { count += reads(&budgets, reader: "r\(number)", { _ in .nobody }, upTo: 1, at: at(0)) }
        #expect(count == 240)
    }

    @Test func aBadgeThatSomebodyHasCostsNothingButANewFace() {
        var budgets = AgentBudgets()
        #expect(reads(&budgets, { _ in .user(UserID(7)) }, at: at(0)) == 1000)
        // The 64 of a department, all day.
        #expect(reads(&budgets, { .user(UserID(Int64($0 % 64))) }, at: at(1000)) == 1000)
        #expect(reads(&budgets, { .user(UserID(Int64(100 + $0))) }, at: at(2000)) == 120)
        #expect(budgets.beginRead(at: "front", of: agent, at: at(2000)) == .seconds(2))
        #expect(budgets.beginRead(at: "back", of: agent, at: at(2000)) == .seconds(2))
        #expect(budgets.beginRead(at: "back", of: agent, at: at(2002)) == nil)
    }

    @Test func whoWasMetLongAgoIsNewAgain() {
        var budgets = AgentBudgets()
        // One more than are kept, in turn.
        #expect(reads(&budgets, { .user(UserID(Int64($0 % 65))) }, at: at(0)) == 120)
    }

    @Test func aReadThatTellsNothingCostsNothing() {
        var budgets = AgentBudgets()
        #expect(reads(&budgets, { _ in nil }, at: at(0)) == 1000)
    }

    /// As many at once as an agent may have open.
    @Test func whatIsNotAnsweredYetCounts() {
        var budgets = AgentBudgets()
        let begun = (0..<64).count { _ in budgets.beginRead(at: "front", of: agent, at: at(0)) == nil }
        #expect(begun == 60)
        for _ in 0..<begun { budgets.endRead(at: "front", of: agent, .user(UserID(1)), at: at(0)) }
        #expect(reads(&budgets, { _ in .nobody }, at: at(0)) == 60)
    }

    @Test func guessingIsToldOnceAMinuteWithItsCount() {
        var budgets = AgentBudgets()
        #expect(reads(&budgets, { _ in .nobody }, at: at(0)) == 60)
        #expect(budgets.deadline == at(0))
        #expect(budgets.takeGuessing(at: at(0)) == [.init(agent: agent, name: "", reader: "front", count: 1)])
        #expect(budgets.deadline == nil)
        for _ in 0..<9 { _ = budgets.beginRead(at: "front", of: agent, at: at(1)) }
        #expect(budgets.deadline == at(60) && budgets.takeGuessing(at: at(59)).isEmpty)
        #expect(budgets.takeGuessing(at: at(60)) == [.init(agent: agent, name: "", reader: "front", count: 9)])
        #expect(budgets.takeGuessing(at: at(600)).isEmpty && budgets.deadline == nil)
    }

    @Test func oneThatIsToldDoesNotHideAnother() {
        var budgets = AgentBudgets()
        _ = reads(&budgets, { _ in .nobody }, at: at(0))
        _ = budgets.takeGuessing(at: at(0))
        _ = budgets.beginRead(at: "front", of: agent, at: at(5))
        for _ in 0..<61 { _ = budgets.beginRead(at: "x", of: AgentID(2), at: at(5)) }
        #expect(budgets.takeGuessing(at: at(5)) == [.init(agent: AgentID(2), name: "", reader: "x", count: 1)])
        #expect(budgets.deadline == at(60))
        #expect(budgets.takeGuessing(at: at(60)) == [.init(agent: agent, name: "", reader: "front", count: 1)])
    }

    @Test func agentsThatAreIdleAreForgottenFirst() {
        var budgets = AgentBudgets()
        for number in 0..<AgentBudgets.agentLimit {
            _ = budgets.take(.statement, of: AgentID(Int64(number)), at: at(0))
        }
        #expect(budgets.agentCount == AgentBudgets.agentLimit)
        _ = reads(&budgets, { _ in .nobody }, at: at(100))
        _ = budgets.take(.statement, of: AgentID(100_000), at: at(100))
        #expect(budgets.agentCount == 2)
        #expect(budgets.beginRead(at: "front", of: agent, at: at(100)) != nil)
    }

    @Test func eachKindHasABudgetOfItsOwn() {
        var budgets = AgentBudgets()
        let kinds: [(AgentBudgets.Kind, TokenBucket.Rate)] = [
            (.request, AgentBudgetRule.requests), (.statement, AgentBudgetRule.readerStatements),
            (.rotation, AgentBudgetRule.rotations),
        ]
        for (kind, rate) in kinds {
            let taken = (0..<5000).count { _ in budgets.take(kind, of: agent, at: at(0)) == nil }
            #expect(taken == rate.burst)
            #expect(budgets.take(kind, of: agent, at: at(0)) == rate.interval)
        }
    }

    @Test func eventsWaitOnceMoreAreUncalledThanAJournalHolds() {
        var budgets = AgentBudgets()
        budgets.spend(99_999, of: agent, at: at(0))
        #expect(budgets.eventWait(agent, at: at(0)) == nil)
        budgets.spend(64, of: agent, at: at(0))
        #expect(budgets.eventWait(agent, at: at(0)) == .milliseconds(6400))
        #expect(budgets.eventWait(AgentID(2), at: at(0)) == nil)
        #expect(budgets.eventWait(agent, at: at(7)) == nil)
    }
}
