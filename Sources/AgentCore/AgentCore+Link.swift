// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives
import ReleaseWire

/// The connection to the server, and when to try again.
struct LinkState: Sendable {
    var session: AgentSession?
    /// WELCOME was received.
    var isOpen = false
    /// What both sides can do; while the link is away, what they could last.
    var agreed: Set<Capability> = []
    var publishedThrough: UInt64 = 0
    var lastCorrelation: UInt32 = 0
    var failures = 0
    var retryAt: MonotonicTime?
    var lastClose: LinkClosed?
    /// The server said goaway: when to come back.
    var comeBackAfter: Duration?
}

extension AgentCore {
    mutating func linkUp(at now: MonotonicTime) -> [Action] {
        let hello = Hello(
            software: software, stream: journal.state.stream, nextSequence: journal.state.nextSequence,
            unsettled: journal.state.unsettled,
            capabilities: Self.capabilities.union(offline.box == nil && !owesCharges ? [] : [.offline]))
        var session = AgentSession(opening: .hello(hello), openedAt: now)
        let actions = session.start(at: now)
        link.session = session
        link.retryAt = nil
        link.lastClose = nil
        link.comeBackAfter = nil
        link.lastCorrelation = 0
        watch.begin()
        return perform(actions, at: now)
    }

    mutating func feedLink(_ event: AgentSession.Event, at now: MonotonicTime) -> [Action] {
        guard let actions = link.session?.handle(event, at: now) else { return [] }
        return perform(actions, at: now)
    }

    var canRequest: Bool { link.isOpen && link.session?.canRequest == true }

    /// Sends a request and says under which number its answer will come.
    mutating func request(_ message: ReleaseMessage, at now: MonotonicTime) -> (UInt32, [Action]) {
        link.lastCorrelation += 1
        let correlation = link.lastCorrelation
        return (correlation, feedLink(.request(correlation, message), at: now))
    }

    mutating func tickLink(at now: MonotonicTime) -> [Action] {
        if let retryAt = link.retryAt, now >= retryAt {
            link.retryAt = nil
            return [.dial]
        }
        guard let actions = link.session?.tick(at: now) else { return [] }
        return perform(actions, at: now)
    }

    mutating func linkDown(random: UInt64, at now: MonotonicTime) -> [Action] {
        let reason = link.lastClose
        let wait = wait(after: reason, random: random)
        link.failures += 1
        link.session = nil
        link.isOpen = false
        link.retryAt = now + wait
        let stale: [Action] =
            if case .refused(let refusal) = reason, refusal.code == .unknownStream {
                [.note(.streamUnknown), .needStream]
            } else {
                []
            }
        return loseReads(at: now) + linkLostWhilePrinting(at: now) + offlineLinkLost() + keysAfterRefusal(reason)
            + [.note(.linkClosed(reason, retryIn: wait))] + stale
    }

    /// Full jitter: any wait up to the cap, so that many agents do not come back in step. What the server asked for is
    /// waited at least, and up to as long again.
    private func wait(after reason: LinkClosed?, random: UInt64) -> Duration {
        let share = Double(random >> 11) / Double(1 << 53)
        var asked = link.comeBackAfter
        if case .refused(let refusal) = reason { asked = asked ?? refusal.retryAfter }
        let own = max(.milliseconds(50), Self.backOff(after: link.failures, limits) * share)
        guard let asked else { return own }
        let least = min(asked, limits.longestAbsence)
        return max(own, least + max(least, limits.firstRetry) * share)
    }

    private static func backOff(after failures: Int, _ limits: Limits) -> Duration {
        min(limits.lastRetry, limits.firstRetry * (1 << min(failures, 16)))
    }

    private mutating func perform(_ actions: [AgentSession.Action], at now: MonotonicTime) -> [Action] {
        actions.flatMap { perform($0, at: now) }
    }

    private mutating func perform(_ action: AgentSession.Action, at now: MonotonicTime) -> [Action] {
        switch action {
        case .send(let bytes): return [.send(bytes)]
        case .opened(let welcome): return opened(welcome, at: now)
        case .enrolled: preconditionFailure("the core opens with a hello")
        case .reply(let correlation, let message): return reply(correlation, message, at: now)
        case .acknowledged(let through):
            return acknowledged(through: through, at: now) + refreshLists(through: through, at: now)
        case .document(let correlation, let piece):
            return custodyArrived(piece, correlation, at: now) ?? arrived(piece, correlation, at: now)
        case .told(.goAway(let retryAfter)): return leaving(comeBackAfter: retryAfter)
        case .told(.offline(let message)): return told(message, at: now)
        case .told(.sessionEnd(let end)): return sessionEnded(end, at: now)
        case .told: return []
        case .close(let reason):
            link.lastClose = reason
            link.session = nil
            link.isOpen = false
            return [.hangUp]
        }
    }

    /// The server restarts: it finishes what is open and ends the connection. What is printing goes on; what has not
    /// begun is held at the server.
    private mutating func leaving(comeBackAfter retryAfter: Duration) -> [Action] {
        link.comeBackAfter = retryAfter
        link.lastClose = .goAway
        return putBackWaiting()
    }

    private mutating func opened(_ welcome: Welcome, at now: MonotonicTime) -> [Action] {
        link.isOpen = true
        link.agreed = link.session?.agreed ?? []
        link.failures = 0
        link.publishedThrough = welcome.committed
        return [.note(.linkOpened(agent: welcome.agent, epoch: welcome.epoch))]
            + keysAfterWelcome(at: now) + acknowledged(through: welcome.committed, at: now) + resumeDocument(at: now)
            + offlineOpened() + tickReaders(at: now)
    }

    private mutating func learn(_ answer: ReleaseMessage, read key: [UInt8]?, at now: MonotonicTime) -> [Action] {
        guard case .session(let grant) = answer, let key else { return [] }
        return learn(grant.session, read: key, at: now)
    }

    private mutating func reply(
        _ correlation: UInt32, _ message: ReleaseMessage, at now: MonotonicTime
    ) -> [Action] {
        if let actions = offlineReply(correlation, message, at: now) { return actions }
        if let number = questions.removeValue(forKey: correlation) {
            let learned = learn(message, read: dialogues.first { $0.number == number }?.read?.key, at: now)
            return step(number, at: now) { $0.answered(message, in: $1) } + learned
        }
        if let number = asides.removeValue(forKey: correlation) {
            return step(number, at: now) { $0.answeredAside(message, in: $1) }
        }
        if queue.current?.correlation == correlation {
            return documentAnswered(message, at: now)
        }
        if let actions = keyAnswered(correlation, message) { return actions }
        if watch.correlation == correlation {
            watch.answered(message, at: now)
            return tickReaders(at: now)
        }
        // To a read that was given up, and with it this connection.
        return []
    }
}
