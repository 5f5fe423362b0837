// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire

/// From a session's actions to questions.
extension ReleaseService {
    mutating func perform(
        _ actions: [ServerSession.Action], on id: LinkID, at now: MonotonicTime
    ) -> [Action] {
        actions.flatMap { perform($0, on: id, at: now) }
    }

    private mutating func perform(
        _ action: ServerSession.Action, on id: LinkID, at now: MonotonicTime
    ) -> [Action] {
        switch action {
        case .send(let bytes):
            links[id]?.unsent += bytes.count
            return [.send(id, bytes)]
        case .ask(let correlation, let message): return request(message, correlation, on: id, at: now)
        case .record(let sequence, let message):
            links[id]?.events.append(SequencedEvent(sequence: sequence, message: message))
            return record(id, at: now)
        case .readDocument(let correlation, let offset, let limit):
            return read(id, DocumentRead(correlation: correlation, offset: offset, limit: limit))
        case .closeDocument(let correlation):
            links[id]?.documents[correlation] = nil
            links[id]?.reads[correlation] = nil
            links[id]?.waitingReads.removeAll { $0.correlation == correlation }
            return []
        case .close(let reason): return close(id, reason, at: now)
        }
    }

    private mutating func request(
        _ message: ReleaseMessage, _ correlation: UInt32, on id: LinkID, at now: MonotonicTime
    ) -> [Action] {
        guard let link = links[id] else { return [] }
        switch message {
        case .hello(let hello):
            links[id]?.stream = hello.stream
            if let wait = openings.wait(of: link.key, at: now) {
                return refuse(link.key, Refusal(.busy, retryAfter: wait), on: id, correlation, at: now)
            }
            return [ask(.hello(id, correlation), .welcomeAgent(key: link.key, hello, at: wall))]
        case .enrol(let enrolment):
            return [ask(.enrol(id, correlation), .enrolAgent(key: link.key, enrolment, at: wall))]
        case .credential, .challengeReply, .release, .documentOpen, .sessionEnd, .login, .accountQuery, .jobList,
            .hold, .delete, .changePIN, .rotateKey, .reportQuery, .offline, .readers:
            guard let seat = link.seat else { preconditionFailure("the session lets nothing pass before its welcome") }
            return request(message, correlation, on: id, from: seat, at: now)
        case .welcome, .enrolled, .keyAnnounced, .goAway, .challenge, .session, .readOutcome, .releases,
            .documentOpened, .progress, .account, .refused, .accounts, .jobs, .held, .deleted, .report, .registered,
            .readersNoted:
            preconditionFailure("the session asks only what an agent may request")
        }
    }

    private mutating func request(
        _ message: ReleaseMessage, _ correlation: UInt32, on id: LinkID, from seat: AgentSeat, at now: MonotonicTime
    ) -> [Action] {
        switch message {
        case .credential(let presented):
            return credential(presented, correlation, on: id, from: seat, at: now)
        case .release(let order): return releaseAsked(order, correlation, on: id, from: seat, at: now)
        case .offline(let message): return offlineRequest(message, correlation, on: id, from: seat, at: now)
        case .documentOpen(let open):
            return [
                ask(
                    .openDocument(id, correlation, open.release),
                    .openDocument(seat, release: open.release, offset: open.offset, at: wall))
            ]
        case .sessionEnd(let end):
            return [ask(.endSession(id, correlation, end), .endSession(seat, end.session, end.reason, at: wall))]
        case .rotateKey(let rotation):
            return rotate(rotation, correlation, on: id, from: seat, at: now)
        case .reportQuery(let query): return report(query, correlation, on: id, from: seat, at: now)
        case .readers(let readers):
            return noteReaders(readers, correlation, on: id, from: seat, at: now)
        case .login(let login): return self.login(login, correlation, on: id, from: seat, at: now)
        case .challengeReply, .changePIN, .jobList, .accountQuery, .hold, .delete:
            return [dialogue(message, correlation, on: id, from: seat)]
        case .hello, .welcome, .enrol, .enrolled, .keyAnnounced, .goAway, .challenge, .session, .readOutcome,
            .releases, .documentOpened, .progress, .account, .refused, .accounts, .jobs, .held, .deleted, .report,
            .registered, .readersNoted:
            preconditionFailure("the caller has sorted out the rest")
        }
    }

    /// Hands the waiting events to the store, one batch at a time, so that they are applied in their order.
    mutating func record(_ id: LinkID, at now: MonotonicTime) -> [Action] {
        guard let link = links[id], let seat = link.seat, !link.isRecording, !link.events.isEmpty else { return [] }
        if let wait = budgets.eventWait(seat.agent, at: now) {
            slowed.keep(now + wait, of: id)
            return []
        }
        links[id]?.events = []
        links[id]?.isRecording = true
        return [ask(.events(id, link.events), .recordEvents(seat, stream: link.stream, link.events, at: wall))]
    }

    func notes(of message: ReleaseMessage, from agent: String) -> [Action] {
        switch message {
        case .progress(let progress): [.note(.outcome(agent: agent, release: progress.release, progress.outcome))]
        case .account(let charge):
            [.note(.offlineRelease(agent: agent, job: charge.job, charge.outcome))]
        case .readOutcome(let read): [.note(.readRecorded(agent: agent, reader: read.reader, read.result))]
        case .hello, .welcome, .enrol, .enrolled, .rotateKey, .keyAnnounced, .goAway, .credential, .challenge,
            .challengeReply, .session, .sessionEnd, .login, .accountQuery, .accounts, .jobList, .jobs, .release,
            .releases, .hold, .held, .delete, .deleted, .registered, .changePIN, .documentOpen, .documentOpened,
            .readers, .readersNoted, .offline, .reportQuery, .report, .refused:
            []
        }
    }

    /// A document is read on only while the socket keeps up, so that it never delays a read's answer for long. Pieces
    /// on their way from the disk count, too: 64 documents at once would be more than a socket may owe.
    mutating func read(_ id: LinkID, _ read: DocumentRead) -> [Action] {
        guard let link = links[id], let document = link.documents[read.correlation]?.document else { return [] }
        guard link.unsent + link.reads.count * DocumentPiece.limit < Self.congestionLimit else {
            links[id]?.waitingReads.append(read)
            return []
        }
        let question = open(.readDocument(id, read.correlation))
        links[id]?.reads[read.correlation] = (question, read)
        return [.readDocument(question, document, offset: read.offset, limit: read.limit)]
    }

    private mutating func close(_ id: LinkID, _ reason: LinkClosed, at now: MonotonicTime) -> [Action] {
        guard let link = links.removeValue(forKey: id) else { return [] }
        deadlines.forget(id)
        nudges.forget(id)
        rereads.forget(id)
        for question in checks.forget(id) { purposes[question] = nil }
        slowed.forget(id)
        if let agent = link.seat?.agent, seats[agent] == id { seats[agent] = nil }
        let farewell = link.seat.map { [ask(.farewell, .agentLeft($0, at: wall))] } ?? []
        return [.close(id)] + note(of: link, reason, at: now) + farewell
    }

    private mutating func note(of link: Link, _ reason: LinkClosed, at now: MonotonicTime) -> [Action] {
        if let agent = link.agentName { return [.note(.agentLeft(name: agent, reason))] }
        return link.isQuiet || !refused.hasLine(at: now) ? [] : [.note(.linkClosed(reason))]
    }
}
