// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import PrinterMachines
import Primitives
import ReleaseWire

/// One append to the journal.
package struct JournalToken: Hashable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }
}

/// The journal as the core sees it: what is written, and how far it is synced.
struct Journal: Sendable {
    /// Entries appended since the last compaction after which the next one may be due.
    static let compactionInterval = 1024

    var state: JournalState
    /// The last event that is on disk.
    var durableThrough: UInt64
    var tokens: UInt64 = 0
    var appended = 0
    /// What may happen once an append is synced.
    var waiting: [JournalToken: AfterSync] = [:]
    /// Of the waiting ones, those that say something of lent jobs.
    private var custodyTokens: Set<JournalToken> = []
    /// The file says that charges may wait in it.
    private(set) var isDeferring: Bool

    var hasUnsyncedCustody: Bool { !custodyTokens.isEmpty }

    enum AfterSync: Equatable, Sendable {
        case publish(through: UInt64)
        case begin(ReleaseID)
        /// What is lent has changed: the server may be asked about it.
        case custody
        /// The charges of these release keys are out of the stream: their numbers may go without them.
        case withhold([[UInt8]])
        case nothing
    }

    init(state: JournalState) {
        self.state = state
        durableThrough = state.nextSequence - 1
        isDeferring = !state.offline.deferred.isEmpty
    }

    mutating func append(_ entries: [JournalEntry], then next: AfterSync) -> AgentCore.Action {
        for entry in entries { state.apply(entry) }
        appended += entries.count
        tokens += 1
        waiting[JournalToken(tokens)] = next
        if entries.contains(where: { if case .offline = $0 { true } else { false } }) {
            custodyTokens.insert(JournalToken(tokens))
        }
        return .journal(JournalToken(tokens), entries)
    }

    /// Before the first of them: the file says so.
    mutating func beginDeferring() -> [AgentCore.Action] {
        guard !isDeferring else { return [] }
        isDeferring = true
        return [.compact(state.compacted(isDeferring: true))]
    }

    mutating func compact() -> AgentCore.Action {
        appended = 0
        isDeferring = !state.offline.deferred.isEmpty
        return .compact(state.compacted())
    }
}

extension Journal {
    mutating func synced(_ token: JournalToken) -> AfterSync? {
        custodyTokens.remove(token)
        return waiting.removeValue(forKey: token)
    }
}

extension AgentCore {
    /// Makes events durable; they are published after that.
    mutating func record(_ events: [DurableEvent]) -> [Action] {
        guard !events.isEmpty else { return [] }
        var sequence = journal.state.nextSequence
        let entries = events.map { event -> JournalEntry in
            defer { sequence += 1 }
            return .event(sequence: sequence, event)
        }
        return [journal.append(entries, then: .publish(through: sequence - 1))]
    }

    mutating func record(_ result: ReadResult, of read: OpenRead) -> [Action] {
        record([.readOutcome(ReadRecord(key: read.key, reader: read.reader, result: result, at: wall))])
    }

    mutating func journaled(_ token: JournalToken, at now: MonotonicTime) -> [Action] {
        guard let next = journal.synced(token) else { return [] }
        return afterSync(next, at: now) + ask(at: now)
    }

    private mutating func afterSync(_ next: Journal.AfterSync, at now: MonotonicTime) -> [Action] {
        switch next {
        case .publish(let through):
            journal.durableThrough = max(journal.durableThrough, through)
            return publish(at: now) + stopIfDone(at: now)
        case .withhold(let keys):
            offline.withheld.formUnion(keys)
            return publish(at: now) + stopIfDone(at: now)
        case .begin(let release): return feedPrinter(release, .mayBegin, at: now) + stopIfDone(at: now)
        case .custody, .nothing: return stopIfDone(at: now)
        }
    }

    /// An outcome that is not on disk yet would be in doubt after the restart.
    mutating func stopIfDone(at now: MonotonicTime) -> [Action] {
        guard isStopping, !hasStopped, queue.current == nil, journal.waiting.isEmpty else { return [] }
        hasStopped = true
        return feedLink(.farewell, at: now) + [.stopped]
    }

    /// Sends what is durable and not yet sent on this connection, in order, as far as the server's window reaches.
    mutating func publish(at now: MonotonicTime) -> [Action] {
        guard link.isOpen else { return [] }
        var actions: [Action] = []
        for event in journal.state.pending.drop(while: { $0.sequence <= link.publishedThrough }) {
            guard event.sequence <= journal.durableThrough, link.session?.canPublish == true else { break }
            if case .account(let charge) = event.event, !agreesOffline {
                guard offline.withheld.contains(charge.key) else { return actions + deferCharges() }
                link.publishedThrough = event.sequence
                actions += feedLink(.withhold(sequence: event.sequence), at: now)
            } else {
                link.publishedThrough = event.sequence
                actions += feedLink(.publish(sequence: event.sequence, ReleaseMessage(event.event)), at: now)
            }
        }
        return actions
    }

    /// The server has committed events: they need not be kept.
    mutating func acknowledged(through: UInt64, at now: MonotonicTime) -> [Action] {
        guard let first = journal.state.pending.first, first.sequence <= through else { return publish(at: now) }
        let append = journal.append([.acknowledged(through: through)], then: .nothing)
        // With the last charge told, the version before could go on with the file.
        let compact = journal.isDeferring && !owesCharges ? [journal.compact()] : compactIfDue()
        return [append] + compact + publish(at: now)
    }

    /// The server cannot follow the old stream: one of the two was restored from an old copy. What is not acknowledged
    /// begins a new one; the server takes that for a lost journal and puts into doubt what it cannot place.
    mutating func beginStream(_ name: [UInt8]) -> [Action] {
        journal.state = journal.state.continued(under: name)
        journal.durableThrough = 0
        for (token, next) in journal.waiting {
            if case .publish = next { journal.waiting[token] = .nothing }
        }
        let compact = journal.compact()
        return [compact, journal.append([], then: .publish(through: journal.state.nextSequence - 1))]
    }

    private mutating func compactIfDue() -> [Action] {
        guard journal.appended >= Journal.compactionInterval else { return [] }
        return [journal.compact(), .note(.journalCompacted)]
    }
}
