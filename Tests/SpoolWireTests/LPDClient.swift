// SPDX-License-Identifier: Apache-2.0

import Primitives
import SpoolWire

/// The other side of the connection and the shell in one: feeds bytes, answers what the machine asks at once, and
/// keeps what came out.
struct LPDClient {
    var receiver: LPDReceiver
    var now = MonotonicTime(nanoseconds: 0)
    var verdict = LPDReceiver.Verdict.accepted
    var answersWrites = true
    var answersCommits = true

    private(set) var sent: [UInt8] = []
    private(set) var jobs: [LPDJob] = []
    private(set) var discarded: [Int] = []
    private(set) var documents: [Int: [UInt8]] = [:]
    private(set) var refusals: [LPDReceiver.Refusal] = []
    private(set) var details: [String] = []
    private(set) var questions: [LPDReceiver.Action] = []
    private(set) var isClosed = false

    init(queues: Set<String>? = nil, limits: LPDReceiver.Limits = .init()) {
        receiver = LPDReceiver(queues: queues, limits: limits, openedAt: now)
    }

    mutating func receive(_ text: String) { receive(Array(text.utf8)) }

    mutating func receive(_ bytes: [UInt8]) {
        guard !isClosed else { return }
        perform(receiver.handle(.received(bytes), at: now))
    }

    mutating func handle(_ event: LPDReceiver.Event) { perform(receiver.handle(event, at: now)) }

    mutating func end(_ ending: LPDReceiver.Ending = .finished) { handle(.disconnected(ending)) }

    mutating func wait(_ duration: Duration) {
        now = now + duration
        perform(receiver.tick(at: now))
    }

    private mutating func perform(_ actions: [LPDReceiver.Action]) {
        for action in actions {
            precondition(!isClosed, "close comes last")
            switch action {
            case .send(let bytes): sent += bytes
            case .beginDocument(let index, _): documents[index] = []
            case .write(let index, let bytes): documents[index]? += bytes
            case .submit(let job): jobs.append(job)
            case .discard(let index):
                discarded.append(index)
                documents[index] = nil
            case .askQueueState: questions.append(action)
            case .refuse(let reason, let detail):
                refusals.append(reason)
                details.append(detail)
            case .close: isClosed = true
            }
        }
        switch actions.last {
        case .write where answersWrites: perform(receiver.handle(.written, at: now))
        case .submit where answersCommits: perform(receiver.handle(.committed(verdict), at: now))
        default: break
        }
    }
}
