// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import ReleaseWire

/// The documents that an agent was lent. One that is not finished is gone after a crash.
final class SimCustodyDisk {
    private let world: World
    private let faults: () -> SimFaults
    private var open: [Fence: [UInt8]] = [:]
    private var whole: [Fence: [UInt8]] = [:]
    private var life = 0

    init(_ world: World, faults: @escaping () -> SimFaults) {
        self.world = world
        self.faults = faults
    }

    /// - Parameter keep: what the journal says is here.
    func restart(keep: [Fence]) {
        whole = whole.filter { keep.contains($0.key) }
    }

    func crash() {
        life += 1
        open = [:]
    }

    func begin(_ fence: Fence) { open[fence] = [] }

    func append(_ fence: Fence, _ bytes: [UInt8], then done: @escaping (Int) -> Void) {
        open[fence]? += bytes
        let isKept = !world.chance(faults().lostDocument)
        later { done(isKept ? bytes.count : 0) }
    }

    func finish(_ fence: Fence, sha256: [UInt8], then done: @escaping (Bool) -> Void) {
        later {
            guard let bytes = self.open.removeValue(forKey: fence), SHA256.hash(bytes) == sha256,
                !self.world.chance(self.faults().lostDocument)
            else { return done(false) }
            self.whole[fence] = bytes
            done(true)
        }
    }

    func remove(_ fence: Fence) {
        open[fence] = nil
        whole[fence] = nil
    }

    func read(_ fence: Fence, offset: UInt64, limit: Int, then done: @escaping (DocumentPiece) -> Void) {
        let bytes = whole[fence]
        later {
            guard let bytes, !self.world.chance(self.faults().lostDocument / 4) else {
                return done(.failed(Refusal(.documentUnavailable)))
            }
            let rest = bytes.dropFirst(Int(offset)).prefix(min(limit, 4096))
            done(rest.isEmpty ? .end(sha256: SHA256.hash(bytes)) : .bytes(Array(rest)))
        }
    }

    private func later(_ body: @escaping () -> Void) {
        let current = life
        world.after(world.chance(faults().slowDisk) ? 50...1500 : 0...5) { if self.life == current { body() } }
    }
}
