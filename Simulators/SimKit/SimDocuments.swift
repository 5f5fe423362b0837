// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// The documents that the server keeps: an unfinished one is gone after a crash, a finished one is not.
final class SimDocuments {
    private let world: World
    private let faults: () -> SimFaults
    private let bug: SimBug?
    private var open: [DocumentToken: [UInt8]] = [:]
    private var stored: [String: [UInt8]] = [:]
    private var count = 0
    private var life = 0
    /// Only to plant a bug: what somebody else is sending.
    private var other = Array("of somebody else".utf8)

    init(_ world: World, faults: @escaping () -> SimFaults, bug: SimBug?) {
        self.world = world
        self.faults = faults
        self.bug = bug
    }

    func crash() {
        life += 1
        open = [:]
    }

    func begin(_ token: DocumentToken) { open[token] = [] }

    func append(_ token: DocumentToken, _ bytes: [UInt8], then done: @escaping (Bool) -> Void) {
        open[token]? += bytes
        let isStored = !world.chance(faults().lostDocument)
        later { done(isStored) }
    }

    func finish(_ token: DocumentToken, then done: @escaping (StoredDocument?) -> Void) {
        later {
            guard var bytes = self.open.removeValue(forKey: token), !self.world.chance(self.faults().lostDocument)
            else {
                return done(nil)
            }
            if self.bug == .documentsSwapped, self.world.chance(0.2) { swap(&bytes, &self.other) }
            self.count += 1
            let name = "document-\(self.count)"
            self.stored[name] = bytes
            done(
                StoredDocument(
                    place: .spool(name: name), wrappedKey: [1], size: UInt64(bytes.count), sha256: SHA256.hash(bytes)))
        }
    }

    /// Of their disk, which others fill, too.
    func room() -> DiskRoom {
        let percent = UInt64(world.chance(faults().fullDisk) ? world.number(85...99) : 50)
        return DiskRoom(used: percent << 20, free: (100 - percent) << 20)
    }

    /// As an analysis counts them, and the printer prints them.
    static func pages(in bytes: [UInt8]) -> Int { max(1, bytes.count { $0 == 0x0C }) }

    func pages(of document: StoredDocument) -> Int { stored[name(document)].map(Self.pages) ?? 1 }

    func discard(_ token: DocumentToken) { open[token] = nil }

    func remove(_ document: StoredDocument) { stored[name(document)] = nil }

    /// `nil` when the disk is too busy.
    func read(
        _ document: StoredDocument, offset: UInt64, limit: Int, then done: @escaping (DocumentPiece?) -> Void
    ) {
        let bytes = stored[name(document)]
        later {
            if self.world.chance(self.faults().slowDisk) { return done(nil) }
            guard let bytes, !self.world.chance(self.faults().lostDocument / 4) else {
                return done(.failed(Refusal(.documentUnavailable)))
            }
            let rest = bytes.dropFirst(Int(offset)).prefix(limit)
            done(rest.isEmpty ? .end(sha256: document.sha256) : .bytes(Array(rest)))
        }
    }

    private func name(_ document: StoredDocument) -> String {
        if case .spool(let name) = document.place { name } else { "" }
    }

    private func later(_ body: @escaping () -> Void) {
        let current = life
        world.after(world.chance(faults().slowDisk) ? 50...1500 : 0...5) { if self.life == current { body() } }
    }
}
