// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Primitives
import SimRandom
import Testing
import TestKit

@Suite struct LoopTests {
    @Test func aTimerFiresAtItsTimeAndNotBefore() throws {
        let loop = try Loop()
        let start = loop.now
        var fired: MonotonicTime?
        _ = loop.schedule(at: start + .milliseconds(20)) { fired = loop.now }
        #expect(try loop.turn { fired != nil })
        #expect(try #require(fired) >= start + .milliseconds(20))
    }

    @Test func timersFireInOrderOfTimeThenAge() throws {
        let loop = try Loop()
        let start = loop.now
        var order: [Int] = []
        for (name, wait) in [(1, 3), (2, 1), (3, 2), (4, 1)] {
            _ = loop.schedule(at: start + .milliseconds(wait)) { order.append(name) }
        }
        #expect(try loop.turn { order.count == 4 })
        #expect(order == [2, 4, 3, 1])
    }

    @Test func aTimerCancelledByAnotherOfTheSameMomentDoesNotFire() throws {
        let loop = try Loop()
        var order: [String] = []
        var second: TimerToken?
        let moment = loop.now
        _ = loop.schedule(at: moment) {
            order.append("first")
            if let second { loop.cancel(second) }
        }
        second = loop.schedule(at: moment) { order.append("second") }
        _ = loop.schedule(at: moment) { order.append("third") }
        #expect(try loop.turn { order.count == 2 })
        #expect(order == ["first", "third"])
    }

    @Test func aTimerThatSetsItselfForNowDoesNotHoldUpTheLoop() throws {
        let loop = try Loop()
        var count = 0
        func again() {
            count += 1
            _ = loop.schedule(at: loop.now, again)
        }
        again()
        try loop.turn()
        try loop.turn()
        #expect(count >= 2 && count <= 3)
    }

    @Test func thousandsOfTimersSurviveCancelling() throws {
        let loop = try Loop()
        var random = SplitMix(seed: 7)
        let start = loop.now
        var fired: [Int] = []
        var tokens: [TimerToken] = []
        var waits: [Int] = []
        for index in 0..<3000 {
            let wait = Int.random(in: 0..<5_000_000, using: &random)
            waits.append(wait)
            tokens.append(loop.schedule(at: start + .nanoseconds(wait)) { fired.append(index) })
        }
        for index in 0..<3000 where index % 3 != 0 { loop.cancel(tokens[index]) }
        #expect(try loop.turn { fired.count == 1000 })
        let expected = (0..<3000).filter { $0 % 3 == 0 }.sorted { (waits[$0], $0) < (waits[$1], $1) }
        #expect(fired == expected)
    }

    @Test func aCallbackMayUnwatchAnotherThatIsReadyInTheSameTurn() throws {
        let loop = try Loop()
        let one = try Descriptor.pipe(nonBlocking: true)
        let two = try Descriptor.pipe(nonBlocking: true)
        _ = try one.writer.write([1])
        _ = try two.writer.write([1])
        var calls: [Int] = []
        var tokens: [WatchToken] = []
        for (name, raw) in [(0, one.reader.raw), (1, two.reader.raw)] {
            tokens.append(
                try loop.watch(raw, .read) { _ in
                    calls.append(name)
                    for token in tokens { loop.unwatch(token) }
                })
        }
        try loop.turn()
        try loop.turn(mayWait: false)
        #expect(calls.count == 1)
    }

