// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel
import Primitives
import ReleaseWire
import Testing

/// A badge that is to be held to a reader twice.
@Suite struct HoldAgainTests {
    private static let again = ReleaseMessage.challenge(Challenge(prompt: 1, kind: .presentAgain, triesLeft: 1))

    /// The first read is answered: hold it once more.
    private func held() -> (Bench, [String]) {
        var bench = Bench.open(capabilities: [.dialogue])
        _ = bench.read("4711")
        let told = bench.receive(Self.again, to: 1)
        return (bench, told)
    }

    @Test func theSameBadgeHeldAgainEndsBothReads() {
        var (bench, told) = held()
        #expect(told == ["show left hold-again"])
        _ = bench.pass(.seconds(1))
        #expect(bench.read("4711") == ["send credential 2", "journal presented"])
        #expect(
            bench.receive(.registered(user: "ada"), to: 2)
                == ["show left registered", "journal registered", "journal registered"])
        #expect(bench.pass(.seconds(14)) == [], "nothing waits any more")
    }

    /// The reader repeats a badge that is still held to it.
    @Test func aBadgeThatIsStillHeldIsNotHeldAgain() {
        var (bench, _) = held()
        _ = bench.pass(.milliseconds(499))
        #expect(bench.read("4711") == ["journal duplicate"])
        _ = bench.pass(.milliseconds(500))
        #expect(bench.read("4711") == ["send credential 2", "journal presented"])
    }

    @Test func anotherBadgeIsTheServersToRefuse() {
        var (bench, _) = held()
        #expect(bench.read("4712") == ["send credential 2", "journal presented"])
        let told = bench.receive(.refused(Refusal(.differentBadge)), to: 2)
        #expect(told.first == "show left different-badge")
        #expect(told.count == 3, "one outcome for each read")
    }

    @Test func afterTenSecondsItIsOver() {
        var (bench, _) = held()
        #expect(bench.pass(.milliseconds(9_999)) == [])
        #expect(bench.pass(.milliseconds(1)) == ["show left not-held-again", "journal abandoned"])
        #expect(bench.read("4711") == ["send credential 2", "journal presented"])
        #expect(bench.receive(.refused(Refusal(.noJobs)), to: 2) == ["show left no-jobs", "journal noJobs"])
    }

    @Test func aBadgeAtAnotherReaderIsAnotherMatter() {
        var (bench, _) = held()
        _ = bench.read("4712", at: "right")
        #expect(bench.receive(.refused(Refusal(.noJobs)), to: 2) == ["show right no-jobs", "journal noJobs"])
        #expect(bench.pass(.seconds(10)) == ["show left not-held-again", "journal abandoned"])
    }

    @Test func aLostLinkEndsTheWait() {
        var (bench, _) = held()
        #expect(bench.linkDown().filter { $0 != "dial" } == ["show left server-away", "journal serverAway"])
        #expect(bench.core.deadline != nil)
    }

    /// The server took the second one for a first one.
    @Test func aSecondQuestionEndsTheFirstRead() {
        var (bench, _) = held()
        _ = bench.pass(.seconds(9))
        _ = bench.read("4711")
        #expect(bench.receive(Self.again, to: 2) == ["show left hold-again", "journal abandoned"])
        #expect(bench.pass(.seconds(10)) == ["show left not-held-again", "journal abandoned"])
    }
}
