// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ServerCore
import Testing

@Suite struct HousekeeperTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private static let document = StoredDocument(place: .spool(name: "d"), wrappedKey: [1], size: 1, sha256: [2])

    private func job(_ id: Int) -> StoredJob { StoredJob(job: JobID(Int64(id)), document: Self.document) }

    /// Started, its first two questions answered by nothing to do.
    private func started(_ backlog: [StoredJob] = []) -> (Housekeeper, [Housekeeper.Action]) {
        var keeper = Housekeeper(wall: WallTime(milliseconds: 0))
        _ = keeper.handle(.started, at: now)
        _ = keeper.handle(.answered(QuestionID(1), .purged([])), at: now)
        let actions = keeper.handle(.answered(QuestionID(2), .unanalysed(backlog)), at: now)
        return (keeper, actions)
    }

    private func analyses(_ actions: [Housekeeper.Action]) -> [Int64] {
        actions.compactMap { if case .analyse(let job, _) = $0 { job.value } else { nil } }
    }

    private func asksForBacklog(_ actions: [Housekeeper.Action]) -> Bool {
        actions.contains { if case .ask(_, .findUnanalysed) = $0 { true } else { false } }
    }

    @Test func itBeginsWithWhatAnEarlierProcessLeft() {
        var keeper = Housekeeper(wall: WallTime(milliseconds: 5))
        #expect(
            keeper.handle(.started, at: now) == [
                .measureDisk, .ask(QuestionID(1), .purge(at: WallTime(milliseconds: 5))),
                .ask(QuestionID(2), .findUnanalysed(limit: Housekeeper.waitingLimit)),
            ])
        #expect(keeper.tick(at: now + .seconds(59)) == [.reviewSeats, .measureDisk])
        #expect(keeper.tick(at: now + .seconds(60)) == [.ask(QuestionID(3), .purge(at: WallTime(milliseconds: 5)))])
    }

    /// Soon enough for five seconds from a revocation to the end of the connection.
    @Test func itLooksAfterTheSeatsEveryTwoSeconds() {
        var (keeper, _) = started()
        #expect(keeper.deadline == now + .seconds(2))
        #expect(keeper.tick(at: now + .milliseconds(1999)) == [])
        #expect(keeper.tick(at: now + .seconds(2)) == [.reviewSeats, .measureDisk])
        #expect(keeper.deadline == now + .seconds(4))
        #expect(
            keeper.tick(at: now + .seconds(60))
                == [.reviewSeats, .measureDisk, .ask(QuestionID(3), .purge(at: keeper.wall))])
    }

    @Test func aDiskThatFillsIsToldToTheIntakeTheLogAndTheAudit() {
        var (keeper, _) = started()
        #expect(keeper.handle(.diskMeasured(nil), at: now) == [])
        #expect(keeper.handle(.diskMeasured(DiskRoom(used: 1 << 30, free: 1 << 30)), at: now) == [.makeReserve])
        #expect(keeper.handle(.reserveMade(true), at: now) == [])
        let told = keeper.handle(.diskMeasured(DiskRoom(used: 90, free: 10)), at: now)
        #expect(
            told == [
                .take(.noLargeJobs), .note(.spool(.noLargeJobs, percent: 90)),
                .ask(QuestionID(3), .noteSpool(.noLargeJobs, percent: 90, at: keeper.wall)),
            ])
        // The audit does not fit: the reserve is for it and the ledger.
        #expect(
            keeper.handle(.answered(QuestionID(3), .failed(.full)), at: now)
                == [
                    .note(.storeFailed(.full)), .dropReserve, .note(.reserveGivenUp), .take(.noJobs),
                    .note(.spool(.noJobs, percent: 90)),
                    .ask(QuestionID(4), .noteSpool(.noJobs, percent: 90, at: keeper.wall)),
                ])
        #expect(keeper.handle(.storeIsFull, at: now) == [])
        let open = keeper.handle(.diskMeasured(DiskRoom(used: 1 << 30, free: 1 << 30)), at: now)
        #expect(open.first == .take(.open) && open.last == .makeReserve)
        #expect(keeper.handle(.answered(QuestionID(5), .done), at: now) == [])
        #expect(keeper.handle(.reserveMade(false), at: now) == [])
        #expect(keeper.handle(.diskMeasured(DiskRoom(used: 1 << 30, free: 1 << 30)), at: now) == [.makeReserve])
    }

    @Test func onlySoManyAnalysesRunAtOnce() {
        var (keeper, actions) = started((1...5).map(job))
        #expect(analyses(actions) == [1, 2])
        actions = keeper.handle(.analysed(JobID(1), kind: "pdf", .unknown, failure: nil), at: now)
        #expect(analyses(actions) == [3])
        #expect(actions.first == .ask(QuestionID(3), .recordAnalysis(job: JobID(1), kind: "pdf", count: .unknown)))
        // A job that waits or runs already is not queued twice.
        #expect(keeper.handle(.analyse(JobID(5), Self.document), at: now) == [])
    }

    /// As many came as were asked for: there are probably more.
    @Test func aFullBacklogIsAskedForAgain() {
        var (keeper, actions) = started((1...Housekeeper.waitingLimit).map(job))
        var running = analyses(actions)
        var asked = false
        while let next = running.first {
            running.removeFirst()
            actions = keeper.handle(.analysed(JobID(next), kind: "", nil, failure: "no"), at: now)
            running += analyses(actions)
            asked = asked || asksForBacklog(actions)
        }
        #expect(asked)
    }

    @Test func whatDoesNotFitIsAskedForLater() {
        var (keeper, _) = started()
        for id in 1...(Housekeeper.waitingLimit + 3) {
            _ = keeper.handle(.analyse(JobID(Int64(id)), Self.document), at: now)
        }
        var asked = 0
        for id in 1...(Housekeeper.waitingLimit + 2) {
            let actions = keeper.handle(.analysed(JobID(Int64(id)), kind: "", nil, failure: nil), at: now)
            if asksForBacklog(actions) { asked += 1 }
        }
        #expect(asked == 1)
    }

    @Test func aBacklogThatTheStoreCouldNotTellIsAskedForAgain() {
        var keeper = Housekeeper(wall: WallTime(milliseconds: 0))
        _ = keeper.handle(.started, at: now)
        _ = keeper.handle(.answered(QuestionID(2), .failed(.busy)), at: now)
        #expect(asksForBacklog(keeper.handle(.analyse(JobID(1), Self.document), at: now)))
    }

    @Test func purgedDocumentsAreRemoved() {
        var keeper = Housekeeper(wall: WallTime(milliseconds: 0))
        _ = keeper.handle(.started, at: now)
        #expect(
            keeper.handle(.answered(QuestionID(1), .purged([Self.document])), at: now) == [
                .remove([Self.document]), .note(.purged(documents: 1)),
            ])
    }
}
