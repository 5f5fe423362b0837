// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import SimRandom
import Testing

/// A server's and an agent's session, joined by a link that cuts and delays bytes as its seed says.
struct LinkTests {
    /// Both ends with the smallest possible cores, and what they saw.
    struct World {
        var generator: SplitMix
        var agent = AgentSession(opening: .hello(Samples.hello), openedAt: Samples.start)
        var server = ServerSession(openedAt: Samples.start)
        var toAgent: [UInt8] = []
        var toServer: [UInt8] = []
        var now = Samples.start
        let documents: [UInt32: [UInt8]]

        var received: [UInt32: [UInt8]] = [:]
        var ended: Set<UInt32> = []
        var abandoned: Set<UInt32> = []
        var replies: Set<UInt32> = []
        var recorded: [UInt64] = []
        var committed: UInt64 = 7
        var acknowledged: UInt64 = 7
        var published: UInt64 = 7
        var nextRequest: UInt32 = 100
        var waiting: [(UInt32, offset: UInt64, limit: Int)] = []
        var closes: [LinkClosed] = []
        var isOpen = false
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func everythingArrives(seed: UInt64) {
        var world = World(seed: seed)
        world.perform(world.agent.start(at: world.now))
        for _ in 0..<3000 { world.step() }
        for _ in 0..<20_000 where !world.isQuiet { world.settle() }
        #expect(world.closes == [], "SEED=\(seed)")
        #expect(world.isQuiet, "SEED=\(seed)")
        #expect(world.recorded == Array(8..<(world.published + 1)), "SEED=\(seed)")
        #expect(world.acknowledged == world.published, "SEED=\(seed)")
        #expect(world.replies.count == Int(world.nextRequest) - 100, "SEED=\(seed)")
        for (number, document) in world.documents where !world.abandoned.contains(number) {
            #expect(world.received[number] == document, "SEED=\(seed) document \(number)")
            #expect(world.ended.contains(number), "SEED=\(seed) document \(number)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func noGarbageCrashesASession(seed: UInt64) {
        var world = World(seed: seed)
        world.perform(world.agent.start(at: world.now))
        for round in 0..<600 {
            world.step()
            if round % 40 == 39 { world.spoil() }
        }
        #expect(world.closes.count <= 2)
    }
}

extension LinkTests.World {
    init(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        var documents: [UInt32: [UInt8]] = [:]
        for number in 1...4 as ClosedRange<UInt32> {
            let size = [0, 1, 70_000, Int.random(in: 2...150_000, using: &generator)][Int(number) - 1]
            documents[number] = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ Int(number)) }
        }
        self.documents = documents
        self.generator = generator
    }

    var isQuiet: Bool {
        toAgent.isEmpty && toServer.isEmpty && waiting.isEmpty && committed == published && acknowledged == published
            && replies.count == Int(nextRequest) - 100 && ended.union(abandoned).count == documents.count
    }

    mutating func perform(_ actions: [AgentSession.Action]) {
        for action in actions {
            switch action {
            case .send(let bytes): toServer += bytes
            case .opened: isOpen = true
            case .reply(let number, .documentOpened): received[number] = []
            case .reply(let number, _): replies.insert(number)
            case .acknowledged(let through): acknowledged = through
            case .document(let number, .bytes(let bytes)):
                received[number, default: []] += bytes
                perform(agent.handle(.grant(number, bytes: bytes.count), at: now))
            case .document(let number, .end), .document(let number, .failed): ended.insert(number)
            case .told, .enrolled: break
            case .close(let reason): closes.append(reason)
            }
        }
    }

