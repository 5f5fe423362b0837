// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import Testing

@testable import ServerCore

/// With the answers of what it is asked.
private final class Nudged {
    private var nudges = Nudges()

    var deadline: MonotonicTime? { nudges.deadline }

    func want(_ link: LinkID, at now: MonotonicTime) -> Bool { nudges.want(link, at: now) }

    func takeDue(at now: MonotonicTime) -> [LinkID] { nudges.takeDue(at: now) }

    func forget(_ link: LinkID) { nudges.forget(link) }
}

struct NudgesTests {
    private func at(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: (1000 + milliseconds) * 1_000_000)
    }

    @Test func theFirstGoesAtOnceAndTheRestTogetherAtTheEndOfTheInterval() {
        let nudges = Nudged()
        var sent: [UInt64] = []
        for time: UInt64 in stride(from: 0, to: 10_000, by: 10) {
            for _ in nudges.takeDue(at: at(time)) { sent.append(time) }
            if time < 5000, nudges.want(LinkID(1), at: at(time)) { sent.append(time) }
        }
        #expect(sent == [0, 1000, 2000, 3000, 4000, 5000])
        #expect(nudges.deadline == nil)
        #expect(nudges.want(LinkID(1), at: at(10_000)))
    }

    @Test func eachAgentHasItsOwn() {
        let nudges = Nudged()
        #expect(nudges.want(LinkID(1), at: at(0)))
        #expect(nudges.want(LinkID(2), at: at(500)))
        #expect(!nudges.want(LinkID(2), at: at(600)))
        #expect(!nudges.want(LinkID(1), at: at(600)))
        #expect(nudges.deadline == at(1000))
        #expect(nudges.takeDue(at: at(999)) == [])
        #expect(nudges.takeDue(at: at(1000)) == [LinkID(1)])
        #expect(nudges.takeDue(at: at(1500)) == [LinkID(2)])
        #expect(nudges.takeDue(at: at(9000)) == [])
    }

    @Test func whatIsOwedIsNotSaidTwice() {
        let nudges = Nudged()
        _ = nudges.want(LinkID(1), at: at(0))
        #expect(!nudges.want(LinkID(1), at: at(1)))
        // Somebody else wanted it before the tick came.
        #expect(nudges.want(LinkID(1), at: at(1000)))
        #expect(nudges.takeDue(at: at(1001)) == [])
    }

    @Test func whatIsHeldBackAfterThatIsNotLost() {
        let nudges = Nudged()
        #expect(nudges.want(LinkID(1), at: at(0)))
        #expect(!nudges.want(LinkID(1), at: at(1)))
        #expect(nudges.want(LinkID(1), at: at(1000)))
        #expect(!nudges.want(LinkID(1), at: at(1001)))
        #expect(nudges.takeDue(at: at(1002)) == [])
        #expect(nudges.deadline == at(2000))
        #expect(nudges.takeDue(at: at(2000)) == [LinkID(1)])
        #expect(nudges.deadline == nil)
    }

    private enum Step: CaseIterable {
        case want
        case tick
    }

    /// Whatever comes after what: nobody who wants it goes without, and nobody is asked twice within an interval.
    @Test func everyInterleavingOfAFewStepsAsksEachOnceInTime() {
        let steps = Step.allCases.flatMap { step in [0, 1, 999, 1000].map { (step, wait: $0 as UInt64) } }
        let length = 5
        for number in 0..<(0..<length).reduce(1, { product, _ in product * steps.count }) {
            var rest = number
            var play: [(step: Step, wait: UInt64)] = []
            for _ in 0..<length {
                play.append(steps[rest % steps.count])
                rest /= steps.count
            }
            if let wrong = broken(play) { Issue.record("\(play): \(wrong)") }
        }
    }

    private func broken(_ play: [(step: Step, wait: UInt64)]) -> String? {
        var nudges = Nudges()
        var (now, asked) = (0 as UInt64, [] as [UInt64])
        var isOwed = false
        for (step, wait) in play {
            now += wait
            switch step {
            case .want:
                isOwed = !nudges.want(LinkID(1), at: at(now))
                if !isOwed { asked.append(now) }
            case .tick:
                guard !nudges.takeDue(at: at(now)).isEmpty else { break }
                guard isOwed else { return "asked for nothing at \(now)" }
                asked.append(now)
                isOwed = false
            }
            if isOwed, nudges.deadline == nil { return "lost at \(now)" }
        }
        // What is not owed any more may wake once.
        while let deadline = nudges.deadline {
            now = max(now, deadline.nanoseconds / 1_000_000 - 1000)
            if !nudges.takeDue(at: at(now)).isEmpty { (isOwed, asked) = (false, asked + [now]) }
        }
        if isOwed { return "never asked" }
        if zip(asked, asked.dropFirst()).contains(where: { $1 - $0 < 1000 }) { return "asked at \(asked)" }
        return nil
    }

    @Test func whoIsGoneIsOwedNothing() {
        let nudges = Nudged()
        _ = nudges.want(LinkID(1), at: at(0))
        _ = nudges.want(LinkID(1), at: at(1))
        nudges.forget(LinkID(1))
        #expect(nudges.takeDue(at: at(5000)) == [])
        #expect(nudges.want(LinkID(1), at: at(1)))
    }

    @Test func aReleaseWaitsLongEnoughForWhatItCallsBack() { #expect(Nudges.interval < CustodyRule.recallPatience) }
}
