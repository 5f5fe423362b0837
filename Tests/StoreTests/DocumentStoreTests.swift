// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import PrintModel
import ReleaseWire
import ServerCore
import Store
import Testing
import TestKit

struct DocumentStoreTests {
    private let site = SiteKey(Array(repeating: 0x33, count: 32))!
    private let token = DocumentToken(link: LinkID(1), index: 0)

    private func text(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }

    private func store(_ folder: TemporaryDirectory, _ limits: DocumentStore.Limits = .init()) throws -> DocumentStore {
        try DocumentStore(folder: folder.path, site: site, limits: limits)
    }

    private func add(_ bytes: [UInt8], pieces: Int = 5000, to store: DocumentStore) throws -> StoredDocument {
        try store.begin(token)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try store.append(token, Array(bytes[start..<min(start + pieces, bytes.count)]))
        }
        return try store.finish(token)
    }

    private func readAll(
        _ document: StoredDocument, from store: DocumentStore, at start: Int = 0, limit: Int = 65_536
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while case .bytes(let piece) = try store.read(document, offset: UInt64(start + bytes.count), limit: limit) {
            try #require(!piece.isEmpty && piece.count <= limit)
            bytes += piece
        }
        #expect(try store.read(document, offset: document.size, limit: limit) == .end(sha256: document.sha256))
        return bytes
    }

    @Test(arguments: [0, 1, 32_768, 32_769, 65_535, 65_536, 65_537, 131_072, 200_000])
    func aDocumentComesBackAsItWas(count: Int) throws {
        let folder = try TemporaryDirectory()
        let store = try store(folder)
        let bytes = text(count)
        let document = try add(bytes, to: store)
        #expect(document.size == UInt64(count) && document.sha256 == SHA256.hash(bytes))
        #expect(try readAll(document, from: store) == bytes)
        let start = count / 3
        #expect(try readAll(document, from: store, at: start, limit: 7000) == Array(bytes[start...]))
        if case .row = document.place {
            #expect(count <= 32_768 && folder.names.isEmpty)
        } else {
            #expect(count > 32_768 && folder.names.count == 1)
            #expect(folder.mode(folder.names[0]) == 0o600 && folder.names[0].utf8.count == 32)
        }
    }

    @Test func aDocumentHasALimit() throws {
        let folder = try TemporaryDirectory()
        var limits = DocumentStore.Limits()
        limits.document = 100_000
        let store = try store(folder, limits)
        #expect(try add(text(100_000), to: store).size == 100_000)
        try store.begin(token)
        try store.append(token, text(100_000))
        #expect(throws: DocumentFault.tooLarge(limit: 100_000)) { try store.append(token, [1]) }
        #expect(throws: DocumentFault.notBegun) { try store.append(token, [1]) }
        #expect(throws: DocumentFault.notBegun) { try store.finish(token) }
        #expect(folder.names.count == 1)
    }

    @Test func onlySoManyAreReceivedAtOnce() throws {
        let folder = try TemporaryDirectory()
        var limits = DocumentStore.Limits()
        limits.pending = 1
        let store = try store(folder, limits)
        try store.begin(token)
        let other = DocumentToken(link: LinkID(2), index: 0)
        #expect(throws: DocumentFault.tooMany) { try store.begin(other) }
        store.discard(token)
        try store.begin(other)
    }

    @Test func whatIsGivenUpLeavesNothing() throws {
        let folder = try TemporaryDirectory()
        do {
            let store = try store(folder)
            try store.begin(token)
            try store.append(token, text(200_000))
            #expect(folder.names.count == 1)
            store.discard(token)
            store.discard(token)
            #expect(folder.names.isEmpty)
            try store.begin(token)
            try store.append(token, text(200_000))
        }
        #expect(folder.names.isEmpty)
    }

    @Test func aRemovedDocumentIsMissing() throws {
        let folder = try TemporaryDirectory()
        let store = try store(folder)
        let document = try add(text(70_000), to: store)
        store.remove(document)
        store.remove(document)
        #expect(folder.names.isEmpty)
        #expect(throws: DocumentFault.missing) { try store.read(document, offset: 0, limit: 10) }
    }

    @Test func theSweepRemovesWhatNoJobNamesAndNothingElse() throws {
        let folder = try TemporaryDirectory()
        let store = try store(folder)
        let (kept, orphan) = (try add(text(70_000), to: store), try add(text(70_000), to: store))
        try folder.write([1], to: "notes.txt")
        guard case .spool(let name) = kept.place else { throw Missing(what: "a file") }
        #expect(try store.sweep(known: [name]) == 1)
        #expect(folder.names == [name, "notes.txt"].sorted())
        #expect(throws: DocumentFault.missing) { try store.read(orphan, offset: 0, limit: 10) }
    }

    @Test func anyChangedByteIsFound() throws {
        let folder = try TemporaryDirectory()
        let store = try store(folder)
        let bytes = text(70_000)
        let document = try add(bytes, to: store)
        let sealed = try folder.bytes(folder.names[0])
        for place in stride(from: 0, to: sealed.count, by: 977) {
            var changed = sealed
            changed[place] ^= 1
            try folder.write(changed, to: folder.names[0])
            #expect(throws: DocumentFault.tampered) { try readAll(document, from: store) }
        }
        for length in [0, 1, 16, 65_552, sealed.count - 1] {
            try folder.write(Array(sealed.prefix(length)), to: folder.names[0])
            #expect(throws: DocumentFault.tampered) { try readAll(document, from: store) }
        }
        try folder.write(sealed, to: folder.names[0])
        var wrong = document
        wrong.wrappedKey[20] ^= 1
        #expect(throws: DocumentFault.tampered) { try store.read(wrong, offset: 0, limit: 10) }
        wrong = document
        wrong.place = .spool(name: "../../../../etc/passwd")
        #expect(throws: DocumentFault.tampered) { try store.read(wrong, offset: 0, limit: 10) }
        wrong = try add(text(100), to: store)
        guard case .row(var row) = wrong.place else { throw Missing(what: "a row") }
        row[3] ^= 1
        wrong.place = .row(sealed: row)
        #expect(throws: DocumentFault.tampered) { try store.read(wrong, offset: 0, limit: 10) }
        #expect(try readAll(document, from: store) == bytes)
    }

    @Test func aSpoolThatCannotBeWrittenIsAFault() throws {
        let folder = try TemporaryDirectory()
        let store = try DocumentStore(folder: folder.file("spool"), site: site)
        rmdir(folder.file("spool"))
        try store.begin(token)
        #expect(throws: DocumentFault.missing) { try store.append(token, text(200_000)) }
        #expect(throws: DocumentFault.notBegun) { try store.finish(token) }
    }

    /// A file that may not grow any more stands for a full disk.
    @Test func aFullDiskIsSaidAndLeavesNothing() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            setrlimit(__rlimit_resource_t(1), &limit)
            exit(try Self.fillsUpCleanly() ? 0 : 1)
        }
    }

    private static func fillsUpCleanly() throws -> Bool {
        let folder = try TemporaryDirectory()
        let store = try DocumentStore(folder: folder.path, site: SiteKey(Array(repeating: 1, count: 32))!)
        let token = DocumentToken(link: LinkID(1), index: 0)
        try store.begin(token)
        do throws(DocumentFault) {
            try store.append(token, Array(repeating: 7, count: 300_000))
            return false
        } catch {
            return error == .full && folder.names.isEmpty
        }
    }
}
