// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc
import Synchronization

/// How much a worker takes on.
package struct WorkerLimits: Sendable {
    /// Requests submitted and not yet answered.
    package let requests: Int
    package let threads: Int
    /// Requests handled at once.
    package let batch: Int

    /// One thread whose batch is everything that arrived while the last one ran: what group commit wants.
    package static func grouping(requests: Int, batch: Int = 1024) -> WorkerLimits {
        WorkerLimits(requests: requests, threads: 1, batch: batch)
    }

    /// Several threads that take one request at a time, in no particular order.
    package static func parallel(threads: Int, requests: Int) -> WorkerLimits {
        WorkerLimits(requests: requests, threads: threads, batch: 1)
    }
}

/// A thread of its own for calls that block, behind a mailbox.
package final class Worker<Request: Sendable, Reply: Sendable> {
    private typealias Answer = (number: UInt64, reply: Reply)

    private let inbox: WorkInbox<Request>
    private let mailbox: Mailbox<[Answer]>
    private let completions: Completions<Reply>
    private let limit: Int
    private var threads: [pthread_t] = []
    private var lastNumber: UInt64 = 0

    /// - Parameters:
    ///   - name: shown by `top -H`; 15 bytes count.
    ///   - makeState: runs first on the thread itself; with several threads, on each.
    ///   - handle: gets a batch in the order of submission and answers each request, in the same order.
    package init<State>(
        name: String, on loop: Loop, limits: WorkerLimits,
        makeState: @escaping @Sendable () -> State,
        handle: @escaping @Sendable (inout State, [Request]) -> [Reply]
    ) throws(SystemFault) {
        precondition(limits.requests > 0 && limits.threads > 0 && limits.batch > 0)
        let (inbox, completions) = (try WorkInbox<Request>(), Completions<Reply>())
        self.inbox = inbox
        self.completions = completions
        limit = limits.requests
        mailbox = try Mailbox(on: loop) { answers in
            for (number, reply) in answers { completions.finish(number, reply) }
        }
        let outbox = mailbox.sender
        for _ in 0..<limits.threads {
            let thread = try startThread(name: name) {
                var state = makeState()
                while let batch = inbox.next(limits.batch) {
                    let replies = handle(&state, batch.map(\.request))
                    precondition(replies.count == batch.count, "each request has one reply")
                    outbox.post(Array(zip(batch.map(\.number), replies)))
                }
            }
            threads.append(thread)
        }
    }

    deinit { stop() }

    /// False, and nothing happens, when the worker is busy with as many requests as its limit allows or is stopped.
    /// `completion` is called on the loop, never from within this call.
    /// - Parameter isOwed: it is taken at the limit, too, as what it is the end of was taken.
    package func submit(
        _ request: Request, isOwed: Bool = false, then completion: @escaping (Reply) -> Void
    ) -> Bool {
        guard !threads.isEmpty, isOwed || completions.count < limit else { return false }
        lastNumber += 1
        completions.add(lastNumber, completion)
        inbox.add(lastNumber, request)
        return true
    }

    /// Waits until everything submitted is done, then delivers its replies, within this call.
    package func stop() {
        guard !threads.isEmpty else { return }
        inbox.finish()
        for thread in threads { pthread_join(thread, nil) }
        threads = []
        mailbox.drain()
        mailbox.close()
    }
}

/// The loop's side of the requests in flight.
private final class Completions<Reply> {
    private var waiting: [UInt64: (Reply) -> Void] = [:]

    var count: Int { waiting.count }

    func add(_ number: UInt64, _ completion: @escaping (Reply) -> Void) { waiting[number] = completion }

    func finish(_ number: UInt64, _ reply: Reply) { waiting.removeValue(forKey: number)?(reply) }
}

/// Requests on their way to the threads, which sleep in a blocking read of the event counter. Whoever leaves work
/// behind wakes the next.
private final class WorkInbox<Request: Sendable>: Sendable {
    typealias Item = (number: UInt64, request: Request)

    private struct Queue {
        var items: [Item] = []
        var isFinished = false
    }

    private let event: Descriptor
    private let queue = Mutex(Queue())

    init() throws(SystemFault) {
        event = Descriptor(owning: CInt(try retrying("eventfd") { cs_eventfd(1) }))
    }

    func add(_ number: UInt64, _ request: Request) {
        queue.withLock { $0.items.append((number, request)) }
        wake(event.raw)
    }

    func finish() {
        queue.withLock { $0.isFinished = true }
        wake(event.raw)
    }

    /// Waits for work; `nil` when there will be none any more.
    func next(_ limit: Int) -> [Item]? {
        while true {
            let (batch, isMore) = queue.withLock { queue in
                let batch = Array(queue.items.prefix(limit))
                queue.items.removeFirst(batch.count)
                return (batch, !queue.items.isEmpty || queue.isFinished)
            }
            if batch.isEmpty && isMore {
                wake(event.raw)
                return nil
            }
            if !batch.isEmpty {
                if isMore { wake(event.raw) }
                return batch
            }
            var count: UInt64 = 0
            _ = Glibc.read(event.raw, &count, MemoryLayout<UInt64>.size)
        }
    }
}
