// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire
import Testing

@Suite struct AgentCoreTests {
    // MARK: Reads

    @Test func aReadGoesToTheServerBeforeTheDisk() {
        var bench = Bench.open()
        #expect(bench.read("1") == ["send credential 1", "journal presented"])
    }

    @Test func theSameBadgeHeldToTheReaderIsOneRead() {
        var bench = Bench.open()
        _ = bench.read("1")
        #expect(bench.read("1") == ["journal duplicate"])
        #expect(bench.read("1", at: "right") == ["send credential 2", "journal presented"])
    }

    @Test(arguments: [
        (Refusal.Code.unknownCredential, "unknown-badge", "unknown"), (.noJobs, "no-jobs", "noJobs"),
        (.locked, "locked", "locked"), (.readExpired, "too-late", "expired"), (.busy, "server-away", "serverAway"),
        (.noPrinter, "not-permitted", "printerUnavailable"), (.revoked, "not-permitted", "notPermitted"),
    ])
    func aRefusalIsShownAndRecorded(code: Refusal.Code, shown: String, recorded: String) {
        var bench = Bench.open()
        _ = bench.read("1")
        #expect(bench.receive(.refused(Refusal(code)), to: 1) == ["show left \(shown)", "journal \(recorded)"])
        #expect(bench.pass(.seconds(10)) == [])
    }

    @Test func withoutAServerTheReadIsAnsweredAtOnce() {
        var bench = Bench()
        #expect(bench.feed(.start) == ["dial"])
        #expect(bench.read("1") == ["journal presented", "show left server-away", "journal serverAway"])
    }

    @Test func aReadThatNobodyAnswersExpiresAfterFiveSeconds() {
        var bench = Bench.open()
        _ = bench.read("1")
        #expect(bench.pass(.milliseconds(4999)) == [])
        #expect(bench.pass(.milliseconds(1)) == ["show left too-late", "journal expired", "hang up"])
        // The session that comes after all ends with the connection.
        let session = SessionGrant(session: SessionID(5), user: "ada", jobs: 1, printer: Bench.printer)
        #expect(bench.receive(.session(session), to: 1) == [])
    }

    @Test func aReleaseThatNobodyAnswersEndsTheConnection() {
        var bench = Bench.open()
        _ = bench.read("1")
        let session = SessionGrant(session: SessionID(5), user: "ada", jobs: 1, printer: Bench.printer)
        #expect(bench.receive(.session(session), to: 1) == ["send release 2"])
        #expect(bench.pass(.seconds(5)) == ["show left too-late", "journal expired", "hang up"])
    }

    /// The five seconds are the person's, not each request's.
    @Test func whatTheSessionTookIsMissingForTheRelease() {
        var bench = Bench.open()
        _ = bench.read("1")
        _ = bench.pass(.seconds(4))
        let session = SessionGrant(session: SessionID(5), user: "ada", jobs: 1, printer: Bench.printer)
        _ = bench.receive(.session(session), to: 1)
        #expect(bench.pass(.seconds(1)) == ["show left too-late", "journal expired", "hang up"])
    }

    @Test func aLostLinkEndsTheReadsAndIsDialledAgain() {
        var bench = Bench.open()
        _ = bench.read("1")
        #expect(bench.linkDown() == ["show left server-away", "journal serverAway"])
        #expect(bench.pass(.milliseconds(250)) == ["dial"])
    }

    // MARK: PIN

    private func asked(_ bench: inout Bench, _ digits: String, at reader: String, _ correlation: UInt32) -> [String] {
        _ = bench.read(digits, at: reader)
        return bench.receive(
            .challenge(Challenge(prompt: correlation, kind: .pin, triesLeft: 5)), to: correlation)
    }

