// SPDX-License-Identifier: Apache-2.0

import Glibc
import PrintModel
import ServerCore
import Store
import Testing
import TestKit

struct GroupCommitTests {
    /// Jobs a second on this disk, by jobs in a group: what group commit is for.
    private func measure(groupsOf count: Int, jobs: Int) throws -> Double {
        let folder = try TemporaryDirectory()
        let site = try Site(path: folder.file("s.db"))
        let groups = (0..<jobs / count).map { _ in (0..<count).map { _ in StoreRequest.acceptJob(site.incoming()) } }
        let clock = ContinuousClock()
        let spent = clock.measure { for group in groups { _ = site.store.perform(group) } }
        return Double(jobs) / (spent / .seconds(1))
    }

    /// For a person to read; a figure of a shared machine decides nothing.
    @Test(.enabled(if: getenv("LANYARD_BENCH") != nil))
    func measureGroupCommit() throws {
        for count in [1, 10, 100] {
            print("groups of \(count): \(Int(try measure(groupsOf: count, jobs: 2000))) jobs/s")
        }
    }

    @Test func aGroupIsOneCommit() throws {
        let site = try Site()
        var commits = 0
        site.store.faultHook = { sql in
            if sql == "COMMIT" { commits += 1 }
            return nil
        }
        _ = site.store.perform((0..<50).map { _ in .acceptJob(site.incoming()) })
        #expect(commits == 1)
    }
}
