// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import SimRandom
import Testing

/// Ten thousand broken frames of each type that an agent sends: each ends its connection with the code that the
/// specification names, and nothing reaches the store or another agent. The conformance suite sends fewer of the same
/// to the real server.
@Suite struct MalformedFramesTests {
    private static let count = 10_000
    private static let bystander = LinkID(1)
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)

    /// A sound frame's payload of each type, in hexadecimal, to be broken.
    private static let types: [(name: String, kind: FrameKind, type: UInt16, payload: String)] = [
        ("CREDENTIAL", .request, 16, "a6 016161 0205 03f6 044131 0550000102030405060708090a0b0c0d0e0f 0600"),
        ("CHALLENGE_REPLY", .request, 18, "a2 0109 024434373131"),
        ("SESSION_END", .request, 20, "a2 01184d 0201"),
        ("LOGIN", .request, 22, "a7 016161 0250000102030405060708090a0b0c0d0e0f 0300 046131 0501 064131 07f6"),
        ("ACCOUNT_LIST", .request, 23, "a2 01184d 0260"),
        ("JOB_LIST", .request, 24, "a2 01184d 02f6"),
        ("RELEASE", .request, 25, "a1 01184d"),
        ("HOLD", .request, 26, "a2 01184d 028105"),
        ("DELETE", .request, 27, "a2 01184d 028105"),
        ("CHANGE_PIN", .request, 29, "a1 01184d"),
        ("DOCUMENT_OPEN", .request, 30, "a3 0105 0200 03190100"),
        ("CUSTODY", .request, 35, "a3 0180 0200 0300"),
        ("LEARN", .request, 37, "a1 01184d"),
        ("CUSTODY_OPEN", .request, 38, "a3 0105 0200 03190100"),
        ("READ_OUTCOME", .event, 21, "a5 0001 0150000102030405060708090a0b0c0d0e0f 026161 0301 0400"),
        ("PROGRESS", .event, 32, "a6 0001 0105 0200 0301 0401 0500"),
        ("ACCOUNT", .event, 40, "a9 0001 0150000102030405060708090a0b0c0d0e0f 0205 0305 0405 0500 0601 0701 0800"),
        ("credit", .credit, 30, "a1 0118c8"),
        ("abandon", .credit, 31, "a0"),
        ("GOAWAY", .goAway, 6, "a1 0100"),
        ("HELLO", .request, 1, "a4 016161 0250000102030405060708090a0b0c0d0e0f 0301 0480"),
        ("ENROL", .request, 3, "a2 016161 0258200707070707070707070707070707070707070707070707070707070707070707"),
    ]

    @Test(arguments: types.indices) func eachEndsItsConnectionAndTouchesNothing(index: Int) {
        let (name, kind, type, text) = Self.types[index]
        let payload = Self.bytes(text)
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

    private static func bytes(_ text: String) -> [UInt8] {
        Hexadecimal.bytes(of: text.filter(\.isHexDigit).utf8)!
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
