// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Testing

/// Ten thousand broken frames of each type that an agent sends: each ends its connection with the code that the
/// specification names, and nothing reaches the store or another agent. The conformance suite sends fewer of the same
/// to the real server.
@Suite struct MalformedFramesTests {
    private static let count = 10_000
    private static let bystander = LinkID(1)
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)

    /// A sound frame of each type, as payload: `mutate` breaks it.
    private static let types: [(name: String, kind: FrameKind, type: UInt16, payload: [UInt8])] = [
        (
            "CREDENTIAL", .request, 16,
            [
                0xA6, 1, 0x61, 0x61, 2, 5, 3, 0xF6, 4, 0x41, 0x31, 5, 0x50, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                13, 14,
                15, 6, 0,
            ]
        ),
        ("CHALLENGE_REPLY", .request, 18, [0xA2, 1, 9, 2, 0x44, 0x34, 0x37, 0x31, 0x31]),
        ("SESSION_END", .request, 20, [0xA2, 1, 0x18, 77, 2, 1]),
        ("RELEASE", .request, 25, [0xA1, 1, 0x18, 77]),
        ("DOCUMENT_OPEN", .request, 30, [0xA3, 1, 5, 2, 0, 3, 0x19, 1, 0]),
        (
            "READ_OUTCOME", .event, 21,
            [
                0xA5, 0, 1, 1, 0x50, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 2, 0x61, 0x61, 3, 1, 4, 0,
            ]
        ),
        ("PROGRESS", .event, 32, [0xA6, 0, 1, 1, 5, 2, 0, 3, 1, 4, 1, 5, 0]),
        ("credit", .credit, 30, [0xA1, 1, 0x18, 200]),
        ("abandon", .credit, 31, [0xA0]),
        ("GOAWAY", .goAway, 6, [0xA1, 1, 0]),
        (
            "HELLO", .request, 1,
            [
                0xA4, 1, 0x61, 0x61, 2, 0x50, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 3, 1, 4, 0x80,
            ]
        ),
        ("ENROL", .request, 3, [0xA2, 1, 0x61, 0x61, 2, 0x58, 32] + [UInt8](repeating: 7, count: 32)),
    ]

    @Test(arguments: types.indices) func eachEndsItsConnectionAndTouchesNothing(index: Int) {
        let (name, kind, type, payload) = Self.types[index]
        let isOpening = type == 1 || type == 3
        var service = ReleaseService(wall: WallTime(milliseconds: 0))
        welcome(Self.bystander, agent: 1, of: &service, question: 1)
        var dice = SplitMix(seed: UInt64(type))
        var counts: [Refusal.Code: Int] = [:]
        let link = LinkID(2)
        if isOpening {
            _ = service.handle(.connected(link, key: Self.key(2)), at: now)
        } else {
            welcome(link, agent: 2, of: &service, question: 2)
        }
        // Each begins in the state in which that type is allowed.
        let ready = service
        for _ in 0..<Self.count {
            service = ready
            let (bytes, codes) = Mutation.draw(&dice).apply(kind: kind, type: type, payload: payload, &dice)
            let actions = service.handle(.received(link, bytes), at: now)
            guard let code = refusal(actions, on: link), codes.contains(code) else {
                Issue.record("\(name): \(bytes) gave \(actions) instead of \(codes)")
                return
            }
            counts[code, default: 0] += 1
        }
        #expect(counts.count >= 3, "\(name): \(counts)")
        #expect(service.connectedAgents == ["a1"])
        let ping = Frame(.ping, correlation: 3).encode()
        let pong = ReleaseService.Action.send(Self.bystander, Frame(.pong, correlation: 3).encode())
        #expect(service.handle(.received(Self.bystander, ping), at: now) == [pong])
    }

    private static func key(_ byte: UInt8) -> KeyHash {
        KeyHash(checked: [UInt8](repeating: byte, count: KeyHash.length))
    }

    private func welcome(_ link: LinkID, agent: Int64, of service: inout ReleaseService, question: UInt64) {
        _ = service.handle(.connected(link, key: Self.key(UInt8(agent))), at: now)
        let hello = Hello(software: "t", stream: [UInt8](repeating: 2, count: 16), nextSequence: 1, unsettled: [])
        _ = service.handle(.received(link, Frame(.request(.hello(hello))).encode()), at: now)
        let welcome = Welcome(agent: "a\(agent)", epoch: 1, committed: 0, serverTime: WallTime(milliseconds: 0))
        _ = service.handle(.answered(QuestionID(question), .welcomed(AgentID(agent), welcome)), at: now)
    }

    /// The code, when nothing happened but that the link was refused and closed.
    private func refusal(_ actions: [ReleaseService.Action], on link: LinkID) -> Refusal.Code? {
        var code: Refusal.Code?
        var isClosed = false
        for action in actions {
            switch action {
            case .send(link, let bytes):
                guard let frame = try? Frame.only(in: bytes), frame.correlation == 0,
                    case .reply(.refused(let refusal), _) = frame.body
                else { return nil }
                code = refusal.code
            case .close(link): isClosed = true
            case .note, .ask(_, .agentLeft): continue
            default: return nil
            }
        }
        return isClosed ? code : nil
    }
}

extension Frame {
    fileprivate static func only(in bytes: [UInt8]) throws -> Frame? {
        var buffer = FrameBuffer()
        try buffer.append(bytes[...])
        guard let (header, payload) = try buffer.next() else { return nil }
        return try Frame(header, payload)
    }
}
