// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

/// A site where everybody does anything at any time, in groups of any size, with statements that fail now and then.
struct StoreHistoryTests {
    private struct Crowd {
        let site: Site
        let seed: Seed
        var seats: [UInt8: AgentSeat] = [:]
        var sessions: [(UInt8, SessionID)] = []
        var releases: [(agent: UInt8, release: ReleaseID)] = []
        var next: [UInt8: UInt64] = [1: 1, 2: 1]

        mutating func request() throws -> StoreRequest {
            let agent: UInt8 = UInt8(1 + seed.below(2))
            let now = site.now
            guard let seat = seats[agent], seed.below(120) > 0 else { return try hello(agent) }
            switch seed.below(12) {
            case 0...3: return .acceptJob(site.incoming(seed.below(8) == 0 ? "ben" : "ada"))
            case 4, 5: return .present(seat, site.presented(reader: "r\(seed.below(2))"), at: now)
            case 6:
                guard let (owner, session) = pick(sessions), let seat = seats[owner] else { return .purge(at: now) }
                return .release(seat, session: session, at: now)
            case 7, 8:
                guard let (owner, release) = pick(releases), let seat = seats[owner] else { return .purge(at: now) }
                return .openDocument(seat, release: release, offset: 0, at: now)
            case 9, 10: return report(agent, seat)
            default: return seed.below(12) == 0 ? .agentLeft(seat, at: now) : .purge(at: now)
            }
        }

        /// Mostly one of the latest: of the others hardly any is still open.
        private func pick<Value>(_ values: [Value]) -> Value? {
            guard !values.isEmpty else { return nil }
            return values[values.count - 1 - seed.below(min(values.count, seed.below(4) == 0 ? 100 : 3))]
        }

        private func hello(_ agent: UInt8) throws -> StoreRequest {
            let unsettled = releases.filter { $0.agent == agent && seed.below(2) == 0 }.map(\.release)
            let hello = Hello(
                software: "", stream: site.stream(agent), nextSequence: next[agent] ?? 1,
                unsettled: Array(unsettled.suffix(Hello.unsettledLimit)))
            return .welcomeAgent(key: Site.key(agent), hello, at: site.now)
        }

        /// An event, sometimes one that was reported before.
        private func report(_ agent: UInt8, _ seat: AgentSeat) -> StoreRequest {
            let release = pick(releases)?.release ?? ReleaseID(1)
            let printed = Outcome.printed(pages: seed.below(9))
            let outcomes = [printed, printed, .unconfirmed, .neverStarted(.printerRefused)]
            let sequence = max(1, (next[agent] ?? 1) - UInt64(seed.below(5) == 0 ? 1 : 0))
            let event = site.progress(release, outcomes[seed.below(4)], sequence)
            return .recordEvents(seat, stream: site.stream(agent), [event], at: site.now)
        }

        mutating func hear(_ request: StoreRequest, _ reply: StoreReply) {
            switch (request, reply) {
            case (.welcomeAgent(let key, _, _), .welcomed(let agent, let welcome)):
                let number = key.bytes[0]
                seats[number] = AgentSeat(agent: agent, epoch: welcome.epoch)
                next[number] = welcome.committed + 1
            case (.present(let seat, _, _), .read(.session(let grant), _)):
                sessions.append((number(of: seat), grant.session))
            case (.release(let seat, _, _), .releases(let grants, _)):
                releases += grants.map { (number(of: seat), $0.release) }
            case (.recordEvents(let seat, _, _, _), .recorded(let through, _, _)): next[number(of: seat)] = through + 1
            default: break
            }
        }

        private func number(of seat: AgentSeat) -> UInt8 { seats.first { $0.value.agent == seat.agent }?.key ?? 1 }
    }

    private func run(_ seedNumber: UInt64, steps: Int, failing: Bool) throws -> (Site, [StoreReply]) {
        let site = try Site.furnished()
        let seed = Seed(seedNumber)
        var crowd = Crowd(site: site, seed: seed)
        var all: [StoreReply] = []
        if failing { site.store.faultHook = { _ in seed.below(300) == 0 ? 13 : nil } }
        while all.count < steps {
            site.pass(.seconds(seed.below(30)))
            let requests = try (0..<(1 + seed.below(6))).map { _ in try crowd.request() }
            let replies = site.store.perform(requests)
            for (request, reply) in zip(requests, replies) { crowd.hear(request, reply) }
            all += replies
            if all.count % 7 == 0 {
                site.store.faultHook = nil
                let broken = try site.store.brokenInvariants()
                try #require(broken.isEmpty, "seed \(seedNumber), after \(all.count) requests: \(broken)")
                if failing { site.store.faultHook = { _ in seed.below(300) == 0 ? 13 : nil } }
            }
        }
        site.store.faultHook = nil
        return (site, all)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func aRandomHistoryKeepsTheInvariants(seed: UInt64) throws {
        let (site, replies) = try run(seed, steps: 2000, failing: false)
        #expect(try site.store.brokenInvariants() == [])
        #expect(!replies.contains { if case .failed = $0 { true } else { false } })
        #expect((site.ledgerCount() ?? 0) > 10)
    }

    @Test(arguments: [4, 5] as [UInt64])
    func soDoesOneWithFailingStatements(seed: UInt64) throws {
        let (site, replies) = try run(seed, steps: 2000, failing: true)
        #expect(try site.store.brokenInvariants() == [])
        #expect(replies.contains { if case .failed = $0 { true } else { false } })
    }

    @Test func aSeedNamesARun() throws {
        let runs = try [run(7, steps: 500, failing: true), run(7, steps: 500, failing: true)]
        #expect(runs[0].1 == runs[1].1)
    }
}
