// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import HostIO
import TestKit
import Testing

struct DiskSpaceTests {
    @Test func aFileSystemHasRoom() throws {
        let (used, free) = try DiskSpace.measure("/tmp")
        #expect(used > 0 || free > 0)
        #expect(throws: SystemFault.self) { try DiskSpace.measure("/nowhere/at/all") }
    }

    @Test func aReserveTakesItsRoomAndGivesItBack() throws {
        let folder = try TemporaryDirectory()
        let reserve = DiskReserve(path: folder.path + "/reserve", size: 1 << 20)
        try reserve.make()
        try reserve.make()
        var facts = stat()
        #expect(stat(reserve.path, &facts) == 0)
        #expect(facts.st_size == 1 << 20 && facts.st_blocks * 512 >= 1 << 20 && facts.st_mode & 0o777 == 0o600)
        reserve.drop()
        reserve.drop()
        #expect(stat(reserve.path, &facts) == -1)
    }

    @Test func aReserveThatDoesNotFitLeavesNothing() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            setrlimit(__rlimit_resource_t(1), &limit)
            let reserve = DiskReserve(path: "/tmp/lanyard-reserve-\(getpid())", size: 1 << 20)
            do throws(SystemFault) {
                try reserve.make()
                exit(1)
            } catch {
                exit(access(reserve.path, F_OK) == 0 ? 2 : 0)
            }
        }
    }
}
