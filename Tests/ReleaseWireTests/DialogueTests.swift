// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// The messages since `dialogue`: their limits, and when they may be said.
struct DialogueTests {
    private let now = Samples.start

    // MARK: Codec

    private func decode(_ kind: FrameKind, _ type: UInt16, _ write: (inout CBORFieldWriter) -> Void, count: Int) throws
    {
        var fields = CBORFieldWriter(count: count)
        write(&fields)
        _ = try Frame.all(in: FrameHeader(kind: kind, type: type, correlation: 1).frame(fields.bytes))
    }

    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test(
        arguments: [
            (64, 64, 128, nil), (65, 64, 128, .tooLong(length: 65, limit: 64)),
            (64, 65, 128, .tooLong(length: 65, limit: 64)), (64, 64, 129, .tooLong(length: 129, limit: 128)),
        ] as [(Int, Int, Int, WireFault?)])
    func aLoginHasLimits(reader: Int, user: Int, secret: Int, fault: WireFault?) {
        #expect(
            caught {
                try decode(
                    .request, 22,
                    {
                        $0.text(1, text(reader), limit: 99)
                        $0.bytes(2, Samples.key, count: 16)
                        $0.unsigned(3, 0)
                        $0.text(4, text(user), limit: 99)
                        $0.unsigned(5, 1)
                        $0.bytes(6, Array(repeating: 0x31, count: secret), limit: 199)
                        $0.null(7)
                    }, count: 7)
            } == fault)
    }

    private func caught(_ body: () throws -> Void) -> WireFault? {
        do { try body() } catch { return error as? WireFault }
        return nil
    }

    @Test(arguments: [(32, nil), (33, .tooLong(length: 33, limit: 32))] as [(Int, WireFault?)])
    func aCodeHasALimit(length: Int, fault: WireFault?) {
        let ask = { (fields: inout CBORFieldWriter) in
            fields.unsigned(1, 1)
            fields.text(2, text(length), limit: 99)
        }
        #expect(caught { try decode(.request, 23, ask, count: 2) } == fault)
        let answer = { (fields: inout CBORFieldWriter) in
            fields.list(1, count: 1)
            fields.item(count: 3)
            fields.unsigned(1, 1)
            fields.text(2, text(length), limit: 99)
            fields.text(3, text(64), limit: 64)
            fields.bool(2, false)
        }
        #expect(caught { try decode(.reply, 23, answer, count: 2) } == fault)
    }

    @Test(arguments: [(64, nil), (65, .tooLong(length: 65, limit: 64))] as [(Int, WireFault?)])
    func aPageOfAccountsHasALimit(count: Int, fault: WireFault?) {
        let answer = { (fields: inout CBORFieldWriter) in
            fields.list(1, count: count)
            for _ in 0..<count {
                fields.item(count: 3)
                fields.unsigned(1, 1)
                fields.text(2, "c", limit: 32)
                fields.text(3, "", limit: 64)
            }
            fields.bool(2, false)
        }
        #expect(caught { try decode(.reply, 23, answer, count: 2) } == fault)
    }

    @Test(arguments: [(32, nil), (33, .tooLong(length: 33, limit: 32))] as [(Int, WireFault?)])
    func aPageOfJobsHasALimit(count: Int, fault: WireFault?) {
        #expect(caught { try decode(.reply, 24, { jobs(count, to: &$0) }, count: 4) } == fault)
    }

    private func jobs(_ count: Int, state: UInt64 = 1, scale: UInt64 = 2, to fields: inout CBORFieldWriter) {
        fields.list(1, count: count)
        for _ in 0..<count {
            fields.item(count: 9)
            fields.unsigned(1, 1)
            fields.text(2, text(255), limit: 255)
            fields.unsigned(3, state)
            for key in 4...7 as ClosedRange<UInt64> { fields.unsigned(key, 1) }
            fields.integer(8, -1)
            fields.null(9)
        }
        fields.null(2)
        fields.text(3, "EUR", limit: 3)
        fields.unsigned(4, scale)
    }

    @Test(
        arguments: [(1, 4, nil), (3, 0, nil), (0, 2, "job state"), (4, 2, "job state"), (1, 5, "scale")]
            as [(UInt64, UInt64, String?)])
    func aJobHasAStateAndAnAmountAScale(state: UInt64, scale: UInt64, field: String?) {
        let fault = caught { try decode(.reply, 24, { jobs(1, state: state, scale: scale, to: &$0) }, count: 4) }
        #expect(fault == field.map { .badValue(field: $0) })
    }

    @Test(arguments: [26, 27, 25] as [UInt16]) func aSelectionHasALimit(type: UInt16) {
        for (count, fault) in [(256, nil), (257, .tooLong(length: 257, limit: 256))] as [(Int, WireFault?)] {
            let write = { (fields: inout CBORFieldWriter) in
                fields.unsigned(1, 1)
                fields.unsignedList(2, Array(repeating: 7, count: count))
                if type == 25 {
                    fields.bool(3, false)
                    fields.unsigned(4, 0)
                    fields.null(5)
                }
            }
            #expect(caught { try decode(.request, type, write, count: type == 25 ? 5 : 2) } == fault)
        }
    }

    @Test func sidesAndChallengesAreThoseOfTheTable() {
        for sides in 0...4 as ClosedRange<UInt64> {
            let write = { (fields: inout CBORFieldWriter) in
                fields.unsigned(1, 1)
                fields.null(2)
                fields.bool(3, true)
                fields.unsigned(4, sides)
                fields.null(5)
            }
            #expect((caught { try decode(.request, 25, write, count: 5) } == nil) == (sides <= 3))
        }
        for kind in 0...6 as ClosedRange<UInt64> {
            let write = { (fields: inout CBORFieldWriter) in
                fields.unsigned(1, 1)
                fields.unsigned(2, kind)
                fields.unsigned(3, 1)
            }
            #expect((caught { try decode(.reply, 17, write, count: 3) } == nil) == (1...5).contains(kind))
        }
    }

    /// Either none of the added fields or all of them.
    @Test func halfTheFieldsOfACapabilityAreAFault() {
        let release = { (fields: inout CBORFieldWriter) in
            fields.unsigned(1, 1)
            fields.null(2)
        }
        #expect(caught { try decode(.request, 25, release, count: 2) } == .badValue(field: "mono"))
    }

    @Test func theLongestPagesFitAFrame() {
        let line = JobLine(
            job: JobID(.max), title: text(255), state: .held, size: .max, receivedAt: WallTime(milliseconds: .max))
        var full = line
        (full.pages, full.colorPages, full.copies) = (.max, .max, .max)
        full.amount = Money(minor: .min)
        let page = JobPage(jobs: Array(repeating: full, count: 32), next: JobID(.max), currency: "EUR", scale: 4)
        let account = AccountLine(id: AccountID(.max), code: text(32), name: text(64))
        let accounts = AccountPage(accounts: Array(repeating: account, count: 64), hasMore: true)
        for message in [ReleaseMessage.jobs(page), .accounts(accounts)] {
            #expect(message.payload().count <= FrameHeader.payloadLimit)
        }
    }

    @Test func anAnswerInSeveralFramesKeepsItsOverrides() throws {
        let grants = (0..<200).map { number in
            ReleaseGrant(
                release: ReleaseID(Int64(number)), job: JobID(1), title: text(255), user: text(255), format: "",
                size: 1, pages: nil, override: PrintOverride(isMono: true, sides: .one))
        }
        var (agent, server) = try connect([.dialogue])
        _ = agent.handle(.request(1, .release(ReleaseOrder(session: SessionID(1), wishes: ReleaseWishes()))), at: now)
        let asked = Frame(
            .request(.release(ReleaseOrder(session: SessionID(1), wishes: ReleaseWishes()))), correlation: 1)
        _ = server.handle(.received(asked.encode()), at: now)
        let sent = server.handle(.reply(1, .releases(grants)), at: now)
        #expect(sent.count > 1)
        let heard = sent.flatMap { action -> [AgentSession.Action] in
            if case .send(let bytes) = action { agent.handle(.received(bytes), at: now) } else { [] }
        }
        #expect(heard == [.reply(1, .releases(grants))])
    }

    // MARK: Legality

    private func connect(_ capabilities: Set<Capability>) throws -> (AgentSession, ServerSession) {
        var hello = Samples.hello
        hello.capabilities = capabilities
        var welcome = Samples.welcome
        welcome.capabilities = capabilities
        var agent = AgentSession(opening: .hello(hello), openedAt: now)
        var server = ServerSession(openedAt: now)
        _ = agent.start(at: now)
        _ = server.handle(.received(Frame(.request(.hello(hello))).encode()), at: now)
        guard case .send(let bytes) = server.handle(.reply(0, .welcome(welcome)), at: now).first else {
            throw Unanswered()
        }
        _ = agent.handle(.received(bytes), at: now)
        return (agent, server)
    }

    private struct Unanswered: Error {}

    private static let requests: [ReleaseMessage] = [
        .login(Samples.login), .accountQuery(AccountQuery(session: SessionID(77), prefix: "")),
        .jobList(JobListQuery(session: SessionID(77), after: nil)), .hold(Samples.picked), .delete(Samples.picked),
        .changePIN(session: SessionID(77)), .release(ReleaseOrder(session: SessionID(77), wishes: Samples.wishes)),
    ]

    @Test(arguments: requests.indices) func aRequestNeedsTheCapability(index: Int) throws {
        let message = Self.requests[index]
        let bytes = Frame(.request(message), correlation: 1).encode()
        var (_, able) = try connect([.dialogue])
        #expect(able.handle(.received(bytes), at: now) == [.ask(1, message)])
        var (_, first) = try connect([])
        let refused = Frame(.reply(.refused(Refusal(.unexpected)), hasMore: false), correlation: 1)
        #expect(first.handle(.received(bytes), at: now) == [.send(refused.encode())])
        // The number is free again.
        let plain = Frame(.request(.release(session: SessionID(1))), correlation: 1)
        #expect(first.handle(.received(plain.encode()), at: now).count == 1)
    }

    @Test func aReplyThatWasNotAgreedOnEndsTheConnection() throws {
        let replies: [(ReleaseMessage, ReleaseMessage)] = [
            (.credential(Samples.badge), .session(Samples.longSession)),
            (.credential(Samples.badge), .challenge(Challenge(prompt: 1, kind: .newPIN, triesLeft: 1))),
            (.release(session: SessionID(1)), .releases([Samples.overridden])),
        ]
        for (request, reply) in replies {
            var (agent, _) = try connect([])
            _ = agent.handle(.request(1, request), at: now)
            let bytes = Frame(.reply(reply, hasMore: false), correlation: 1).encode()
            #expect(agent.handle(.received(bytes), at: now).last == .close(.unexpected("what was not agreed on")))
            var (able, _) = try connect([.dialogue])
            _ = able.handle(.request(1, request), at: now)
            #expect(able.handle(.received(bytes), at: now) == [.reply(1, reply)])
        }
    }

    @Test func eachRequestIsAnsweredInKind() throws {
        let answers: [ReleaseMessage] = [
            .session(Samples.longSession), .accounts(Samples.accounts), .jobs(Samples.page), .held(1), .deleted(1),
            .challenge(Challenge(prompt: 1, kind: .newPIN, triesLeft: 1)), .releases([Samples.overridden]),
        ]
        for (index, request) in Self.requests.enumerated() {
            for (other, answer) in answers.enumerated() {
                var (agent, _) = try connect([.dialogue])
                _ = agent.handle(.request(1, request), at: now)
                let bytes = Frame(.reply(answer, hasMore: false), correlation: 1).encode()
                let isRight = index == other || (index == 0 && other == 5)
                #expect((agent.handle(.received(bytes), at: now) == [.reply(1, answer)]) == isRight)
            }
        }
    }

    /// An agent of the first version would take an unknown code for a broken frame.
    @Test func anAgentOfTheFirstVersionHearsItsCodesOnly() throws {
        let added: Set<Refusal.Code> = [
            .notApproved, .keyRejected, .quota, .pinNotAcceptable, .activationCode, .badgeTaken, .differentBadge,
            .custodyElsewhere, .notHeld, .noSuchAccount, .accountRequired, .reportUnknown,
        ]
        for code in Refusal.Code.allCases {
            #expect((code.first == code) == !added.contains(code))
            #expect(!added.contains(code.first))
            for capabilities in [[], [.dialogue]] as [Set<Capability>] {
                var (_, server) = try connect(capabilities)
                _ = server.handle(
                    .received(Frame(.request(.credential(Samples.badge)), correlation: 1).encode()), at: now)
                let said = Refusal(capabilities.isEmpty ? code.first : code)
                #expect(
                    server.handle(.reply(1, .refused(Refusal(code))), at: now)
                        == [.send(Frame(.reply(.refused(said), hasMore: false), correlation: 1).encode())])
            }
        }
    }
}
