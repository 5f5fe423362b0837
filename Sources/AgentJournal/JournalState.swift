// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// An event that the server has not acknowledged yet.
package struct PendingEvent: Equatable, Sendable {
    package let sequence: UInt64
    package let event: DurableEvent
    let recordLength: Int
}

/// A read that has no outcome yet.
package struct PresentedRead: Hashable, Sendable {
    /// The 16 bytes that the read's `readOutcome` carries.
    package let key: [UInt8]
    package let reader: String
    package let at: WallTime
}

/// What the journal's entries amount to: everything that the agent must know after a restart.
package struct JournalState: Equatable, Sendable {
    /// Of events without an acknowledgement.
    package static let entryLimit = 100_000
    /// Of releases in ``unsettled`` beyond which no new read is taken in. The releases of one more read still come on
    /// top, and all of them must fit the HELLO of PRP/1, which holds 400.
    package static let unsettledLimit = 144
    /// Of events without an acknowledgement beyond which reads are not taken in that were never sent: readers that
    /// make them by themselves leave the room to people.
    package static let unsentLimit = 10_000
    /// Of their records.
    package static let byteLimit = 64 << 20

    /// Empty before the `identity` entry.
    package private(set) var stream: [UInt8] = []
    /// The sequence number of the next event.
    package private(set) var nextSequence: UInt64 = 1
    /// Not acknowledged, in order of their sequence numbers.
    package private(set) var pending: ArraySlice<PendingEvent> = []
    /// Begun, and no `progress` event yet, in the order they began.
    package private(set) var begun: [ReleaseID] = []
    /// Presented, and no `readOutcome` event yet, in order.
    package private(set) var presented: [PresentedRead] = []
    package private(set) var offline = OfflineRecords()

    private var pendingBytes = 0
    private var pendingReleases = 0

    package init() {}

    /// The server has committed the events up to this one.
    package var acknowledged: UInt64 { (pending.first?.sequence ?? nextSequence) - 1 }

    /// Releases of which the agent holds a record: begun, or with a progress not yet acknowledged. For HELLO.
    package var unsettled: [ReleaseID] {
        begun + pending.compactMap { event in if case .progress(let it) = event.event { it.release } else { nil } }
    }

    /// Take in no new read and begin no release: refuse at the source. What was begun may still get its events.
    package var isFull: Bool {
        pending.count + presented.count + offline.deferred.count >= Self.entryLimit || pendingBytes >= Self.byteLimit
            || begun.count + pendingReleases >= Self.unsettledLimit
    }

    package var takesUnsent: Bool { pending.count < Self.unsentLimit && !isFull }

    /// Takes in an entry that is about to be appended.
    package mutating func apply(_ entry: JournalEntry) {
        let follows = take(entry, recordLength: entry.record.count)
        precondition(follows, "the agent's own entries follow each other")
    }

    /// False when the entry cannot come at this place.
    mutating func take(_ entry: JournalEntry, recordLength: Int) -> Bool {
        if case .identity(let stream) = entry {
            guard self.stream.isEmpty else { return false }
            self.stream = stream
            return true
        }
        guard !stream.isEmpty else { return false }
        switch entry {
        case .identity: return false
        case .began(let release):
            if !begun.contains(release) { begun.append(release) }
        case .event(let sequence, let event):
            guard sequence == nextSequence else { return false }
            add(PendingEvent(sequence: sequence, event: event, recordLength: recordLength))
        case .acknowledged(let through): return acknowledge(through)
        case .offline(let entry): offline.apply(entry)
        case .presented(let key, let reader, let at):
            if !presented.contains(where: { $0.key == key }) {
                presented.append(PresentedRead(key: key, reader: reader, at: at))
            }
        }
        return true
    }

    private mutating func add(_ event: PendingEvent) {
        nextSequence += 1
        pending.append(event)
        pendingBytes += event.recordLength
        switch event.event {
        case .progress(let progress):
            pendingReleases += 1
            begun.removeAll { $0 == progress.release }
        case .readOutcome(let record): presented.removeAll { $0.key == record.key }
        case .account(let charge): offline.settle(charge)
        }
    }

    /// An old acknowledgement says nothing new.
    private mutating func acknowledge(_ through: UInt64) -> Bool {
        if nextSequence == 1 {
            nextSequence = through + 1
            return true
        }
        guard through < nextSequence else { return false }
        while let first = pending.first, first.sequence <= through {
            pendingBytes -= first.recordLength
            switch first.event {
            case .progress: pendingReleases -= 1
            // A number without its charge: the server was told of nothing.
            case .account(let charge) where offline.isDeferred(charge.key): break
            case .account(let charge): offline.apply(.over(charge.fence))
            case .readOutcome: break
            }
            pending.removeFirst()
        }
        return true
    }
}

extension JournalState {
    private func isDeferred(_ event: PendingEvent) -> Bool {
        if case .account(let charge) = event.event { offline.isDeferred(charge.key) } else { false }
    }

    /// The same, with all that is not acknowledged as the first events of another stream.
    package func continued(under stream: [UInt8]) -> JournalState {
        var state = JournalState()
        state.apply(.identity(stream: stream))
        state.offline = offline
        for event in pending where !isDeferred(event) {
            state.apply(.event(sequence: state.nextSequence, event.event))
        }
        for release in begun { state.apply(.began(release)) }
        for read in presented { state.apply(.presented(key: read.key, reader: read.reader, at: read.at)) }
        return state
    }
}

// MARK: - Compaction

extension JournalState {
    /// A whole journal that recovers to this state: write it beside the old one, sync, then rename. While no charge
    /// waits the version before can go on with it.
    /// - Parameter isDeferring: the first charge that is to wait comes behind it.
    package func compacted(isDeferring: Bool = false) -> [UInt8] {
        var bytes = isDeferring || !offline.deferred.isEmpty ? Journal.deferringHeader : Journal.header
        guard !stream.isEmpty else { return bytes }
        bytes += JournalEntry.identity(stream: stream).record
        if acknowledged > 0 { bytes += JournalEntry.acknowledged(through: acknowledged).record }
        // Before the events: they say what became of lent jobs.
        for entry in offline.entries { bytes += JournalEntry.offline(entry).record }
        for event in pending { bytes += JournalEntry.event(sequence: event.sequence, event.event).record }
        for charge in offline.deferred { bytes += JournalEntry.offline(.deferred(charge)).record }
        for release in begun { bytes += JournalEntry.began(release).record }
        for read in presented {
            bytes += JournalEntry.presented(key: read.key, reader: read.reader, at: read.at).record
        }
        return bytes
    }
}
