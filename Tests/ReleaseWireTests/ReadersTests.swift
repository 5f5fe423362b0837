// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import Testing

/// The state of the readers on the wire.
struct ReadersTests {
    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// Each text at its limit, as many reasons as there may be.
    private func full(_ number: Int) -> ReaderStatus {
        var reader = ReaderStatus(name: text(62) + "\(number + 10)", kind: text(32), state: .lost)
        reader.model = text(64)
        reader.place = text(128)
        reader.obstacle = text(255)
        reader.reads = Int(Int32.max)
        reader.drops = (0..<ReaderStatus.dropLimit).map { .init(reason: text(31) + "\($0)", count: Int(Int32.max)) }
        reader.since = .milliseconds(Int64(UInt32.max))
        reader.lastRead = .init(what: text(64), age: .milliseconds(Int64(UInt32.max)))
        return reader
    }

    @Test func asManyReadersAsThereMayBeFitIntoOneFrame() throws {
        let frame = Frame(.request(.readers((0..<ReaderStatus.countLimit).map(full))), correlation: 1)
        let bytes = frame.encode()
        #expect(bytes.count <= FrameBuffer.frameLimit)
        #expect(try Frame.all(in: bytes) == [frame])
        let none = Frame(.request(.readers([])), correlation: 1)
        #expect(try Frame.all(in: none.encode()) == [none])
    }

    @Test func whatIsTooLongIsCut() throws {
        var reader = full(0)
        reader.name += "y"
        reader.kind += "y"
        reader.model += "y"
        reader.place += "y"
        reader.obstacle += "y"
        reader.drops[0].reason += "y"
        reader.drops.append(.init(reason: "one too many", count: 1))
        reader.lastRead?.what += "y"
        let frame = Frame(.request(.readers([reader])), correlation: 1)
        #expect(try Frame.all(in: frame.encode()).first?.body == .request(.readers([full(0)])))
    }

    @Test(
        arguments: [
            (.nothing, nil), (.readers, .tooLong(length: 65, limit: 64)), (.name, .tooLong(length: 65, limit: 64)),
            (.kind, .tooLong(length: 33, limit: 32)), (.state, .badValue(field: "reader state")),
            (.place, .tooLong(length: 129, limit: 128)), (.security, .badValue(field: "security")),
            (.drops, .tooLong(length: 8, limit: 7)), (.half, .badValue(field: "drop count")),
            (.reason, .tooLong(length: 33, limit: 32)), (.count, .badValue(field: "drop count")),
            (.obstacle, .tooLong(length: 256, limit: 255)), (.kindOfNoRead, .badValue(field: "last read kind")),
        ] as [(Flaw, WireFault?)])
    func eachFieldHasItsLimit(flaw: Flaw, fault: WireFault?) {
        var seen: WireFault?
        do {
            let message = try ReleaseMessage.decode(kind: .request, type: 34, payload: payload(flaw)[...])
            guard case .readers(let readers)? = message else {
                Issue.record("\(flaw): another message")
                return
            }
            #expect(readers.count == 1)
        } catch { seen = error }
        #expect(seen == fault)
    }

    enum Flaw: Sendable {
        case nothing, readers, name, kind, state, place, security, drops, half, reason, count, obstacle, kindOfNoRead
    }

    private func payload(_ flaw: Flaw) -> [UInt8] {
        var writer = CBORWriter()
        writer.map(count: 1)
        writer.unsigned(1)
        let readers = flaw == .readers ? 65 : 1
        writer.array(count: readers)
        for _ in 0..<readers { write(flaw, to: &writer) }
        return writer.bytes
    }

    private func write(_ flaw: Flaw, to writer: inout CBORWriter) {
        func text(_ key: UInt64, _ limit: Int, isLong: Bool) {
            writer.unsigned(key)
            writer.text(self.text(isLong ? limit + 1 : limit))
        }
        func number(_ key: UInt64, _ value: UInt64) {
            writer.unsigned(key)
            writer.unsigned(value)
        }
        writer.map(count: 13)
        text(1, 64, isLong: flaw == .name)
        text(2, 32, isLong: flaw == .kind)
        number(3, flaw == .state ? 5 : 4)
        text(4, 64, isLong: false)
        text(5, 128, isLong: flaw == .place)
        writer.unsigned(6)
        writer.bool(true)
        number(7, flaw == .security ? 3 : 2)
        number(8, 1)
        writer.unsigned(9)
        let drops = flaw == .drops ? 8 : 7
        writer.array(count: drops)
        for _ in 0..<drops {
            writer.map(count: flaw == .half ? 1 : 2)
            text(1, 32, isLong: flaw == .reason)
            if flaw != .half { number(2, flaw == .count ? 1 << 31 : 1) }
        }
        text(10, 255, isLong: flaw == .obstacle)
        number(11, 1)
        writer.unsigned(12)
        writer.null()
        writer.unsigned(13)
        writer.text(flaw == .kindOfNoRead ? "wedge" : "")
    }

    @Test func onlyWhereItIsAgreedItIsAsked() {
        let frame = Frame(.request(.readers([Samples.front])), correlation: 1)
        for capabilities in [[], [.readers]] as [Set<Capability>] {
            var hello = Samples.hello
            hello.capabilities = capabilities
            var welcome = Samples.welcome
            welcome.capabilities = [.readers]
            var session = ServerSession(openedAt: Samples.start)
            _ = session.handle(.received(Frame(.request(.hello(hello))).encode()), at: Samples.start)
            _ = session.handle(.reply(0, .welcome(welcome)), at: Samples.start)
            let actions = session.handle(.received(frame.encode()), at: Samples.start)
            let refused = Frame(.reply(.refused(Refusal(.unexpected)), hasMore: false), correlation: 1)
            #expect(
                actions == (capabilities.isEmpty ? [.send(refused.encode())] : [.ask(1, .readers([Samples.front]))]))
        }
    }
}
