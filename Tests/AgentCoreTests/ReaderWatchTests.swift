// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel
import Primitives
import ReleaseWire
import Testing

/// The server is told of the readers.
@Suite struct ReaderWatchTests {
    private func facts(_ state: ReaderStatus.State = .attached, reads: Int = 0) -> [ReaderFacts] {
        var status = ReaderStatus(name: "front", kind: "id12", state: state)
        status.reads = reads
        return [ReaderFacts(status)]
    }

    /// With `readers = auto` no setting tells of the keypad that somebody has plugged in.
    @Test(arguments: [
        (ReaderStatus.State.attached, true, true), (.lost, true, false), (.waiting, true, false),
        (.attached, false, false),
    ])
    func aKeypadIsKnownBeforeItsFirstKey(state: ReaderStatus.State, hasKeys: Bool, opens: Bool) {
        var bench = Bench.agreed(opensList: true)
        let pad = ReaderStatus(name: "usb-1.2", kind: "keypad", state: state)
        _ = bench.feed(.readers(facts() + [ReaderFacts(pad, hasKeys: hasKeys)]))
        _ = bench.read("1")
        #expect(bench.grant(to: 1) == [opens ? "send jobList 2" : "send release 2"])
        // Pulled out it is no keypad any more.
        _ = bench.feed(.readers(facts()))
        _ = bench.read("2")
        #expect(bench.grant(to: 3).last?.hasPrefix("send release") == true)
    }

    /// Started, and told how the readers are, before the welcome.
    private func opened(_ capabilities: Set<Capability> = [.readers]) -> (Bench, [String]) {
        var bench = Bench()
        _ = bench.feed(.start)
        _ = bench.feed(.readers(facts()))
        _ = bench.feed(.linkUp)
        let told = bench.welcome(capabilities: capabilities)
        return (bench, told)
    }

    @Test func theWelcomeIsFollowedByTheList() {
        let (_, told) = opened()
        #expect(told == ["send readers 1"])
    }

    @Test func aServerThatDoesNotAskForItIsNotTold() {
        let (bench, told) = opened([])
        #expect(told == [])
        #expect(bench.core.deadline.map { $0 > bench.now } ?? true)
    }

    @Test func nothingIsSaidBeforeTheReadersAreKnown() {
        var bench = Bench()
        _ = bench.feed(.start)
        _ = bench.feed(.linkUp)
        #expect(bench.welcome(capabilities: [.readers]) == [])
        #expect(bench.feed(.readers([])) == ["send readers 1"])
    }

    @Test func changesAreToldAtMostOnceASecondAndOneAfterTheOther() {
        var (bench, _) = opened()
        #expect(bench.feed(.readers(facts(.lost))) == [])
        #expect(bench.pass(.seconds(2)) == [], "the first list is not answered")
        #expect(bench.receive(.readersNoted, to: 1) == ["send readers 2"])
        #expect(bench.receive(.readersNoted, to: 2) == [])
        #expect(bench.feed(.readers(facts(.attached))) == [])
        #expect(bench.feed(.readers(facts(.attached, reads: 1))) == [])
        #expect(bench.pass(.milliseconds(999)) == [])
        #expect(bench.pass(.milliseconds(1)) == ["send readers 3"])
        #expect(bench.receive(.readersNoted, to: 3) == [])
        #expect(bench.pass(.seconds(10)) == [], "nothing has changed")
    }

    @Test func whatIsAsBeforeIsNotToldAgain() {
        var (bench, _) = opened()
        _ = bench.receive(.readersNoted, to: 1)
        #expect(bench.feed(.readers(facts())) == [])
        #expect(bench.pass(.seconds(10)) == [])
    }

    @Test(arguments: [(Refusal(.storeFull), 30), (Refusal(.busy, retryAfter: .seconds(5)), 5)])
    func aRefusedListIsToldLaterAgain(refusal: Refusal, seconds: Int) {
        var (bench, _) = opened()
        #expect(bench.receive(.refused(refusal), to: 1) == [])
        #expect(bench.pass(.seconds(seconds) - .milliseconds(1)).filter { $0 != "send ping 0" } == [])
        #expect(bench.pass(.milliseconds(1)).contains("send readers 2"))
    }

    @Test func theNextConnectionGetsTheWholeListAgain() {
        var (bench, _) = opened()
        _ = bench.receive(.readersNoted, to: 1)
        _ = bench.linkDown()
        _ = bench.feed(.linkUp)
        #expect(bench.welcome(capabilities: [.readers]) == ["send readers 1"])
    }

    @Test func timesAreCountedFromTheChange() throws {
        var (bench, _) = opened()
        _ = bench.receive(.readersNoted, to: 1)
        _ = bench.pass(.seconds(8))
        var lost = facts(.lost)
        lost[0].status.lastRead = .init(what: "em4100, 40 bits", age: .zero)
        lost[0].lastReadAt = bench.now
        _ = bench.feed(.readers(lost))
        _ = bench.receive(.readersNoted, to: 2)
        _ = bench.pass(.seconds(4))
        lost[0].status.reads = 1
        _ = bench.feed(.readers(lost))
        let told = try #require(bench.lastReaders?.first)
        #expect(told.since == .seconds(4) && told.lastRead?.age == .seconds(4))
    }
}
