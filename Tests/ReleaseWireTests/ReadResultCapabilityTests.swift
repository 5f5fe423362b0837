// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// `ReadResult+Capability`: what a server is told that does not know all of them.
@Suite struct ReadResultCapabilityTests {
    private func said(_ result: ReadResult, agreed: Set<Capability>) throws -> ReadResult {
        let now = MonotonicTime(nanoseconds: 0)
        let hello = Hello(
            software: "test", stream: [UInt8](repeating: 1, count: 16), nextSequence: 2, unsettled: [],
            capabilities: Set(Capability.allCases))
        var session = AgentSession(opening: .hello(hello), openedAt: now)
        _ = session.start(at: now)
        let welcome = Welcome(
            agent: "a", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 0), capabilities: agreed)
        _ = session.handle(.received(Frame(.reply(.welcome(welcome), hasMore: false)).encode()), at: now)
        let record = ReadRecord(
            key: [UInt8](repeating: 2, count: 16), reader: "front", result: result, at: WallTime(milliseconds: 5))
        let actions = session.handle(.publish(sequence: 1, .readOutcome(record)), at: now)
        guard case .send(let bytes)? = actions.first else { throw Unsaid() }
        var frames = FrameBuffer()
        try frames.append(bytes[...])
        let (header, payload) = try #require(try frames.next())
        guard case .event(1, .readOutcome(let told)) = try Frame(header, payload).body else { throw Unsaid() }
        #expect(told.key == record.key && told.reader == record.reader && told.at == record.at)
        return told.result
    }

    private struct Unsaid: Error {}

    /// 1 to 13 are what the first version knew.
    @Test(arguments: ReadResult.allCases) func theFirstVersionHearsOnlyWhatItKnows(result: ReadResult) throws {
        let told = try said(result, agreed: [])
        #expect((1...13).contains(told.rawValue))
        if result.rawValue <= 13 { #expect(told == result) }
        #expect(try said(result, agreed: Set(Capability.allCases)) == result)
    }

    @Test(arguments: [
        (ReadResult.listed, ReadResult.noJobs, Capability.dialogue), (.registered, .unknown, .dialogue),
        (.activationFailed, .unknown, .dialogue), (.offlineReleased, .released, .offline),
        (.quota, .notPermitted, .offline),
    ])
    func eachOneIsBoundToWhatBroughtIt(result: ReadResult, first: ReadResult, capability: Capability) throws {
        #expect(try said(result, agreed: [capability]) == result)
        #expect(try said(result, agreed: Set(Capability.allCases).subtracting([capability])) == first)
    }
}
