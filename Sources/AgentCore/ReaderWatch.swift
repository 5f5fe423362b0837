// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives
import ReleaseWire

/// One reader as the shell knows it.
package struct ReaderFacts: Hashable, Sendable {
    /// Without times: those are counted here.
    package var status: ReaderStatus
    package var lastReadAt: MonotonicTime?
    /// People can type at it.
    package var hasKeys: Bool

    package init(_ status: ReaderStatus, lastReadAt: MonotonicTime? = nil, hasKeys: Bool = false) {
        self.status = status
        self.lastReadAt = lastReadAt
        self.hasKeys = hasKeys
    }
}

/// What the server knows of this box's readers and what it should.
///
///     told ──facts differ──▶ due ──at most once a second──▶ asked ──noted──▶ told
///                             ▲                               │ refused: after a while
///                             └───────── link lost ───────────┘
struct ReaderWatch: Sendable {
    /// Between two reports.
    static let interval = Duration.seconds(1)
    /// After a refusal that says no time.
    static let patience = Duration.seconds(30)

    /// `nil`: the shell has not told yet.
    private var facts: [ReaderFacts]?
    private var since: [String: (state: ReaderStatus.State, at: MonotonicTime)] = [:]
    /// On this connection.
    private var told: [ReaderFacts]?
    private(set) var correlation: UInt32?
    private var notBefore = MonotonicTime(nanoseconds: 0)

    /// Keys are there to type on now, as far as kinds and options of the readers tell.
    var hasKeys: Bool { facts?.contains { $0.hasKeys && $0.status.state == .attached } ?? false }

    mutating func note(_ facts: [ReaderFacts], at now: MonotonicTime) {
        self.facts = facts
        var since: [String: (state: ReaderStatus.State, at: MonotonicTime)] = [:]
        for reader in facts.map(\.status) {
            let known = self.since[reader.name]
            since[reader.name] = known?.state == reader.state ? known : (reader.state, now)
        }
        self.since = since
    }

    /// A new connection: whatever was told before, this server may be another.
    mutating func begin() {
        told = nil
        correlation = nil
        notBefore = MonotonicTime(nanoseconds: 0)
    }

    /// `nil`: there is nothing to tell, or an answer is awaited.
    var due: MonotonicTime? {
        guard let facts, facts != told, correlation == nil else { return nil }
        return notBefore
    }

    /// The list for the server, which is asked under this number.
    mutating func ask(_ correlation: UInt32, at now: MonotonicTime) {
        told = facts
        self.correlation = correlation
        notBefore = now + Self.interval
    }

    func list(at now: MonotonicTime) -> [ReaderStatus] {
        let readers = (facts ?? []).map { reader -> ReaderStatus in
            var status = reader.status
            status.since = since[status.name].map { now.elapsed(since: $0.at) } ?? .zero
            if let at = reader.lastReadAt { status.lastRead?.age = now.elapsed(since: at) }
            return status
        }
        return ReaderStatus.fitting(readers)
    }

    mutating func answered(_ message: ReleaseMessage, at now: MonotonicTime) {
        correlation = nil
        guard case .refused(let refusal) = message else { return }
        told = nil
        notBefore = now + max(refusal.retryAfter ?? Self.patience, Self.interval)
    }
}

extension AgentCore {
    /// When the server is to be told of the readers next.
    var readersDue: MonotonicTime? {
        guard link.isOpen, let session = link.session, session.agreed.contains(.readers), session.canRequest else {
            return nil
        }
        return watch.due
    }

    mutating func tickReaders(at now: MonotonicTime) -> [Action] {
        guard let due = readersDue, now >= due else { return [] }
        let (correlation, sent) = request(.readers(watch.list(at: now)), at: now)
        watch.ask(correlation, at: now)
        return sent
    }
}
