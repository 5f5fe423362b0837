// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Synchronization
import Testing
import TestKit

struct StoreThreadTests {
    private final class Faults: Sendable {
        let count = Atomic(0)
    }

    private func wait(_ loop: Loop, until isDone: () -> Bool) throws {
        var turns = 0
        while !isDone() {
            turns += 1
            try #require(turns < 10_000)
            try loop.turn()
        }
    }

    @Test func requestsAreAnsweredInOrderAndSurviveTheThread() throws {
        let folder = try TemporaryDirectory()
        let site = try Site()
        let loop = try Loop()
        let path = folder.file("s.db")
        let thread = try StoreThread(path: path, keys: Site.keys, settings: Site.settings, on: loop) { _ in }
        var replies: [StoreReply] = []
        for _ in 0..<200 { thread.submit(.acceptJob(site.incoming())) { replies.append($0) } }
        var admin: [AdminReply] = []
        thread.submit(.addUser(name: "x", fullName: "", department: "d"), at: site.now, by: "root") { admin.append($0) }
        try wait(loop) { replies.count == 200 && admin.count == 1 }
        thread.submit(.listUsers, at: site.now, by: "root") { admin.append($0) }
        thread.submit(.countState, at: site.now, by: "root") { admin.append($0) }
        try wait(loop) { admin.count == 3 }
        #expect(replies == (1...200).map { .jobAccepted(JobID($0), isNew: true) })
        guard case .users(let users) = admin[1], case .state(let counts) = admin[2] else {
            throw Missing(what: "lists")
        }
        #expect(users.map(\.name) == ["x"] && counts.jobs == [.held: 200])
        thread.stop()
        let again = try StoreThread(path: path, keys: Site.keys, settings: Site.settings, on: loop) { _ in }
        #expect(again.spoolNames.isEmpty)
        again.stop()
    }

    @Test func aBusyStoreSaysSoLater() throws {
        let folder = try TemporaryDirectory()
        let site = try Site()
        let loop = try Loop()
        let thread = try StoreThread(path: folder.file("s.db"), keys: Site.keys, settings: Site.settings, on: loop) {
            _ in
        }
        var (answered, busy) = (0, 0)
        for _ in 0..<(StoreThread.requestLimit + 3) {
            thread.submit(.acceptJob(site.incoming())) { reply in
                answered += 1
                if reply == .failed(.busy) { busy += 1 }
            }
        }
        #expect(answered == 0)
        try wait(loop) { answered == StoreThread.requestLimit + 3 }
        #expect(busy == 3)
        thread.stop()
    }

