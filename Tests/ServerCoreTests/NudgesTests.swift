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
