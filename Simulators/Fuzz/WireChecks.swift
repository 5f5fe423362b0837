// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire

/// The release protocol.
enum WireChecks {
    /// The first byte says how the rest is cut.
    static func frames(_ input: inout FuzzInput) throws(Finding) {
        let cut = input.byte()
        var buffer = FrameBuffer()
        for piece in input.pieces(cut) {
            do {
                try buffer.append(piece[...])
                while let (header, payload) = try buffer.next() { try look(header, payload) }
            } catch let finding as Finding {
                throw finding
            } catch {
                return
            }
        }
    }

    /// A field of a later version is passed over, so the bytes need not be the same.
    private static func look(_ header: FrameHeader, _ payload: ArraySlice<UInt8>) throws {
        let frame = try Frame(header, payload)
        if case .unknown = frame.body { return }
        var again = FrameBuffer()
        try again.append(frame.encode()[...])
        let reread = (try? again.next()).flatMap { $0 }.flatMap { try? Frame($0.header, $0.payload) }
        try demand(
            reread == frame && again.isEmpty,
            "a frame that is accepted reads back the same (kind \(header.kind), type \(header.type))")
    }

    /// Both ends of a connection against a peer that says anything. The server's answers follow from the input.
    static func sessions(_ input: inout FuzzInput) throws(Finding) {
        let start = MonotonicTime(nanoseconds: 1_000_000_000)
        var server = ServerSession(openedAt: start)
        let stream = [UInt8](repeating: 7, count: Wire.keyLength)
        var agent = AgentSession(
            opening: .hello(Hello(software: "fuzz", stream: stream, nextSequence: 1, unsettled: [])), openedAt: start)
        _ = agent.start(at: start)
        var now = start
        var isServerClosed = false
        var isAgentClosed = false
        let cut = input.byte()
        for piece in input.pieces(cut) {
            now = now + .milliseconds(Int(cut))
            if !isServerClosed { isServerClosed = try look(server.handle(.received(piece), at: now), at: now, &server) }
            if !isAgentClosed {
                let actions = agent.handle(.received(piece), at: now)
                isAgentClosed = actions.contains { if case .close = $0 { true } else { false } }
                try demand(!isAgentClosed || agent.deadline == nil, "a closed agent's session waits for nothing")
            }
        }
    }

    /// Answers what is asked. True once the session is closed.
    private static func look(
        _ actions: [ServerSession.Action], at now: MonotonicTime, _ server: inout ServerSession
    ) throws(Finding) -> Bool {
        for (index, action) in actions.enumerated() {
            switch action {
            case .close:
                try demand(index == actions.count - 1, "close is the last action")
                try demand(server.deadline == nil, "a closed server's session waits for nothing")
                return true
            case .ask(0, _):
                let welcome = Welcome(
                    agent: "fuzz", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 1_700_000_000_000))
                if try look(server.handle(.reply(0, .welcome(welcome)), at: now), at: now, &server) { return true }
            case .ask(let correlation, _):
                let refusal = ReleaseMessage.refused(Refusal(.busy))
                if try look(server.handle(.reply(correlation, refusal), at: now), at: now, &server) { return true }
            case .send, .record, .readDocument, .closeDocument: break
            }
        }
        return false
    }
}
