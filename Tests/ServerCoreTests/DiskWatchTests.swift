// SPDX-License-Identifier: Apache-2.0

import ReleaseRules
import Testing

@testable import ServerCore

struct DiskWatchTests {
    private static let much = DiskRoom(used: 1 << 30, free: 1 << 30)
    private static let little = DiskRoom(used: 1 << 30, free: 1 << 20)

    @Test func aChangeIsToldOnce() {
        var disk = DiskWatch(SpoolMarks())
        #expect(disk.measured(Self.much) == [.makeReserve])
        #expect(disk.measured(Self.much) == [])
        #expect(disk.measured(Self.little) == [.take(.noJobs)])
        #expect(disk.state == .noJobs && disk.percent == 100)
        #expect(disk.measured(Self.little) == [])
        #expect(disk.measured(Self.much) == [.take(.open)])
    }

    @Test func theReserveIsGivenUpForTheStoreAndMadeAgain() {
        var disk = DiskWatch(SpoolMarks())
        _ = disk.measured(Self.much)
        #expect(disk.storeIsFull() == [.dropReserve, .take(.noJobs)])
        #expect(disk.storeIsFull() == [], "it is gone")
        // On a small disk it is much, and yet the jobs' no more.
        #expect(disk.measured(DiskRoom(used: 1000, free: 2 * SpoolRule.reserve - 1)) == [])
        #expect(disk.measured(Self.much) == [.take(.open), .makeReserve])
    }

    @Test func theReserveOfAnEarlierProcessIsGivenUp() {
        var disk = DiskWatch(SpoolMarks())
        #expect(disk.measured(Self.little) == [.take(.noJobs)])
        #expect(disk.storeIsFull() == [.dropReserve])
    }

    @Test func aReserveThatCouldNotBeMadeIsTriedAgain() {
        var disk = DiskWatch(SpoolMarks())
        #expect(disk.measured(Self.much) == [.makeReserve])
        disk.reserveFailed()
        #expect(disk.measured(Self.much) == [.makeReserve])
    }
}
