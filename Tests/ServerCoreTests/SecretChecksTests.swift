// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@testable import ServerCore

struct SecretChecksTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)

    private func check(_ number: UInt64) -> SecretChecks.Check {
        SecretChecks.Check(question: QuestionID(number), work: .check(SecretBytes([1]), nil))
    }

    private func numbers(_ checks: [SecretChecks.Check]) -> [UInt64] { checks.map(\.question.value) }

    @Test func oneLinkHasTwoAtTheThreadsAndOthersComeInTurn() {
        var checks = SecretChecks()
        for number in 1...10 { #expect(checks.add(check(UInt64(number)), of: LinkID(1), at: now) == true) }
        #expect(numbers(checks.takeNext()) == [1, 2])
        #expect(checks.takeNext() == [])
        for (number, link) in [(21, 2), (31, 3), (22, 2), (41, 4)] {
            #expect(checks.add(check(UInt64(number)), of: LinkID(UInt64(link)), at: now) == true)
        }
        #expect(numbers(checks.takeNext()) == [21, 31])
        checks.finish(QuestionID(1))
        // The link with many comes behind those that have none at the threads yet.
        #expect(numbers(checks.takeNext()) == [3])
        checks.finish(QuestionID(2))
        checks.finish(QuestionID(21))
        #expect(numbers(checks.takeNext()) == [41, 22])
    }

    @Test func oneLinkDoesNotTakeThePlacesOfOthers() {
        var checks = SecretChecks()
        for number in 1...64 { #expect(checks.add(check(UInt64(number)), of: LinkID(1), at: now) == true) }
        _ = checks.takeNext()
        let others = SecretChecks.placeLimit - SecretChecks.shareLimit
        for link in 0..<others {
            #expect(checks.add(check(UInt64(100 + link)), of: LinkID(UInt64(2 + link)), at: now) == true)
        }
        // All places are taken now; for whoever it is.
        #expect(checks.add(check(999), of: LinkID(1), at: now) == false)
        #expect(checks.add(check(999), of: LinkID(999), at: now) == false)
        _ = checks.takeNext()
        checks.finish(QuestionID(100))
        #expect(checks.add(check(999), of: LinkID(999), at: now) == true)
        #expect(checks.add(check(1000), of: LinkID(1000), at: now) == false)
    }

    @Test func whatHasWaitedForTooLongIsNotBegun() {
        var checks = SecretChecks()
        for number in 1...4 { _ = checks.add(check(UInt64(number)), of: LinkID(1), at: now) }
        _ = checks.takeNext()
        _ = checks.add(check(5), of: LinkID(1), at: now + .milliseconds(1))
        #expect(checks.deadline == now + SecretChecks.patience)
        #expect(checks.takeLate(at: now + .milliseconds(1499)) == [])
        #expect(checks.takeLate(at: now + SecretChecks.patience) == [QuestionID(3), QuestionID(4)])
        #expect(checks.deadline == now + SecretChecks.patience + .milliseconds(1))
        checks.finish(QuestionID(1))
        #expect(numbers(checks.takeNext()) == [5])
        #expect(checks.deadline == nil)
    }

    @Test func aLinkThatIsGoneLeavesItsPlacesWhenTheThreadsAreDone() {
        var checks = SecretChecks()
        for number in 1...5 { _ = checks.add(check(UInt64(number)), of: LinkID(1), at: now) }
        _ = checks.takeNext()
        #expect(checks.forget(LinkID(1)) == [QuestionID(3), QuestionID(4), QuestionID(5)])
        #expect(checks.takeNext() == [])
        #expect(checks.deadline == nil)
        for link in 0..<62 { _ = checks.add(check(UInt64(100 + link)), of: LinkID(UInt64(2 + link)), at: now) }
        #expect(checks.add(check(999), of: LinkID(999), at: now) == false)
        checks.finish(QuestionID(1))
        #expect(checks.add(check(999), of: LinkID(999), at: now) == true)
        // One that nobody knows changes nothing.
        checks.finish(QuestionID(1))
        checks.finish(QuestionID(77))
        #expect(checks.add(check(1000), of: LinkID(1000), at: now) == false)
    }

    /// 100 agents with one PIN each: as many as there are places are served in the order in which they came.
    @Test func manyLinksWithOneEachAreServedInOrder() {
        var checks = SecretChecks()
        var taken: [Int] = []
        for number in 1...100 where checks.add(check(UInt64(number)), of: LinkID(UInt64(number)), at: now) {
            taken.append(number)
        }
        #expect(taken == Array(1...SecretChecks.placeLimit))
        var served: [UInt64] = []
        while case let next = checks.takeNext(), !next.isEmpty {
            #expect(next.count <= SecretChecks.underWayLimit)
            served += numbers(next)
            for check in next { checks.finish(check.question) }
        }
        #expect(served == taken.map { UInt64($0) })
    }
}
