// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Crypto
import Glibc
import HostIO
import PrintModel
import Primitives
import ReleaseWire
import Testing
import TestKit

@testable import AgentRuntime

/// `CustodyStore` with its folder, and `OfflineStart`.
@Suite struct CustodyStoreTests {
    private let folder: TemporaryDirectory
    private let loop: Loop

    init() throws {
        folder = try TemporaryDirectory()
        loop = try Loop()
    }

    private var path: String { folder.path + "/custody" }

    private func open(keep: [Int64] = []) throws -> CustodyStore {
        let key = try SiteKey.loadOrCreate(at: folder.path + "/custody.key")
        return try CustodyStore(path, key: key, keep: Set(keep.map { Fence($0) }), on: loop)
    }

    private func ask(_ store: CustodyStore, _ request: CustodyStore.Request) throws -> CustodyStore.Reply {
        var reply: CustodyStore.Reply?
        store.submit(request) { reply = $0 }
        #expect(try loop.turn { reply != nil })
        return try #require(reply)
    }

    /// Whether it was whole.
    private func keep(_ store: CustodyStore, _ fence: Int64, _ bytes: [UInt8], sha256: [UInt8]? = nil) throws -> Bool {
        _ = try ask(store, .open(Fence(fence)))
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(50_000))
            guard case .appended(piece.count) = try ask(store, .append(Fence(fence), piece)) else { return false }
            rest = rest.dropFirst(piece.count)
        }
        guard case .finished(let isWhole) = try ask(store, .finish(Fence(fence), sha256: sha256 ?? SHA256.hash(bytes)))
        else { return false }
        return isWhole
    }

    /// `nil` when it is not to be had.
    private func read(_ store: CustodyStore, _ fence: Int64) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while true {
            let request = CustodyStore.Request.read(Fence(fence), offset: UInt64(bytes.count), limit: 65_536)
            guard case .piece(let piece) = try ask(store, request) else { return nil }
            switch piece {
            case .bytes(let more): bytes += more
            case .end: return bytes
            case .failed: return nil
            }
        }
    }

    private static func document(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } }

    @Test(arguments: [1, 65_535, 65_536, 65_537, 200_000]) func whatIsKeptIsReadAgain(count: Int) throws {
        let store = try open()
        let document = Self.document(count)
        #expect(try keep(store, 7, document))
        #expect(try read(store, 7) == document)
        store.stop()
        // Also by the next process.
        let next = try open(keep: [7])
        #expect(try read(next, 7) == document)
        next.stop()
        #expect(folder.names == ["custody", "custody.key"])
    }

    @Test func nothingIsInClearOnTheDisk() throws {
        let store = try open()
        let canary = Array("canary 4711 canary 4711".utf8)
        #expect(try keep(store, 7, canary + Self.document(100_000)))
        store.stop()
        let bytes = try DurableFile.read(path + "/7", limit: 1 << 20)
        #expect(!bytes.indices.contains { bytes[$0...].starts(with: canary.prefix(8)) })
        var facts = stat()
        #expect(stat(path + "/7", &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }

    @Test func aDocumentThatIsNotTheRightOneIsNotKept() throws {
        let store = try open()
        #expect(try !keep(store, 7, Self.document(10), sha256: [UInt8](repeating: 0, count: 32)))
        #expect(try read(store, 7) == nil)
        store.stop()
    }

    @Test func whatIsRemovedOrNotNeededIsGone() throws {
        let store = try open()
        for fence: Int64 in 1...3 { #expect(try keep(store, fence, Self.document(10))) }
        _ = try ask(store, .remove(Fence(2)))
        _ = try ask(store, .open(Fence(4)))
        #expect(try read(store, 2) == nil)
        store.stop()
        let next = try open(keep: [3])
        #expect(try read(next, 1) == nil)
        #expect(try read(next, 3) == Self.document(10))
        next.stop()
        let directory = try #require(opendir(path))
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        #expect(count == 3)
    }

    @Test func aFileThatWasChangedIsRefused() throws {
        let store = try open()
        #expect(try keep(store, 7, Self.document(100)))
        var bytes = try DurableFile.read(path + "/7", limit: 1 << 20)
        bytes[bytes.count - 20] ^= 1
        try DurableFile.write(bytes, to: path + "/7")
        #expect(try read(store, 7) == nil)
        store.stop()
    }

    @Test func aBoxMakesItsKeyAndKnowsItsBoot() throws {
        let settings = try AgentSettings.parse("state = \(folder.path)", file: "a", hostName: "box").0
        let start = try OfflineStart.open(settings, journal: JournalState(), on: loop)
        start.store.stop()
        var facts = stat()
        #expect(stat(folder.path + "/custody.key", &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }
}
