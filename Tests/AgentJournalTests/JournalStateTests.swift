// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives
import Testing

struct JournalStateTests {
    private func opened() -> JournalState { Histories.state([.identity(stream: Histories.stream)]) }

    @Test func theStateSaysWhatIsOpen() {
        let state = Histories.state(Histories.short)
        #expect(state.stream == Histories.stream)
        #expect(state.nextSequence == 4)
        #expect(state.acknowledged == 1)
        #expect(state.pending.map(\.sequence) == [2, 3])
        #expect(state.begun == [ReleaseID(8)])
        #expect(state.presented.map(\.key) == [Histories.key(2)])
        #expect(state.unsettled == [ReleaseID(8), ReleaseID(7)])
    }

    @Test func anAcknowledgedProgressIsSettled() {
        var state = Histories.state(Histories.short)
        state.apply(.acknowledged(through: 3))
        #expect(state.unsettled == [ReleaseID(8)])
        #expect(state.pending.isEmpty && state.acknowledged == 3)
        state.apply(.acknowledged(through: 2))
        #expect(state.acknowledged == 3)
    }

    @Test func whatIsSaidTwiceCountsOnce() {
        var state = opened()
        for _ in 1...2 {
            state.apply(.began(ReleaseID(1)))
            state.apply(Histories.presented(1))
        }
        #expect(state.begun.count == 1 && state.presented.count == 1)
    }

    @Test func aStreamGoesOnFromItsAcknowledgement() {
        var state = opened()
        state.apply(.acknowledged(through: 41))
        #expect(state.nextSequence == 42 && state.acknowledged == 41)
        state.apply(Histories.outcome(1, sequence: 42))
        #expect(state.pending.map(\.sequence) == [42])
    }

    @Test func theJournalIsFullAtItsLastEntry() {
        var state = opened()
        for number in 1..<JournalState.entryLimit {
            state.apply(Histories.outcome(number, sequence: UInt64(number)))
        }
        #expect(!state.isFull)
        state.apply(Histories.outcome(0, sequence: UInt64(JournalState.entryLimit)))
        #expect(state.isFull)
        state.apply(.acknowledged(through: 1))
        #expect(!state.isFull)
    }

    @Test func unsettledReleasesFillItUpSoThatOneMoreBadgesStillFitAHello() {
        var state = opened()
        for number in 1...143 as ClosedRange<Int64> { state.apply(.began(ReleaseID(number))) }
        #expect(!state.isFull)
        state.apply(.began(ReleaseID(144)))
        #expect(state.isFull)
        state.apply(Histories.progress(144, sequence: 1))
        #expect(state.isFull && state.unsettled.count == 144)
        state.apply(.acknowledged(through: 1))
        #expect(!state.isFull)
    }

    @Test(arguments: 1...100 as ClosedRange<UInt64>) func compactionKeepsTheState(seed: UInt64) throws {
        let entries = Histories.random(seed: seed, count: 300)
        let state = Histories.state(entries)
        let compacted = state.compacted()
        #expect(compacted.count <= Histories.bytes(entries).count + 32)
        let recovery = try Journal.recover(from: compacted)
        #expect(recovery.state == state, "SEED=\(seed)")
        #expect(recovery.validLength == compacted.count)
        #expect(recovery.state.compacted() == compacted)
    }

    @Test func aJournalWithoutIdentityCompactsToItsHeader() {
        #expect(JournalState().compacted() == Journal.header)
    }
}
