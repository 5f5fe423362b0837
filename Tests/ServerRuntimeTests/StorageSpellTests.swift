// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops
import Primitives
import ServerCore
import Store
import TestKit
import Testing

@testable import ServerRuntime

@Suite struct StorageSpellTests {
    private func time(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: 0) + .seconds(seconds) }

    @Test func aSpellIsToldOnceAndItsEndOnce() {
        var spell = StorageSpell()
        let told = [
            spell.ends(at: time(1)), spell.begins(.storeFull, at: time(2)), spell.begins(.storeFull, at: time(3)),
            // Another one, in which something small still fits in for a while.
            spell.begins(.storeFailed, at: time(4)), spell.ends(at: time(13)), spell.ends(at: time(14)),
            spell.ends(at: time(30)), spell.begins(.storeFailed, at: time(31)),
        ]
        #expect(told == [false, true, false, true, false, true, false, true])
    }

    @Test func aFullStoreIsInTheLogOnce() throws {
        let site = try Site()
        let runtime = try site.runtime
        runtime.watch(StoreReply.failed(.full))
        runtime.watch(.makeEnrolmentCode, AdminReply.failed(.full))
        runtime.watch(StoreReply.failed(.full))
        ServerLog.write(.storeFailed(.full), to: site.log.observer)
        let lines = site.log.all.filter { $0.contains("code=store-full") }
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("<3>operator-error") == true && lines.first?.contains(site.folder.path) == true)
    }

    @Test func aFullSpoolIsInTheLogOnceWithWhatTheSystemSays() throws {
        let site = try Site()
        let runtime = try site.runtime
        for _ in 0..<3 { runtime.watch(DocumentAnswer.failed(.full)) }
        let fault = SystemFault(call: "open x", errno: 13)
        for _ in 0..<3 { runtime.watch(DocumentAnswer.failed(.system(fault, isFatal: false))) }
        for answer in [DocumentAnswer.failed(.tooMany), .failed(.notBegun), .done] { runtime.watch(answer) }
        let lines = site.log.all.filter { $0.contains("operator-error") }
        #expect(lines.count == 2 && lines[0].contains("code=store-full") && lines[1].contains("code=store-failed"))
        #expect(lines[1].contains("Permission denied") && lines[1].contains("\(site.folder.path)/spool"))
    }
}
