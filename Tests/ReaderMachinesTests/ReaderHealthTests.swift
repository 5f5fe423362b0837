// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReaderMachines
import Testing

/// How a reader is, from the way to it and what it says.
@Suite struct ReaderHealthTests {
    private static let start = MonotonicTime(nanoseconds: 0)
    private static let busy = ReaderObstacle(what: "in use by gpsd", remedy: "End it.")

    enum Way: CaseIterable { case opening, open, busy, gone, elsewhere }

    private func line(_ way: Way, isOSDP: Bool) throws -> ReaderListing {
        let place = way == .elsewhere ? "tcp:10.0.0.9:4001" : "/dev/ttyS9"
        let setting = try ReaderSetting(name: "front", text: "\(isOSDP ? "osdp" : "id12") \(place)")
        var pool = ReaderPool(readers: [setting])
        _ = pool.handle(.start, at: Self.start)
        let events: [ReaderPool.Event] =
            switch way {
            case .opening: []
            case .open: [.opened("front")]
            case .busy: [.openFailed("front", .busy)]
            case .gone: [.opened("front"), .lost("front", reason: "unplugged")]
            case .elsewhere: [.openFailed("front", .other("connection refused"))]
            }
        for event in events { _ = pool.handle(event, at: Self.start) }
        return try #require(pool.listing.first)
    }

    private func signs(_ trouble: ReaderTrouble?, wasOnline: Bool) -> ReaderSigns {
        var signs = ReaderSigns()
        if wasOnline { signs.comesOnline("RP40") }
        if let trouble { signs.complains(trouble) }
        return signs
    }

    @Test(
        arguments: [
            (Way.opening, .waiting, nil), (.open, .attached, nil), (.busy, .blocked, "in use by another program"),
            (.gone, .lost, "unplugged"), (.elsewhere, .waiting, "connection refused"),
        ] as [(Way, ReaderStatus.State, String?)])
    func theWayDecidesAboutPlainReaders(way: Way, state: ReaderStatus.State, obstacle: String?) throws {
        let health = ReaderHealth(try line(way, isOSDP: false), ReaderSigns())
        #expect(health.state == state && health.obstacle?.text == obstacle)
    }

    /// A line that is open may lead to a reader that is silent or locked.
    @Test(
        arguments: [
            (nil, false, .waiting), (nil, true, .attached), (.noAnswer, false, .waiting), (.noAnswer, true, .lost),
            (.keyRefused, true, .blocked), (.defaultKey, false, .blocked), (.notInstalled, false, .blocked),
            (.insecure, false, .blocked), (.forgedReplies, true, .blocked), (.tamper, true, .attached),
            (.powerFailure, true, .attached),
        ] as [(OSDPTrouble?, Bool, ReaderStatus.State)])
    func onALineTheReaderDecides(trouble: OSDPTrouble?, wasOnline: Bool, state: ReaderStatus.State) throws {
        let health = ReaderHealth(
            try line(.open, isOSDP: true), signs(trouble.map { .osdp($0) }, wasOnline: wasOnline))
        #expect(health.state == state)
        #expect(health.obstacle == trouble.map { ReaderObstacle($0) })
    }

    @Test func whateverTheReaderSaidALineThatIsNotOpenIsWhatCounts() throws {
        for way in Way.allCases where way != .open {
            let line = try line(way, isOSDP: true)
            #expect(ReaderHealth(line, signs(.osdp(.keyRefused), wasOnline: true)).state == line.condition)
        }
    }

    @Test func whatIsInTheWayIsToldWhileItIs() throws {
        var signs = signs(nil, wasOnline: false)
        signs.obstacle = Self.busy
        #expect(ReaderHealth(try line(.busy, isOSDP: false), signs).obstacle == Self.busy)
        #expect(ReaderHealth(try line(.open, isOSDP: false), signs).obstacle == nil)
    }

    @Test func aDriversOwnWordsAreTold() throws {
        let health = ReaderHealth(
            try line(.open, isOSDP: false), signs(.other("the reader does not answer"), wasOnline: true))
        #expect(health.state == .attached && health.obstacle?.text == "the reader does not answer")
    }

    // MARK: Signs

    @Test func aReaderThatAnswersAgainHasNoTrouble() {
        var signs = signs(.osdp(.tamper), wasOnline: true)
        #expect(signs.isTampered && signs.isOnline && signs.trouble?.word == "tamper")
        signs.complains(.osdp(.noAnswer))
        #expect(signs.isTampered && !signs.isOnline)
        signs.comesOnline("RP40")
        #expect(!signs.isTampered && signs.isOnline && signs.trouble == nil)
        signs.leaves()
        #expect(!signs.isOnline && signs.about == "RP40")
    }
}