    @Test func aPINIsAskedForAndSent() {
        var bench = Bench.open()
        #expect(asked(&bench, "1", at: "left", 1) == ["show left enter-pin"])
        let typed = bench.type("4711")
        #expect(
            typed == Array(repeating: "show left enter-pin", count: 4) + [
                "send challengeReply 2", "show left checking",
            ])
        #expect(bench.receive(.refused(Refusal(.wrongPIN)), to: 2) == ["show left wrong-pin", "journal pinWrong"])
    }

    @Test func aPINThatNobodyTypesIsAbandoned() {
        var bench = Bench.open()
        _ = asked(&bench, "1", at: "left", 1)
        _ = bench.pass(.seconds(14))
        _ = bench.press(.digit(0x31))
        #expect(bench.pass(.milliseconds(29_999)).filter { !$0.contains("ping") } == [])
        #expect(bench.pass(.milliseconds(1)) == ["show left abandoned", "journal abandoned"])
        #expect(bench.type("4") == [])
    }

    @Test func anotherBadgeEndsTheWaitForThePIN() {
        var bench = Bench.open()
        _ = asked(&bench, "1", at: "left", 1)
        #expect(
            bench.read("2", at: "right") == [
                "show left abandoned", "journal abandoned", "send credential 2", "journal presented",
            ])
    }

    /// Both were on their way when both were asked.
    @Test func ofTwoQuestionsTheLaterStandsAndTheEarlierHasItsOutcome() {
        var bench = Bench.open()
        _ = bench.read("1", at: "left")
        _ = bench.read("2", at: "right")
        let (first, second) = (
            Challenge(prompt: 1, kind: .pin, triesLeft: 5), Challenge(prompt: 2, kind: .pin, triesLeft: 5)
        )
        #expect(bench.receive(.challenge(first), to: 1) == ["show left enter-pin"])
        #expect(
            bench.receive(.challenge(second), to: 2) == [
                "show left abandoned", "journal abandoned", "show right enter-pin",
            ])
    }

    @Test func aPINTypedWithoutAServerIsNotKept() {
        var bench = Bench.open()
        _ = asked(&bench, "1", at: "left", 1)
        #expect(bench.linkDown() == ["show left server-away", "journal serverAway"])
        #expect(bench.type("4711") == [])
    }

    // MARK: The past

    @Test func aRestartSettlesWhatWasOpen() {
        let entries: [JournalEntry] = [
            .presented(key: Bench.stream, reader: "left", at: WallTime(milliseconds: 0)), .began(ReleaseID(7)),
        ]
        var bench = Bench(entries)
        #expect(bench.feed(.start) == ["journal interrupted", "journal 7 unconfirmed", "dial"])
        #expect(bench.feed(.linkUp) == ["send hello 0"])
        // Nothing leaves before it is on disk.
        #expect(bench.welcome() == [])
        #expect(bench.sync() == ["send event 1 0", "send event 2 0"])
        #expect(bench.receive(Frame(.acknowledgement(through: 2))) == ["journal acknowledged 2"])
    }

    @Test func afterANewConnectionOnlyTheRestIsSent() {
        var bench = Bench.open()
        for number in 1...3 as ClosedRange<UInt32> {
            _ = bench.read("\(number)")
            _ = bench.receive(.refused(Refusal(.noJobs)), to: number)
        }
        #expect(bench.sync().count == 3)
        _ = bench.linkDown()
        #expect(bench.feed(.linkUp) == ["send hello 0"])
        #expect(bench.welcome(committed: 2) == ["journal acknowledged 2", "send event 3 0"])
    }

    @Test func whenTheServerCannotFollowTheEventsBeginAnew() {
        var bench = Bench.open()
        for number in 1...3 as ClosedRange<UInt32> {
            _ = bench.read("\(number)")
            _ = bench.receive(.refused(Refusal(.noJobs)), to: number)
        }
        _ = bench.sync()
        _ = bench.linkDown()
        _ = bench.feed(.linkUp)
        #expect(bench.receive(.refused(Refusal(.unknownStream)), to: 0) == ["hang up"])
        #expect(bench.linkDown() == ["need stream"])
        let stream = [UInt8](repeating: 9, count: 16)
        #expect(bench.feed(.newStream(stream)) == ["compact"])
        #expect(bench.core.journalState.stream == stream && bench.core.journalState.nextSequence == 4)
        _ = bench.pass(.seconds(1))
        _ = bench.feed(.linkUp)
        // Not before the new journal is on disk.
        #expect(bench.welcome() == [])
        #expect(bench.sync() == ["send event 1 0", "send event 2 0", "send event 3 0"])
    }

    @Test func aRefusedConnectionIsTriedAgainAfterAWait() {
        var bench = Bench()
        _ = bench.feed(.start)
        _ = bench.feed(.linkUp)
        #expect(bench.receive(.refused(Refusal(.unknownAgent)), to: 0) == ["hang up"])
        var waits: [Duration] = []
        for _ in 1...9 {
            #expect(bench.linkDown() == [])
            let start = bench.now
            var told: [String] = []
            while told.isEmpty { told = bench.pass(.milliseconds(50)) }
            #expect(told == ["dial"])
            waits.append(bench.now.elapsed(since: start))
        }
        #expect(waits.first == .milliseconds(250) && waits.last == .seconds(30) && waits == waits.sorted())
    }
}