    mutating func perform(_ actions: [ServerSession.Action]) {
        for action in actions {
            switch action {
            case .send(let bytes): toAgent += bytes
            case .ask(0, _): perform(server.handle(.reply(0, .welcome(Samples.welcome)), at: now))
            case .ask(let number, .documentOpen(let open)):
                let size = UInt64(documents[number]?.count ?? 0)
                let isThere = open.offset <= size
                let answer = isThere ? .documentOpened(size: size) : ReleaseMessage.refused(Refusal(.noSuchRelease))
                perform(server.handle(.reply(number, answer), at: now))
            case .ask(let number, _):
                let grants = Array(repeating: Samples.grant, count: Int(number) % 257)
                perform(server.handle(.reply(number, .releases(grants)), at: now))
            case .record(let sequence, _): recorded.append(sequence)
            case .readDocument(let number, let offset, let limit):
                waiting.append((number, offset: offset, limit: limit))
            case .closeDocument(let number): waiting.removeAll { $0.0 == number }
            case .close(let reason): closes.append(reason)
            }
        }
    }

    mutating func step() {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0 where isOpen && agent.canRequest:
            let number = UInt32.random(in: 1...4, using: &generator)
            guard received[number] == nil, !abandoned.contains(number) else { break }
            received[number] = []
            let window = UInt32.random(in: 1...100_000, using: &generator)
            let open = DocumentOpen(release: ReleaseID(Int64(number)), offset: 0, window: window)
            perform(agent.handle(.request(number, .documentOpen(open)), at: now))
        case 1 where isOpen && agent.canPublish && published < 500:
            published += 1
            perform(agent.handle(.publish(sequence: published, .readOutcome(Samples.outcome)), at: now))
        case 2 where isOpen && agent.canRequest && nextRequest < 600:
            perform(agent.handle(.request(nextRequest, .release(session: SessionID(1))), at: now))
            nextRequest += 1
        case 3 where isOpen && received[4] != nil && !ended.contains(4) && generator.next() % 40 == 0:
            abandoned.insert(4)
            perform(agent.handle(.abandon(4), at: now))
        case 4:
            now = now + .milliseconds(Int64.random(in: 0...40, using: &generator))
            perform(agent.tick(at: now))
            perform(server.tick(at: now))
        default: settle()
        }
    }

    /// Something on its way gets further.
    mutating func settle() {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1:
            let piece = Self.cut(&toAgent, &generator)
            perform(agent.handle(.received(piece), at: now))
        case 2:
            let piece = Self.cut(&toServer, &generator)
            perform(server.handle(.received(piece), at: now))
        case 3 where committed < (recorded.last ?? 7):
            committed = UInt64.random(in: (committed + 1)...recorded[recorded.count - 1], using: &generator)
            perform(server.handle(.committed(through: committed), at: now))
        case 4 where !waiting.isEmpty:
            let (number, offset, limit) = waiting.removeFirst()
            perform(server.handle(.document(number, piece(number, Int(offset), limit)), at: now))
        default:
            for number in documents.keys.sorted() where isOpen && received[number] == nil && agent.canRequest {
                received[number] = []
                let open = DocumentOpen(release: ReleaseID(Int64(number)), offset: 0, window: 4096)
                perform(agent.handle(.request(number, .documentOpen(open)), at: now))
            }
        }
    }

    private mutating func piece(_ number: UInt32, _ offset: Int, _ limit: Int) -> DocumentPiece {
        let document = documents[number] ?? []
        guard offset < document.count else { return .end(sha256: Samples.digest) }
        let most = min(limit, document.count - offset)
        return .bytes(Array(document[offset..<(offset + Int.random(in: 1...most, using: &generator))]))
    }

    private static func cut(_ bytes: inout [UInt8], _ generator: inout SplitMix) -> [UInt8] {
        let most = min(bytes.count, generator.next() % 8 == 0 ? 9 : 100_000)
        guard most > 0 else { return [] }
        let piece = Array(bytes.prefix(Int.random(in: 1...most, using: &generator)))
        bytes.removeFirst(piece.count)
        return piece
    }

    /// One byte on its way becomes another.
    mutating func spoil() {
        if !toAgent.isEmpty {
            toAgent[Int.random(in: toAgent.indices, using: &generator)] ^= 1 << (generator.next() % 8)
        }
        if !toServer.isEmpty {
            toServer[Int.random(in: toServer.indices, using: &generator)] ^= 1 << (generator.next() % 8)
        }
    }
}