    /// The number of a closed descriptor comes back at once; what the kernel reported for the old one is not for it.
    @Test func aReusedNumberDoesNotGetTheOldOnesEvents() throws {
        let loop = try Loop()
        let trigger = try Descriptor.pipe(nonBlocking: true)
        let old = try Descriptor.pipe(nonBlocking: true).take()
        var (oldCalls, newCalls) = (0, 0)
        var fresh: [CInt] = []
        var token: WatchToken?
        var trip: WatchToken?
        trip = try loop.watch(trigger.reader.raw, .read) { _ in
            if let trip { loop.unwatch(trip) }
            guard let token else { return }
            loop.unwatch(token)
            close(old.reader)
            guard let ends = try? Descriptor.pipe(nonBlocking: true).take() else { return }
            fresh = [ends.reader, ends.writer]
            _ = try? loop.watch(ends.reader, .read) { _ in newCalls += 1 }
        }
        token = try loop.watch(old.reader, .read) { _ in oldCalls += 1 }
        var byte: UInt8 = 1
        _ = try trigger.writer.write([1])
        write(old.writer, &byte, 1)
        try loop.turn()
        try loop.turn(mayWait: false)
        #expect(fresh.first == old.reader)
        #expect(oldCalls == 0 && newCalls == 0)
        write(fresh[1], &byte, 1)
        try loop.turn()
        #expect(newCalls == 1)
        for raw in fresh + [old.writer] { close(raw) }
    }

    @Test func aNumberClosedWithoutUnwatchingBelongsToItsNewWatch() throws {
        let loop = try Loop()
        let old = try Descriptor.pipe(nonBlocking: true).take()
        var calls: [String] = []
        let stale = try loop.watch(old.reader, .read) { _ in calls.append("old") }
        close(old.reader)
        let ends = try Descriptor.pipe(nonBlocking: true).take()
        try #require(ends.reader == old.reader)
        let token = try loop.watch(ends.reader, .read) { _ in calls.append("new") }
        loop.unwatch(stale)
        var byte: UInt8 = 1
        write(ends.writer, &byte, 1)
        try loop.turn()
        #expect(calls == ["new"])
        loop.unwatch(token)
        for raw in [ends.reader, ends.writer, old.writer] { close(raw) }
    }

    @Test func anEmptyInterestIsDeafToHangUps() throws {
        let loop = try Loop()
        let ends = try Descriptor.pipe(nonBlocking: true).take()
        var calls = 0
        let token = try loop.watch(ends.reader, .read) { _ in calls += 1 }
        try loop.change(token, [])
        close(ends.writer)
        try loop.turn(mayWait: false)
        #expect(calls == 0)
        try loop.change(token, .read)
        try loop.turn()
        #expect(calls == 1)
        loop.unwatch(token)
        close(ends.reader)
    }

    @Test func watchingOneDescriptorTwiceIsAFault() throws {
        let loop = try Loop()
        let pipe = try Descriptor.pipe(nonBlocking: true)
        let token = try loop.watch(pipe.reader.raw, .read) { _ in }
        #expect(throws: SystemFault(call: "epoll_ctl", errno: EEXIST)) {
            _ = try loop.watch(pipe.reader.raw, .read) { _ in }
        }
        loop.unwatch(token)
    }

    @Test func whatIsPutOffRunsInTheSameTurnAndItsOwnInTheNext() throws {
        let loop = try Loop()
        var order: [Int] = []
        _ = loop.schedule(at: loop.now) {
            loop.soon {
                order.append(2)
                loop.soon { order.append(3) }
            }
            order.append(1)
        }
        try loop.turn()
        #expect(order == [1, 2])
        try loop.turn()
        #expect(order == [1, 2, 3])
    }

    @Test func stopEndsTheRun() throws {
        let loop = try Loop()
        loop.soon { loop.stop() }
        try loop.run()
    }

    @Test func aSignalIsACallback() throws {
        let loop = try Loop()
        var got: [CInt] = []
        try loop.onSignals([SIGUSR1, SIGUSR2]) { got.append($0) }
        pthread_kill(pthread_self(), SIGUSR2)
        #expect(try loop.turn { !got.isEmpty })
        #expect(got == [SIGUSR2])
    }

    @Test func theWallClockIsInThisCentury() {
        #expect(Loop.wallTime() > WallTime(milliseconds: 1_700_000_000_000))
    }
}
