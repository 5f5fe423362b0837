// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// The agent and the server of the first version, by what they really said, against the other side of today: each gets
/// from the badge to the paper.
@Suite struct RecordedSessionTests {
    private let recording: RecordedConversation

    init() throws { recording = try RecordedConversation("first-version.prp") }

    /// The agent of the first version hears from the present server what it heard then.
    @Test func theServerAnswersTheFirstAgentAsItsOwnDid() throws {
        var server = try RecordedServer(recording.document)
        for name in ["work", "return"] {
            let lines = recording[name]
            server.connect()
            var said: [Frame] = []
            for line in lines {
                if line.isFromAgent {
                    said += try server.receive(line.bytes)
                } else if line.frame.body == .ping {
                    said += try server.wait(.seconds(15))
                }
            }
            #expect(!server.isClosed)
            let then = lines.filter { !$0.isFromAgent }.map(\.frame)
            #expect(Self.answers(said) == Self.answers(then))
            #expect(Self.acknowledged(said) == Self.acknowledged(then))
            server.disconnect()
        }
        #expect(server.results == (printed: 3, charges: 3))
    }

    /// Nobody has its code any more, but its words are understood.
    @Test func theEnrolmentOfTheFirstAgentIsUnderstood() throws {
        var server = try RecordedServer(recording.document)
        server.connect(isStranger: true)
        let enrol = try #require(recording["enrolment"].first { $0.isFromAgent })
        #expect(try server.receive(enrol.bytes) == [Frame(.reply(.refused(Refusal(.enrolmentCode)), hasMore: false))])
    }

    /// The server of the first version hears from the present agent what it heard then.
    @Test func theAgentSpeaksToTheFirstServerAsItsOwnDid() throws {
        var agent = RecordedAgent(recording["work"])
        var peer = RecordedPeer(recording["work"])
        var words = try agent.start()
        while !(words.isEmpty && agent.isOver) {
            if words.isEmpty { words += try agent.goOn() }
            try Self.exchange(&words, &agent, &peer)
        }
        #expect(peer.isSpent)
        #expect(agent.printed.count == 3)
        let document = recording.document.bytes
        #expect(!document.isEmpty && agent.printed.allSatisfy { Self.holds($0, document) })
        // The server pings, the connection ends, the agent is back and has nothing to say.
        #expect(try agent.receive(Frame(.ping)).map(\.body) == [.pong])
        peer = RecordedPeer(recording["return"])
        words = try agent.lose()
        try Self.exchange(&words, &agent, &peer)
        #expect(peer.isSpent && words.isEmpty)
    }

    /// The first version breaks off at a result that it does not know, and all behind it waits for ever.
    @Test func theFirstServerIsToldOnlyResultsThatItKnows() throws {
        let later = ReadResult.allCases.filter { $0.rawValue > 13 }
        var agent = RecordedAgent(recording["return"], told: 8, later: later)
        let hello = try agent.start()
        #expect(hello.count == 1)
        let welcome = try #require(recording["return"].first { !$0.isFromAgent }).frame
        let results = try agent.receive(welcome).compactMap { frame -> ReadResult? in
            guard case .event(_, .readOutcome(let record)) = frame.body else { return nil }
            return record.result
        }
        #expect(results == [.noJobs, .unknown, .unknown, .released, .notPermitted])
    }

    private static func exchange(
        _ words: inout [Frame], _ agent: inout RecordedAgent, _ peer: inout RecordedPeer
    ) throws {
        while !words.isEmpty {
            let answers = try peer.answer(words.removeFirst())
            for answer in answers { words += try agent.receive(answer) }
        }
    }

    /// What was said to each request, and beside all of them; an acknowledgement may stand for several.
    private static func answers(_ frames: [Frame]) -> [UInt32: [Frame.Body]] {
        let bodies = frames.map { ($0.correlation, [RecordedPeer.plain($0.body)]) }.filter { _, body in
            if case .acknowledgement = body[0] { false } else { true }
        }
        return Dictionary(bodies, uniquingKeysWith: +)
    }

    private static func acknowledged(_ frames: [Frame]) -> UInt64? {
        frames.compactMap { if case .acknowledgement(let through) = $0.body { through } else { nil } }.max()
    }

    private static func holds(_ paper: [UInt8], _ document: [UInt8]) -> Bool {
        String(decoding: paper, as: UTF8.self).contains(String(decoding: document, as: UTF8.self))
    }
}
