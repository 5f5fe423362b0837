// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
import PrintModel
import TestKit
import Testing

@testable import AgentRuntime

/// A disk that does not keep what is lent says so.
@Suite struct CustodyTroubleTests {
    private static let full = SystemFault(call: "write", errno: ENOSPC)

    @Test func aTroubleIsToldOnceUntilItWorksAgain() {
        var watch = CustodyWatch()
        let steps: [(CustodyWatch.Deed, fault: SystemFault?, hasWorked: Bool, isNews: Bool)] = [
            (.write, nil, false, false), (.write, Self.full, false, true), (.write, Self.full, false, false),
            // A file was begun: that says nothing of a full disk.
            (.write, nil, false, false), (.write, Self.full, false, false),
            (.read, Self.full, false, true), (.write, nil, true, false), (.read, Self.full, false, false),
            (.write, Self.full, false, true),
        ]
        for (index, step) in steps.enumerated() {
            #expect(watch.isNews(step.0, step.fault, hasWorked: step.hasWorked) == step.isNews, "step \(index)")
        }
    }

    @Test func eachKindHasItsRemedy() {
        func trouble(_ errno: CInt) -> CustodyTrouble {
            CustodyTrouble(folder: "/x", deed: .write, fault: SystemFault(call: "write", errno: errno))
        }
        #expect(trouble(ENOSPC).remedy.contains("custody-space") && trouble(EDQUOT).remedy.contains("custody-space"))
        #expect(trouble(EACCES).remedy.contains("user") && trouble(EIO).remedy.contains("disk"))
        #expect(trouble(EIO).what.contains("/x"))
    }

    /// The folder is gone: whatever is lent fails, and that is said once, with the folder's path.
    @Test func aStoreWithoutItsFolderSaysSo() throws {
        let folder = try TemporaryDirectory()
        let loop = try Loop()
        let path = folder.path + "/custody"
        let key = try SiteKey.loadOrCreate(at: folder.path + "/custody.key")
        let store = try CustodyStore(path, key: key, keep: [], on: loop)
        var told: [CustodyTrouble] = []
        store.onTrouble = { told.append($0) }
        #expect(rmdir(path) == 0)
        for fence: Int64 in 1...3 {
            var isDone = false
            store.submit(.open(Fence(fence)))
            store.submit(.append(Fence(fence), [1])) { _ in isDone = true }
            #expect(try loop.turn { isDone })
        }
        #expect(told.count == 1 && told.first?.folder == path && told.first?.fault.errno == ENOENT)
        store.stop()
    }

    @Test func aBusyStoreAnswersLater() throws {
        let folder = try TemporaryDirectory()
        let loop = try Loop()
        let key = try SiteKey.loadOrCreate(at: folder.path + "/custody.key")
        let store = try CustodyStore(folder.path + "/custody", key: key, keep: [], on: loop)
        var (answers, isWithin) = (0, true)
        var early = 0
        let count = 4 * CustodyStore.queueLimit
        for number in 0..<count {
            store.submit(.read(Fence(Int64(number)), offset: 0, limit: 1)) { _ in
                answers += 1
                if isWithin { early += 1 }
            }
        }
        isWithin = false
        #expect(early == 0, "never from within the call")
        #expect(try loop.turn { answers == count })
        store.stop()
    }
}
