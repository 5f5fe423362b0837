// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire
import Testing

struct CapabilityTests {
    @Test func onlyWhatBothCanIsAgreed() throws {
        var agent = AgentSession(opening: .hello(Samples.ableHello), openedAt: Samples.start)
        var server = ServerSession(openedAt: Samples.start)
        for action in agent.start(at: Samples.start) {
            guard case .send(let bytes) = action else { continue }
            #expect(server.handle(.received(bytes), at: Samples.start) == [.ask(0, .hello(Samples.ableHello))])
        }
        for action in server.handle(.reply(0, .welcome(Samples.ableWelcome)), at: Samples.start) {
            guard case .send(let bytes) = action else { continue }
            _ = agent.handle(.received(bytes), at: Samples.start)
        }
        #expect(agent.agreed == [.dialogue])
        #expect(server.agreed == [.dialogue])
    }

    @Test func namesOfLaterVersionsArePassedOver() throws {
        #expect(try capabilities(["dialogue", "telepathy"]) == [.dialogue])
        #expect(try capabilities([]) == [])
    }

    @Test(arguments: [["readers", "dialogue"], ["dialogue", "dialogue"], ["b", "aa", "c"]])
    func namesAscend(names: [String]) {
        #expect(throws: WireFault.badValue(field: "capabilities")) { try capabilities(names) }
    }

    @Test func countAndLengthAreLimited() throws {
        let names = (10..<26).map { "x\($0)" }
        #expect(try capabilities(names) == [])
        #expect(throws: WireFault.tooLong(length: 17, limit: 16)) { try capabilities(names + ["x26"]) }
        let long = String(repeating: "a", count: 32)
        #expect(try capabilities([long]) == [])
        #expect(throws: WireFault.tooLong(length: 33, limit: 32)) { try capabilities([long + "a"]) }
    }

    /// Of a hello that names these.
    private func capabilities(_ names: [String]) throws -> Set<Capability> {
        var writer = CBORWriter()
        writer.map(count: 5)
        writer.unsigned(1)
        writer.text("x")
        writer.unsigned(2)
        writer.bytes(Samples.key)
        writer.unsigned(3)
        writer.unsigned(1)
        writer.unsigned(4)
        writer.array(count: 0)
        writer.unsigned(5)
        writer.array(count: names.count)
        for name in names { writer.text(name) }
        let message = try ReleaseMessage.decode(kind: .request, type: 1, payload: writer.bytes[...])
        guard case .hello(let hello) = message else { return [] }
        return hello.capabilities
    }
}
