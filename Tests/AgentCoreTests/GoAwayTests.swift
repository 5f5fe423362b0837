// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel
import Primitives
import ReleaseWire
import Testing

/// The server restarts, and says so first.
@Suite struct GoAwayTests {
    private static let goAway = Frame(.goAway(.goAway(retryAfter: .seconds(4))))
    private static let grant = SessionGrant(session: SessionID(5), user: "ada", jobs: 1, printer: Bench.printer)

    @Test func aBadgeIsAnsweredAtOnce() {
        var bench = Bench.open()
        #expect(bench.receive(Self.goAway) == [])
        #expect(bench.read("1") == ["journal presented", "show left server-away", "journal serverAway"])
    }

    @Test func aReadOnItsWayHasItsOutcome() {
        var bench = Bench.open()
        _ = bench.read("1")
        _ = bench.receive(Self.goAway)
        #expect(bench.receive(.session(Self.grant), to: 1) == ["show left server-away", "journal serverAway"])
    }

    @Test func whatWasReleasedInTheMeantimeIsLeftToTheServer() {
        var bench = Bench.open()
        _ = bench.read("1")
        _ = bench.receive(.session(Self.grant), to: 1)
        _ = bench.receive(Self.goAway)
        let grant = ReleaseGrant(
            release: ReleaseID(11), job: JobID(11), title: "t", user: "ada", format: "", size: 4, pages: nil)
        #expect(bench.receive(.releases([grant]), to: 2) == ["show left server-away", "journal serverAway"])
    }

    @Test func aPINThatIsTypedThenIsAnsweredAtOnce() {
        var bench = Bench.open()
        _ = bench.read("1")
        _ = bench.receive(.challenge(Challenge(prompt: 1, kind: .pin, triesLeft: 5)), to: 1)
        _ = bench.receive(Self.goAway)
        #expect(bench.type("4711").suffix(2) == ["show left server-away", "journal serverAway"])
    }

    @Test func whatPrintsGoesOnAndWhatWaitsIsPutBack() {
        var bench = Bench.open()
        _ = bench.release([11, 12])
        _ = bench.printer(11, .connected)
        _ = bench.receive(.documentOpened(size: 4), to: 4)
        _ = bench.receive(Frame(.bytes(offset: 0, [1, 2]), correlation: 4))
        #expect(bench.sync().contains(Bench.begun))
        #expect(bench.receive(Self.goAway) == [])
        _ = bench.receive(Frame(.bytes(offset: 2, [3, 4]), correlation: 4))
        _ = bench.receive(Frame(.end(sha256: [UInt8](repeating: 0, count: 32)), correlation: 4))
        for _ in 0..<3 { _ = bench.printer(11, .drained) }
        let end = bench.printed(11, pages: 1)
        #expect(end.contains("journal 11 printed(pages: 1)") && end.contains("show left printer-unavailable"))
        #expect(!end.contains("dial printer 12"))
    }

    @Test(arguments: [(UInt64.min, Duration.seconds(4)), (.max, .seconds(8))])
    func itComesBackWhenItWasAskedToAndNotAllAtOnce(random: UInt64, wait: Duration) {
        var bench = Bench.open()
        _ = bench.receive(Self.goAway)
        _ = bench.feed(.linkDown(random: random))
        #expect(bench.pass(wait - .milliseconds(1)) == [])
        #expect(bench.pass(.milliseconds(2)) == ["dial"])
    }

    @Test func noServerSendsItAwayForLong() {
        var bench = Bench.open()
        _ = bench.receive(Frame(.goAway(.goAway(retryAfter: .seconds(86_400)))))
        _ = bench.linkDown()
        #expect(bench.pass(.seconds(600)).contains("dial"))
    }

    @Test func aRefusalThatNamesATimeIsHeeded() {
        var bench = Bench.open()
        _ = bench.receive(.refused(Refusal(.maintenance, retryAfter: .seconds(20))), to: 0)
        _ = bench.feed(.linkDown(random: 0))
        #expect(bench.pass(.seconds(19)) == [])
        #expect(bench.pass(.seconds(2)) == ["dial"])
    }

    @Test func theAgentSaysGoodbyeWhenItStops() {
        var bench = Bench.open()
        let told = bench.feed(.stop)
        #expect(told.count == 2 && told[0].hasPrefix("send goAway") && told[1] == "stopped")
    }
}
