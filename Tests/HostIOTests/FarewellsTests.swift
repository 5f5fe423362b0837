// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing
import TestKit

@Suite struct FarewellsTests {
    @Test func whatWasWrittenLeavesAndThenTheChannelIsGone() throws {
        let loop = try Loop()
        let farewells = Farewells(on: loop)
        let (ours, peer) = try streamPair(on: loop)
        var (heard, isEmpty) = (0, false)
        peer.onBytes = { heard += $0.count }
        farewells.onEmpty = { isEmpty = true }
        ours.write([UInt8](repeating: 1, count: 1_000_000))
        #expect(ours.pendingBytes > 0)
        farewells.add(ours)
        #expect(farewells.count == 1)
        #expect(try loop.turn { isEmpty })
        #expect(heard == 1_000_000 && farewells.count == 0 && !ours.isOpen)
    }

    @Test func aPeerThatHasEndedStillGetsWhatWasWritten() throws {
        let loop = try Loop()
        let farewells = Farewells(on: loop)
        let (ours, peer) = try streamPair(on: loop)
        var (heard, hasEnded) = (0, false)
        peer.onBytes = { heard += $0.count }
        ours.onEnd = { hasEnded = true }
        ours.write([UInt8](repeating: 1, count: 1_000_000))
        peer.pauseReading()
        peer.finishWriting()
        #expect(try loop.turn { hasEnded })
        farewells.add(ours)
        peer.resumeReading()
        #expect(try loop.turn { farewells.count == 0 && !peer.isOpen })
        #expect(heard == 1_000_000)
    }

    @Test func aPeerThatDoesNotReadIsCutOffAfterTheLimit() throws {
        let loop = try Loop()
        let farewells = Farewells(on: loop, limit: .milliseconds(20))
        let (ours, peer) = try streamPair(on: loop)
        peer.pauseReading()
        ours.write([UInt8](repeating: 1, count: 1_000_000))
        farewells.add(ours)
        #expect(try loop.turn { farewells.count == 0 })
        #expect(!ours.isOpen)
        peer.close()
    }

    @Test func noMoreThanTheLimitLinger() throws {
        let loop = try Loop()
        let farewells = Farewells(on: loop)
        var peers: [HostIO.Stream] = []
        for number in 0...Farewells.countLimit {
            let (ours, peer) = try streamPair(on: loop)
            peer.onEnd = {}
            peers.append(peer)
            farewells.add(ours)
            #expect(ours.isOpen == (number < Farewells.countLimit))
        }
        #expect(farewells.count == Farewells.countLimit)
        farewells.closeAll()
        for peer in peers { peer.close() }
    }

    @Test func aChannelThatIsClosedAlreadyIsNotKept() throws {
        let loop = try Loop()
        let farewells = Farewells(on: loop)
        let (ours, peer) = try streamPair(on: loop)
        ours.close()
        farewells.add(ours)
        #expect(farewells.count == 0)
        peer.close()
    }
}
