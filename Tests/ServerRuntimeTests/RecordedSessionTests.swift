// SPDX-License-Identifier: Apache-2.0

import Foundation
import Primitives
import ReleaseWire
import Testing

/// Conversations of earlier versions, byte by byte, against both sides of the present one. A recording is text: a line
/// a frame, `>` from the agent, `<` from the server.
@Suite struct RecordedSessionTests {
    struct Line: Equatable {
        let isFromAgent: Bool
        let bytes: [UInt8]
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Conformance/Recordings")

    private static func read(_ name: String) throws -> [Line] {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            var bytes: [UInt8] = []
            var digits = line.dropFirst(2)
            while !digits.isEmpty {
                guard let byte = UInt8(digits.prefix(2), radix: 16) else { throw RecordedFault.line(String(line)) }
                bytes.append(byte)
                digits = digits.dropFirst(2)
            }
            return Line(isFromAgent: line.hasPrefix(">"), bytes: bytes)
        }
    }

    /// The agent of the first version hears from the present server what it heard then.
    @Test func theServerAnswersAnAgentOfTheFirstVersionAsItDid() throws {
        let recording = try Self.read("first-version.prp")
        var server = try RecordedServer()
        var answers: [[UInt8]] = []
        for line in recording {
            if line.isFromAgent {
                #expect(answers.isEmpty, "the server says more than it did: \(answers)")
                answers = server.receive(line.bytes)
            } else {
                try #require(!answers.isEmpty, "the server says less than it did")
                #expect(same(answers.removeFirst(), line.bytes))
            }
        }
        #expect(answers.isEmpty && !server.isClosed)
    }

    /// The server of the first version hears from the present agent what it heard then.
    @Test func theAgentSpeaksToAServerOfTheFirstVersionAsItDid() throws {
        let recording = try Self.read("first-version.prp")
        var agent = RecordedAgent()
        var words = agent.start()
        for line in recording {
            guard line.isFromAgent else {
                words += agent.receive(line.bytes)
                continue
            }
            while words.isEmpty && !agent.isOver { words += agent.goOn() }
            try #require(!words.isEmpty, "the agent says less than it did")
            #expect(same(words.removeFirst(), line.bytes))
        }
        #expect(words.isEmpty && agent.isOver)
    }

    /// The conversation of the present, for a recording when a version is left behind:
    /// `LANYARD_RECORDING=FILE swift test --filter RecordedSessionTests`.
    @Test func thePresentConversationComesToItsEnd() throws {
        var agent = RecordedAgent()
        var server = try RecordedServer()
        var lines: [Line] = []
        var words = agent.start()
        while !(words.isEmpty && agent.isOver) {
            if words.isEmpty { words += agent.goOn() }
            guard !words.isEmpty else { continue }
            let word = words.removeFirst()
            lines.append(Line(isFromAgent: true, bytes: word))
            for answer in server.receive(word) {
                lines.append(Line(isFromAgent: false, bytes: answer))
                words += agent.receive(answer)
            }
        }
        #expect(lines.count > 40 && !server.isClosed)
        guard let path = ProcessInfo.processInfo.environment["LANYARD_RECORDING"] else { return }
        let text = lines.map { line in
            (line.isFromAgent ? "> " : "< ")
                + line.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
                .joined() + "\n"
        }
        try text.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// Byte by byte, but for the capabilities that one side names and the other passes over.
    private func same(_ new: [UInt8], _ old: [UInt8]) -> Bool {
        new == old || (plain(new) != nil && plain(new) == plain(old))
    }

    private func plain(_ bytes: [UInt8]) -> Frame? {
        var buffer = FrameBuffer()
        guard (try? buffer.append(bytes[...])) != nil, let next = try? buffer.next(),
            let frame = try? Frame(next.header, next.payload)
        else { return nil }
        switch frame.body {
        case .request(.hello(var hello)):
            hello.capabilities = []
            return Frame(.request(.hello(hello)), correlation: frame.correlation)
        case .reply(.welcome(var welcome), let hasMore):
            welcome.capabilities = []
            return Frame(.reply(.welcome(welcome), hasMore: hasMore), correlation: frame.correlation)
        default: return nil
        }
    }
}
