// SPDX-License-Identifier: Apache-2.0

/// Channels that their owner is done with: what was written leaves first, but nobody waits for ever for a peer that
/// does not take it or does not hang up.
package final class Farewells {
    package static let limit = Duration.seconds(5)
    /// Beyond it a channel is closed at once.
    package static let countLimit = 256

    /// The last channel is closed. Comes once.
    package var onEmpty: (() -> Void)?

    private let loop: Loop
    private let limit: Duration
    private var leaving: [ObjectIdentifier: (channel: any ByteChannel, timer: TimerToken)] = [:]

    package init(on loop: Loop, limit: Duration = Farewells.limit) {
        self.loop = loop
        self.limit = limit
    }

    deinit { closeAll() }

    package var count: Int { leaving.count }

    /// Takes over the channel and its callbacks; what the peer still sends is read and dropped, because closing a
    /// socket with unread input would reset the connection, and with it what was written last.
    package func add(_ channel: any ByteChannel) {
        guard channel.isOpen, leaving.count < Self.countLimit else { return channel.close() }
        let id = ObjectIdentifier(channel)
        channel.onBytes = nil
        channel.onDrained = nil
        channel.onEnd = nil
        channel.onClosed = { [weak self] _ in self?.remove(id) }
        let timer = loop.schedule(after: limit) { [weak self] in
            self?.leaving[id]?.channel.close()
            self?.remove(id)
        }
        leaving[id] = (channel, timer)
        channel.resumeReading()
        channel.finishWriting()
    }

    /// Nothing is left after this, and nothing is said.
    package func closeAll() {
        onEmpty = nil
        for (channel, timer) in leaving.values {
            loop.cancel(timer)
            channel.close()
        }
        leaving = [:]
    }

    private func remove(_ id: ObjectIdentifier) {
        guard let (_, timer) = leaving.removeValue(forKey: id) else { return }
        loop.cancel(timer)
        guard leaving.isEmpty, let onEmpty else { return }
        self.onEmpty = nil
        onEmpty()
    }
}
