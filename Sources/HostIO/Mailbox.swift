// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc
import Synchronization

/// The sending end of a mailbox; any thread may hold it.
package final class MailboxSender<Message: Sendable>: Sendable {
    private struct Queue {
        var messages: [Message] = []
        var isClosed = false
    }

    let event: Descriptor
    private let limit: Int
    private let queue = Mutex(Queue())

    fileprivate init(limit: Int) throws(SystemFault) {
        event = Descriptor(owning: CInt(try retrying("eventfd") { cs_eventfd(0) }))
        self.limit = limit
    }

    /// False when the mailbox is closed or full: the message was not taken.
    @discardableResult
    package func post(_ message: Message) -> Bool {
        let (isTaken, isFirst) = queue.withLock { queue in
            guard !queue.isClosed, queue.messages.count < limit else { return (false, false) }
            queue.messages.append(message)
            return (true, queue.messages.count == 1)
        }
        if isFirst { wake(event.raw) }
        return isTaken
    }

    fileprivate func takeAll() -> [Message] {
        queue.withLock { queue in
            defer { queue.messages = [] }
            return queue.messages
        }
    }

    fileprivate func close() {
        queue.withLock { queue in
            queue.isClosed = true
            queue.messages = []
        }
    }
}

/// Values from other threads, delivered on the loop's thread in the order in which they were posted.
package final class Mailbox<Message: Sendable> {
    package static var defaultLimit: Int { 65536 }

    package let sender: MailboxSender<Message>
    private let loop: Loop
    private var token: WatchToken?
    private var handler: ((Message) -> Void)?
    private var arrived: ArraySlice<Message> = []

    /// The loop keeps the mailbox until close().
    package init(
        on loop: Loop, limit: Int = Mailbox.defaultLimit, handler: @escaping (Message) -> Void
    ) throws(SystemFault) {
        sender = try MailboxSender(limit: limit)
        self.loop = loop
        self.handler = handler
        token = try loop.watch(sender.event.raw, .read) { _ in self.drain() }
    }

    /// Delivers what is there now.
    package func drain() {
        var count: UInt64 = 0
        _ = Glibc.read(sender.event.raw, &count, MemoryLayout<UInt64>.size)
        arrived += sender.takeAll()
        while let message = arrived.popFirst() { handler?(message) }
    }

    /// Messages not yet delivered are dropped.
    package func close() {
        guard let token else { return }
        loop.unwatch(token)
        self.token = nil
        sender.close()
        handler = nil
        arrived = []
    }
}

func wake(_ event: CInt) {
    var one: UInt64 = 1
    _ = Glibc.write(event, &one, MemoryLayout<UInt64>.size)
}