    @Test func aStoreThatCannotBeOpenedIsAFaultAtOnce() throws {
        let folder = try TemporaryDirectory()
        try folder.write(Array(repeating: 0x41, count: 4096), to: "s.db")
        let loop = try Loop()
        #expect(throws: StoreFault.self) {
            try StoreThread(path: folder.file("s.db"), keys: Site.keys, settings: Site.settings, on: loop) { _ in }
        }
    }

    @Test func aFailedSyncIsToldBeforeAnyAnswer() throws {
        let folder = try TemporaryDirectory()
        let site = try Site()
        let loop = try Loop()
        let faults = Faults()
        var settings = Site.settings
        settings.faultHook = { $0 == "COMMIT" ? 10 : nil }
        let thread = try StoreThread(path: folder.file("s.db"), keys: Site.keys, settings: settings, on: loop) {
            fault in
            if fault.kind == .inputOutput { faults.count.add(1, ordering: .relaxed) }
        }
        var reply: StoreReply?
        thread.submit(.acceptJob(site.incoming())) {
            #expect(faults.count.load(ordering: .relaxed) > 0)
            reply = $0
        }
        try wait(loop) { reply != nil }
        guard case .failed(.broken) = reply else { throw Missing(what: "a failure") }
        thread.stop()
    }

    @Test func documentsAreStoredAndReadOnTheirThread() throws {
        let folder = try TemporaryDirectory()
        try folder.write([1], to: "0123456789abcdef0123456789abcdef")
        let loop = try Loop()
        let site = SiteKey(Array(repeating: 0x33, count: 32))!
        let thread = try DocumentThread(folder: folder.path, site: site, known: [], on: loop) { _ in }
        #expect(folder.names.isEmpty)
        let token = DocumentToken(link: LinkID(1), index: 0)
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        var answers: [DocumentAnswer] = []
        for work in [DocumentWork.begin(token), .append(token, bytes), .finish(token), .finish(token), .discard(token)]
        {
            thread.submit(work) { answers.append($0) }
        }
        try wait(loop) { answers.count == 5 }
        guard case .stored(let document) = answers[2] else { throw Missing(what: "a document") }
        #expect(answers[0] == .done && answers[1] == .done && answers[3] == .failed(.notBegun) && answers[4] == .done)
        thread.submit(.read(document, offset: 65_536, limit: 65_536)) { answers.append($0) }
        thread.submit(.remove([document])) { answers.append($0) }
        thread.submit(.read(document, offset: 0, limit: 1)) { answers.append($0) }
        try wait(loop) { answers.count == 8 }
        #expect(answers[5] == .piece(.bytes(Array(bytes[65_536...]))))
        #expect(answers[6] == .done && answers[7] == .failed(.missing))
        thread.stop()
    }

    /// Or it would hold a place, or lie in the spool, until the next start.
    @Test func whatEndsADocumentIsNeverLost() throws {
        let folder = try TemporaryDirectory()
        let loop = try Loop()
        let site = SiteKey(Array(repeating: 0x33, count: 32))!
        var limits = DocumentStore.Limits()
        limits.pending = 1
        let thread = try DocumentThread(folder: folder.path, site: site, known: [], on: loop, limits: limits) { _ in }
        let (first, second) = (DocumentToken(link: LinkID(1), index: 0), DocumentToken(link: LinkID(2), index: 0))
        let large = [UInt8](repeating: 7, count: 100_000)
        var stored: DocumentAnswer?
        for work in [DocumentWork.begin(first), .append(first, large)] { thread.submit(work) { _ in } }
        thread.submit(.finish(first)) { stored = $0 }
        try wait(loop) { stored != nil }
        guard case .stored(let document) = stored else { throw Missing(what: "a document") }
        #expect(folder.names.count == 1)
        var answers: [DocumentAnswer] = []
        thread.submit(.begin(second)) { answers.append($0) }
        for _ in 0..<2 * DocumentThread.requestLimit {
            thread.submit(.append(second, [1])) { answers.append($0) }
        }
        thread.submit(.discard(second)) { answers.append($0) }
        thread.submit(.remove([document])) { answers.append($0) }
        try wait(loop) { answers.count == 2 * DocumentThread.requestLimit + 3 }
        #expect(answers.contains(.failed(.tooMany)), "and it was too much")
        #expect(folder.names.isEmpty)
        var again: DocumentAnswer?
        thread.submit(.begin(first)) { again = $0 }
        try wait(loop) { again != nil }
        #expect(again == .done, "the place is free")
        thread.stop()
    }

    @Test(arguments: [1, 32_768, 200_000])
    func aWholeDocumentIsCopiedIntoSealedMemory(size: Int) throws {
        let folder = try TemporaryDirectory()
        let loop = try Loop()
        let site = SiteKey(Array(repeating: 0x33, count: 32))!
        let thread = try DocumentThread(folder: folder.path, site: site, known: [], on: loop) { _ in }
        let token = DocumentToken(link: LinkID(1), index: 0)
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        var stored: DocumentAnswer?
        for work in [DocumentWork.begin(token), .append(token, bytes)] { thread.submit(work) { _ in } }
        thread.submit(.finish(token)) { stored = $0 }
        try wait(loop) { stored != nil }
        guard case .stored(let document) = stored else { throw Missing(what: "a document") }
        var copies: [[UInt8]?] = []
        func copy(_ document: StoredDocument, limit: Int) {
            thread.copy(document, limit: limit) { memory in
                guard let memory else { return copies.append(nil) }
                copies.append(try? memory.descriptor.read(limit: size + 1))
                #expect(throws: SystemFault.self) { try memory.descriptor.writeAll([1]) }
            }
        }
        copy(document, limit: size)
        try wait(loop) { copies.count == 1 }
        copy(document, limit: size - 1)
        try wait(loop) { copies.count == 2 }
        var missing = document
        missing.place = .spool(name: String(repeating: "a", count: 32))
        copy(missing, limit: size)
        try wait(loop) { copies.count == 3 }
        #expect(copies == [bytes, nil, nil])
        thread.stop()
    }
}
