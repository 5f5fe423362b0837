// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing
import TestKit

@Suite struct StreamTests {
    @Test func bytesArriveAndDrainingIsReportedOnceAndLater() throws {
        let loop = try Loop()
        let (left, right) = try streamPair(on: loop)
        var (got, drained): ([UInt8], Int) = ([], 0)
        right.onBytes = { got += $0 }
        left.onDrained = { drained += 1 }
        left.write([1, 2])
        left.write([3])
        #expect(drained == 0)
        #expect(try loop.turn { got.count == 3 && drained == 1 })
        try loop.turn(mayWait: false)
        #expect(got == [1, 2, 3] && drained == 1 && left.pendingBytes == 0)
        left.close()
        right.close()
    }

    @Test func moreThanTheKernelTakesGoesThroughInOrder() throws {
        let loop = try Loop()
        let (left, right) = try streamPair(on: loop)
        let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        var got: [UInt8] = []
        var wasDrained = false
        right.onBytes = { got += $0 }
        left.onDrained = { wasDrained = true }
        for start in stride(from: 0, to: sent.count, by: 100_000) { left.write(Array(sent[start..<start + 100_000])) }
        #expect(left.pendingBytes > 0)
        #expect(try loop.turn { wasDrained && got.count == sent.count })
        #expect(got == sent)
        left.close()
        right.close()
    }

    @Test func theWriteLimitIsALimitAndOneMoreClosesTheStream() throws {
        let loop = try Loop()
        let (near, far) = try streamPair(on: loop)
        far.pauseReading()
        let stuffing = [UInt8](repeating: 0, count: 1 << 20)
        near.write(stuffing)
        let taken = stuffing.count - near.pendingBytes
        near.close()
        far.close()
        let (left, right) = try streamPair(on: loop)
        right.pauseReading()
        var faults: [SystemFault?] = []
        left.onClosed = { faults.append($0) }
        left.write([UInt8](repeating: 0, count: Stream.writeLimit + taken))
        #expect(left.isOpen && left.pendingBytes == Stream.writeLimit)
        left.write([0])
        #expect(!left.isOpen && faults.isEmpty)
        #expect(try loop.turn { !faults.isEmpty })
        #expect(faults == [SystemFault(call: "write buffer", errno: ENOBUFS)])
        right.close()
    }

    @Test func aHalfClosedStreamCanStillAnswer() throws {
        let loop = try Loop()
        let (client, server) = try streamPair(on: loop)
        var (answer, ends): ([UInt8], [String]) = ([], [])
        server.onEnd = {
            ends.append("server heard the end")
            server.write([42])
            server.finishWriting()
        }
        client.onBytes = { answer += $0 }
        client.onClosed = { ends.append("client closed \($0 == nil)") }
        server.onClosed = { ends.append("server closed \($0 == nil)") }
        client.write([1])
        client.finishWriting()
        #expect(try loop.turn { ends.count == 3 })
        #expect(answer == [42])
        #expect(Set(ends) == ["server heard the end", "client closed true", "server closed true"])
    }

    @Test func withoutAnEndClosureThePeersEndClosesTheStream() throws {
        let loop = try Loop()
        let (client, server) = try streamPair(on: loop)
        var closed = 0
        server.onClosed = { fault in closed += fault == nil ? 1 : 100 }
        client.onClosed = { fault in closed += fault == nil ? 1 : 100 }
        client.finishWriting()
        #expect(try loop.turn { closed == 2 })
        server.write([1])
        #expect(!server.isOpen)
    }

    @Test func aWriteAfterThePeersEndDoesNotHarm() throws {
        let loop = try Loop()
        let (client, server) = try streamPair(on: loop)
        var closed: [SystemFault?] = []
        server.onBytes = { _ in }
        server.onClosed = { closed.append($0) }
        client.close()
        try loop.turn()
        server.write([1])
        #expect(try loop.turn { closed.count == 1 })
    }

    @Test func aPeerThatIsGoneIsAFaultOfTheWriter() throws {
        let loop = try Loop()
        let (client, server) = try streamPair(on: loop)
        var closed: [SystemFault?] = []
        server.onClosed = { closed.append($0) }
        client.close()
        server.write([1])
        #expect(closed.isEmpty)
        #expect(try loop.turn { closed.count == 1 })
        #expect(closed == [SystemFault(call: "write", errno: EPIPE)])
    }

    @Test func aPausedStreamGetsNothingUntilItIsResumed() throws {
        let loop = try Loop()
        let (left, right) = try streamPair(on: loop)
        var got: [UInt8] = []
        right.onBytes = { got += $0 }
        right.pauseReading()
        left.write([7])
        left.finishWriting()
        for _ in 0..<3 { try loop.turn(mayWait: false) }
        #expect(got.isEmpty && right.isOpen)
        right.resumeReading()
        #expect(try loop.turn { got == [7] })
        left.close()
        right.close()
    }

    @Test func pausingWithinACallbackHolds() throws {
        let loop = try Loop()
        let (left, right) = try streamPair(on: loop)
        var calls = 0
        right.onBytes = { _ in
            calls += 1
            right.pauseReading()
        }
        left.write([1])
        #expect(try loop.turn { calls == 1 })
        left.write([2])
        for _ in 0..<3 { try loop.turn(mayWait: false) }
        #expect(calls == 1)
        left.close()
        right.close()
    }

    @Test func closingWithinACallbackEndsAllCallbacks() throws {
        let loop = try Loop()
        let (left, right) = try streamPair(on: loop)
        var calls: [String] = []
        right.onBytes = { _ in
            calls.append("bytes")
            right.close()
        }
        right.onClosed = { _ in calls.append("closed") }
        left.write([1])
        left.finishWriting()
        #expect(try loop.turn { !calls.isEmpty })
        for _ in 0..<3 { try loop.turn(mayWait: false) }
        #expect(calls == ["bytes"])
        left.close()
    }

    @Test func aClosedStreamIsLetGo() throws {
        let loop = try Loop()
        weak var gone: Stream?
        do {
            let (left, right) = try streamPair(on: loop)
            gone = left
            left.onBytes = { [left] in left.write($0) }
            left.close()
            right.close()
        }
        try loop.turn(mayWait: false)
        #expect(gone == nil)
    }
}
