// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Credentials
import Glibc
import HostIO
import PrintModel
import Primitives
import ReaderMachines
import Testing
import TestKit

@testable import AgentRuntime

/// How the readers of a box are told to its server.
@Suite struct ReaderFactsTests {
    private static let start = MonotonicTime(nanoseconds: 0)

    /// One reader of the settings, after these events; what it opens is answered by `failure`, if by anything.
    private func line(
        _ setting: String, opening failure: ReaderPool.OpenFailure? = nil, then events: [ReaderPool.Event] = []
    ) throws -> ReaderListing {
        let settings = try AgentSettings.parse("reader.front = \(setting)\n", file: "agent.conf", hostName: "box").0
        var pool = ReaderPool(readers: settings.readers)
        _ = pool.handle(.start, at: Self.start)
        let answer: ReaderPool.Event = failure.map { .openFailed("front", $0) } ?? .opened("front")
        for event in [answer] + events { _ = pool.handle(event, at: Self.start) }
        return try #require(pool.listing.first)
    }

    private func status(_ line: ReaderListing, _ record: ReaderRecord = ReaderRecord()) -> ReaderStatus {
        ReaderFacts(ReaderBench.Known(line: line, name: "front", record: record)).status
    }

    @Test(
        arguments: [
            ("id12 /dev/ttyS9", nil, [], .attached), ("id12 /dev/ttyS9", .missing, [], .waiting),
            ("id12 /dev/ttyS9", .busy, [], .blocked), ("id12 /dev/ttyS9", .notPermitted, [], .blocked),
            ("id12 /dev/ttyS9", nil, [.lost("front", reason: "hung up")], .lost),
            ("id12 tcp:10.0.0.9:4001", .other("connection refused"), [], .waiting),
            ("id12 tcp:10.0.0.9:4001", nil, [.lost("front", reason: "hung up")], .lost),
        ] as [(String, ReaderPool.OpenFailure?, [ReaderPool.Event], ReaderStatus.State)])
    func aReaderIsInOneOfFourStates(
        setting: String, failure: ReaderPool.OpenFailure?, events: [ReaderPool.Event], state: ReaderStatus.State
    ) throws {
        let found = status(try line(setting, opening: failure, then: events))
        #expect(found.state == state && found.kind == "id12" && found.security == .notApplicable)
    }

    @Test func whatIsInTheWayIsTold() throws {
        var record = ReaderRecord()
        record.signs.obstacle = ReaderObstacle(what: "/dev/ttyS9 is in use", remedy: "End the other program.")
        let blocked = status(try line("id12 /dev/ttyS9", opening: .busy), record)
        #expect(blocked.obstacle == "/dev/ttyS9 is in use. End the other program.")
        #expect(status(try line("id12 /dev/ttyS9", opening: .busy)).obstacle == "in use by another program")
        #expect(status(try line("id12 /dev/ttyS9"), record).obstacle.isEmpty, "that was before")
    }

    private func osdp(
        _ trouble: OSDPTrouble?, wasOnline: Bool, secure: Bool = true
    ) throws -> ReaderStatus {
        var record = ReaderRecord()
        if wasOnline { record.signs.comesOnline("RP40, secure channel") }
        if let trouble { record.signs.complains(.osdp(trouble)) }
        return status(try line("osdp /dev/ttyS9" + (secure ? "" : " secure=off")), record)
    }

    @Test func aReaderOnALineHasAStateOfItsOwn() throws {
        let online = try osdp(nil, wasOnline: true)
        #expect(online.state == .attached && online.security == .secure && online.obstacle.isEmpty)
        #expect(online.model == "RP40, secure channel")
        #expect(try osdp(nil, wasOnline: true, secure: false).security == .insecure)
        #expect(try osdp(nil, wasOnline: false).state == .waiting)
        #expect(try osdp(.noAnswer, wasOnline: false).state == .waiting)
        let silent = try osdp(.noAnswer, wasOnline: true)
        #expect(silent.state == .lost && silent.obstacle.hasPrefix("it does not answer. "))
        for trouble in [OSDPTrouble.keyRefused, .defaultKey, .notInstalled, .insecure, .forgedReplies] {
            let blocked = try osdp(trouble, wasOnline: true)
            #expect(blocked.state == .blocked && blocked.security == .insecure && !blocked.obstacle.isEmpty)
        }
        let tampered = try osdp(.tamper, wasOnline: true)
        #expect(tampered.state == .attached && tampered.isTampered && tampered.security == .secure)
    }

