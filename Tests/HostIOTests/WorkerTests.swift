// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Synchronization
import Testing
import TestKit

@Suite struct WorkerTests {
    @Test func repliesComeToTheirRequestsInOrder() throws {
        let loop = try Loop()
        let worker = try Worker<Int, Int>(
            name: "double", on: loop, limits: .grouping(requests: 1000), makeState: {},
            handle: { _, numbers in numbers.map { $0 * 2 } })
        var replies: [Int] = []
        for number in 0..<1000 { #expect(worker.submit(number) { replies.append($0) }) }
        #expect(replies.isEmpty)
        #expect(try loop.turn { replies.count == 1000 })
        #expect(replies == (0..<1000).map { $0 * 2 })
        worker.stop()
    }

    @Test func whatArrivesWhileABatchRunsIsTheNextBatch() throws {
        let loop = try Loop()
        let gate = try Descriptor.pipe(nonBlocking: false).take()
        let worker = try Worker<Int, Int>(
            name: "batches", on: loop, limits: .grouping(requests: 100), makeState: { 0 },
            handle: { batches, numbers in
                var byte: UInt8 = 0
                if batches == 0 { read(gate.reader, &byte, 1) }
                batches += 1
                return numbers.map { _ in batches }
            })
        var replies: [Int] = []
        for number in 0..<50 { _ = worker.submit(number) { replies.append($0) } }
        var byte: UInt8 = 1
        // The first batch holds what was there when the thread woke, at least one; all others make the second.
        write(gate.writer, &byte, 1)
        #expect(try loop.turn { replies.count == 50 })
        #expect(Set(replies).isSubset(of: [1, 2]) && replies.first == 1)
        worker.stop()
        close(gate.reader)
        close(gate.writer)
    }

    @Test func aFullWorkerSaysSo() throws {
        let loop = try Loop()
        let worker = try Worker<Int, Int>(
            name: "full", on: loop, limits: .grouping(requests: 2), makeState: {}, handle: { $1 })
        var replies: [Int] = []
        #expect(worker.submit(1) { replies.append($0) })
        #expect(worker.submit(2) { replies.append($0) })
        #expect(!worker.submit(3) { replies.append($0) })
        #expect(try loop.turn { replies == [1, 2] })
        #expect(worker.submit(4) { replies.append($0) })
        worker.stop()
        #expect(replies == [1, 2, 4])
        #expect(!worker.submit(5) { replies.append($0) })
    }

    @Test func whatIsOwedIsTakenByAFullWorker() throws {
        let loop = try Loop()
        let worker = try Worker<Int, Int>(
            name: "owing", on: loop, limits: .grouping(requests: 1), makeState: {}, handle: { $1 })
        var replies: [Int] = []
        #expect(worker.submit(1) { replies.append($0) })
        #expect(!worker.submit(2) { replies.append($0) })
        #expect(worker.submit(3, isOwed: true) { replies.append($0) })
        #expect(!worker.submit(4) { replies.append($0) })
        worker.stop()
        #expect(replies == [1, 3])
        #expect(!worker.submit(5, isOwed: true) { replies.append($0) })
    }

    @Test func twoThreadsWorkAtTheSameTime() throws {
        let loop = try Loop()
        let inside = Meeting()
        let worker = try Worker<Int, Bool>(
            name: "pair", on: loop, limits: .parallel(threads: 2, requests: 10), makeState: {},
            handle: { _, numbers in numbers.map { _ in inside.meet() } })
        var replies: [Bool] = []
        _ = worker.submit(1) { replies.append($0) }
        _ = worker.submit(2) { replies.append($0) }
        #expect(try loop.turn { replies.count == 2 })
        #expect(replies == [true, true])
        worker.stop()
    }

    @Test func aMailboxDeliversFromManyThreadsEachInItsOrder() throws {
        let loop = try Loop()
        var got: [Int: [Int]] = [:]
        let mailbox = try Mailbox<(Int, Int)>(on: loop) { got[$0.0, default: []].append($0.1) }
        let sender = mailbox.sender
        let posters = try Worker<Int, Bool>(
            name: "posters", on: loop, limits: .parallel(threads: 3, requests: 3), makeState: {},
            handle: { _, names in
                names.map { name in (0..<500).allSatisfy { sender.post((name, $0)) } }
            })
        var finished = 0
        for name in 0..<3 { _ = posters.submit(name) { finished += $0 ? 1 : 0 } }
        #expect(try loop.turn { finished == 3 && got.values.map(\.count).reduce(0, +) == 1500 })
        for name in 0..<3 { #expect(got[name] == Array(0..<500)) }
        posters.stop()
        mailbox.close()
        #expect(!sender.post((0, 0)))
    }

    @Test func aFullMailboxTakesNoMore() throws {
        let loop = try Loop()
        var got: [Int] = []
        let mailbox = try Mailbox<Int>(on: loop, limit: 2) { got.append($0) }
        #expect([1, 2, 3].map { mailbox.sender.post($0) } == [true, true, false])
        try loop.turn()
        #expect(got == [1, 2])
        #expect(mailbox.sender.post(4))
        mailbox.close()
        try loop.turn(mayWait: false)
        #expect(got == [1, 2])
    }

    /// Both threads must be inside at once for either to leave with success.
    private final class Meeting: Sendable {
        private let count = Atomic<Int>(0)

        func meet() -> Bool {
            count.add(1, ordering: .sequentiallyConsistent)
            for _ in 0..<2000 {
                if count.load(ordering: .sequentiallyConsistent) >= 2 { return true }
                usleep(1000)
            }
            return false
        }
    }
}
