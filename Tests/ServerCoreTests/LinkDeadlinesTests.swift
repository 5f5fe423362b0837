// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@testable import ServerCore

@Suite struct LinkDeadlinesTests {
    private func time(_ seconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    @Test func whatIsDueComesOnceAndInOrderOfTheLinks() {
        var deadlines = LinkDeadlines()
        for (link, seconds) in [(3, 5), (1, 7), (2, 6), (4, 9)] as [(UInt64, UInt64)] {
            deadlines.keep(time(seconds), of: LinkID(link))
        }
        #expect(deadlines.first == time(5))
        #expect(deadlines.takeDue(at: time(4)).isEmpty)
        #expect(deadlines.takeDue(at: time(7)) == [LinkID(1), LinkID(2), LinkID(3)])
        #expect(deadlines.takeDue(at: time(7)).isEmpty && deadlines.first == time(9))
    }

    @Test func aDeadlinePutOffCostsNoEntryAndComesUpEarlyOnce() {
        var deadlines = LinkDeadlines()
        for seconds in 5..<500 as Range<UInt64> { deadlines.keep(time(seconds), of: LinkID(1)) }
        #expect(deadlines.entryCount == 1 && deadlines.first == time(5))
        #expect(deadlines.takeDue(at: time(5)) == [LinkID(1)])
        deadlines.keep(time(499), of: LinkID(1))
        #expect(deadlines.takeDue(at: time(498)).isEmpty && deadlines.takeDue(at: time(499)) == [LinkID(1)])
    }

    @Test func aDeadlineBroughtForwardCountsAtOnce() {
        var deadlines = LinkDeadlines()
        deadlines.keep(time(45), of: LinkID(1))
        deadlines.keep(time(15), of: LinkID(1))
        #expect(deadlines.first == time(15) && deadlines.takeDue(at: time(15)) == [LinkID(1)])
        #expect(deadlines.takeDue(at: time(45)).isEmpty, "the later entry is stale")
    }

    @Test func whatIsForgottenIsNotDueAndDoesNotPileUp() {
        var deadlines = LinkDeadlines()
        deadlines.keep(time(1), of: LinkID(1))
        deadlines.keep(nil, of: LinkID(2))
        deadlines.forget(LinkID(1))
        #expect(deadlines.takeDue(at: time(1)).isEmpty)
        for link in 1...10_000 as ClosedRange<UInt64> {
            deadlines.keep(time(5), of: LinkID(link))
            deadlines.forget(LinkID(link))
            #expect(deadlines.entryCount <= LinkDeadlines.staleLimit + 1)
        }
    }
}