    /// What is asked at the box is what the server is told.
    @Test(arguments: [OSDPTrouble.noAnswer, .keyRefused, .tamper, nil])
    func bothViewsSayTheSame(trouble: OSDPTrouble?) throws {
        var record = ReaderRecord()
        record.signs.comesOnline("RP40")
        if let trouble { record.signs.complains(.osdp(trouble)) }
        let known = ReaderBench.Known(line: try line("osdp /dev/ttyS9"), name: "front", record: record)
        let status = ReaderFacts(known).status
        let report = ReaderReport(
            readers: [
                .init(
                    name: "front", kind: "osdp", place: "", isAutomatic: false, health: known.health, record: record,
                    age: nil)
            ], ignored: [])
        #expect(report.text.contains("  \(status.state.word)  "))
        #expect(status.obstacle.isEmpty || report.text.contains("front: \(status.obstacle)"))
        #expect(report.json.contains(#""state":"\#(status.state.word)""#))
    }

    /// pcscd is not there: who asks at the box hears why its readers are not seen.
    @Test func whatIsInTheWayOfSmartCardsIsToldAtTheBox() throws {
        let loop = try Loop()
        let settings = try AgentSettings.parse(
            "readers = listed\nreader.front = pcsc pcsc:*X*\n", file: "agent.conf", hostName: "box"
        ).0
        let bench = try ReaderBench(settings, resolver: try Resolver(on: loop), on: loop, observer: Lines().observer)
        bench.smartCardObstacle = ReaderObstacle(what: "pcscd does not run", remedy: "Start it.")
        #expect(bench.report.text.contains("front: pcscd does not run. Start it."))
        #expect(bench.report.json.contains(#""obstacle":"pcscd does not run","remedy":"Start it.""#))
        #expect(bench.facts.first?.status.obstacle == "pcscd does not run. Start it.")
        bench.close()
    }

    @Test func eachTroubleHasARemedy() {
        for trouble in OSDPTrouble.allCases {
            let obstacle = ReaderObstacle(trouble)
            #expect(!obstacle.what.isEmpty && obstacle.remedy.hasSuffix("."))
            #expect(obstacle.text.utf8.count <= ReaderStatus.obstacleLimit)
        }
    }

    @Test func readsAndDropsAreCountedWithoutANumber() throws {
        var record = ReaderRecord()
        record.reads = 2
        record.drops = ["noise": 3, "bad-checksum": 1]
        record.last = ("em4100, 40 bits", MonotonicTime(nanoseconds: 7))
        let facts = ReaderFacts(
            ReaderBench.Known(line: try line("id12 /dev/ttyS9"), name: "front", record: record))
        #expect(facts.status.reads == 2 && facts.lastReadAt == MonotonicTime(nanoseconds: 7))
        #expect(facts.status.drops == [.init(reason: "bad-checksum", count: 1), .init(reason: "noise", count: 3)])
        #expect(facts.status.lastRead == .init(what: "em4100, 40 bits", age: .zero))
    }

    /// A badge, a broken read and the line's end: the server is told once for each turn of the loop.
    @Test func aChangeIsToldOnceForATurnOfTheLoop() throws {
        let loop = try Loop()
        let log = Lines()
        let pty = try Pty.open()
        let path = pty.slavePath
        let far = try Stream(pty.takeMaster(), on: loop)
        let settings = try AgentSettings.parse(
            "readers = listed\nreader.front = id12 \(path)\n", file: "agent.conf", hostName: "box"
        ).0
        let bench = try ReaderBench(settings, resolver: try Resolver(on: loop), on: loop, observer: log.observer)
        var told: [ReaderStatus] = []
        bench.onChange = { [unowned bench] in told += bench.facts.map(\.status) }
        bench.start()
        #expect(try loop.turn { told.last?.state == .attached })
        far.write(ReaderBenchTests.frame)
        #expect(try loop.turn { told.last?.reads == 1 })
        #expect(told.last?.lastRead?.what == "em4100, 40 bits" && told.last?.place == path)
        let count = told.count
        try loop.settle()
        #expect(told.count == count, "nothing has changed")
        far.close()
        #expect(try loop.turn { told.last?.state == .lost })
        bench.close()
    }
}
