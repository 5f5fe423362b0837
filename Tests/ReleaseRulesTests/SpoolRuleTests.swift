// SPDX-License-Identifier: Apache-2.0

import ReleaseRules
import Testing

struct SpoolRuleTests {
    private let marks = SpoolMarks()

    private func room(_ percent: UInt64) -> DiskRoom { DiskRoom(used: percent * 1000, free: (100 - percent) * 1000) }

    @Test(
        arguments: [
            (0, SpoolState.open, SpoolState.open), (89, .open, .open), (90, .open, .noLargeJobs),
            (94, .open, .noLargeJobs),
            (95, .open, .noJobs), (100, .open, .noJobs),
            // It does not come and go with each job.
            (89, .noLargeJobs, .noLargeJobs), (88, .noLargeJobs, .open), (94, .noJobs, .noJobs),
            (93, .noJobs, .noLargeJobs),
            (89, .noJobs, .noLargeJobs), (88, .noJobs, .open), (94, .noLargeJobs, .noLargeJobs),
        ] as [(UInt64, SpoolState, SpoolState)])
    func theFillDecidesWhatIsTaken(percent: UInt64, before: SpoolState, after: SpoolState) {
        #expect(SpoolRule.state(room(percent), marks, before: before) == after)
    }

    @Test(
        arguments: [
            (0, 100, 0), (1, 99, 1), (899, 101, 90), (900, 100, 90), (901, 99, 91), (1, 0, 100), (0, 0, 100),
            (UInt64.max, 1, 100),
        ] as [(UInt64, UInt64, Int)])
    func percentAreRoundedUp(used: UInt64, free: UInt64, percent: Int) {
        #expect(DiskRoom(used: used, free: free).percent == percent)
    }

    @Test func aDocumentHasTheRoomOfTheState() {
        #expect(SpoolRule.room(.open, marks) == nil)
        #expect(SpoolRule.room(.noLargeJobs, marks) == 16 << 20)
        #expect(SpoolRule.room(.noJobs, marks) == 0)
        #expect(SpoolRule.room(.noLargeJobs, SpoolMarks(large: 1, full: 2, smallJob: 7)) == 7)
    }

    @Test func theReserveTakesHalfOfWhatThereIsAtMost() {
        #expect(SpoolRule.mayReserve(DiskRoom(used: 0, free: 2 * SpoolRule.reserve)))
        #expect(!SpoolRule.mayReserve(DiskRoom(used: 0, free: 2 * SpoolRule.reserve - 1)))
    }
}
