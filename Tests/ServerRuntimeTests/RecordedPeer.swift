// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// The server of a recording: it answers an agent with what it answered its own then. The agent has to say what that
/// one said, in each kind's order; its numbers of requests, its times and its capabilities are its own.
struct RecordedPeer {
    private var requests: [Frame]
    private var events: [Frame]
    private let answers: [Frame]
    private var acknowledged: UInt64 = 0

    init(_ lines: [RecordedConversation.Line]) {
        let said = lines.filter(\.isFromAgent).map(\.frame)
        requests = said.filter { if case .request = $0.body { true } else { false } }
        events = said.filter { if case .event = $0.body { true } else { false } }
        answers = lines.filter { !$0.isFromAgent }.map(\.frame)
    }

    /// Everything that the recorded agent said was said.
    var isSpent: Bool { requests.isEmpty && events.isEmpty }

    mutating func answer(_ frame: Frame) throws -> [Frame] {
        switch frame.body {
        case .request(let message): return try reply(to: message, frame.correlation)
        case .event(let sequence, let message):
            let then = try #require(events.isEmpty ? nil : events.removeFirst(), "more events than then")
            #expect(Self.plain(.event(sequence: sequence, message)) == Self.plain(then.body))
            return acknowledge(sequence)
        default: return []
        }
    }

    private mutating func reply(to message: ReleaseMessage, _ correlation: UInt32) throws -> [Frame] {
        let place = requests.firstIndex { Self.isAlike($0.body, message) }
        let then = requests.remove(at: try #require(place, "it did not ask this then: \(message)"))
        #expect(Self.plain(.request(message)) == Self.plain(then.body))
        return answers.filter { answer in
            switch answer.body {
            case .reply, .bytes, .end: answer.correlation == then.correlation
            default: false
            }
        }.map { Frame($0.body, correlation: correlation) }
    }

    private mutating func acknowledge(_ sequence: UInt64) -> [Frame] {
        let due = answers.filter { answer in
            guard case .acknowledgement(let through) = answer.body else { return false }
            return through > acknowledged && through <= sequence
        }
        if case .acknowledgement(let through)? = due.last?.body { acknowledged = through }
        return due
    }

    private static func isAlike(_ body: Frame.Body, _ message: ReleaseMessage) -> Bool {
        guard case .request(let then) = body else { return false }
        return then.type == message.type
    }

    /// Without what is not the protocol's: who speaks, which capabilities it names besides, when it was.
    static func plain(_ body: Frame.Body) -> Frame.Body {
        let never = WallTime(milliseconds: 0)
        switch body {
        case .request(.hello(var hello)):
            (hello.software, hello.capabilities) = ("", [])
            return .request(.hello(hello))
        case .reply(.welcome(var welcome), let hasMore):
            (welcome.serverTime, welcome.capabilities) = (never, [])
            return .reply(.welcome(welcome), hasMore: hasMore)
        case .event(let sequence, .readOutcome(var record)):
            record.at = never
            return .event(sequence: sequence, .readOutcome(record))
        case .event(let sequence, .progress(var progress)):
            progress.at = never
            return .event(sequence: sequence, .progress(progress))
        default: return body
        }
    }
}
