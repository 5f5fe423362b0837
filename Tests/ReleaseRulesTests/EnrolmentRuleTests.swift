// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import Testing

@Suite struct EnrolmentRuleTests {
    private static let now = WallTime(milliseconds: 1_000_000)
    private static let (ada, ben) = (UserID(1), UserID(2))

    private static func first(_ hash: [UInt8], ago: Duration = .seconds(3)) -> EnrolmentRule.FirstRead {
        EnrolmentRule.FirstRead(hash: hash, at: now.advanced(by: .zero - ago))
    }

    @Test(
        arguments: [
            ([1], [], nil, .holdAgain),
            ([1], [], first([1]), .enrol),
            ([2], [], first([1]), .refuse(.different)),
            ([1], [ada], nil, .refuse(.taken(ada))),
            ([1], [ben, ada], first([1]), .refuse(.taken(ada))),
            (nil, [], nil, .refuse(.unfit)),
            (nil, [], first([1]), .refuse(.unfit)),
            ([1], [], first([1], ago: .seconds(10)), .enrol),
            ([2], [], first([1], ago: .milliseconds(10_001)), .holdAgain),
            ([1], [], first([1], ago: .seconds(-1)), .holdAgain),
        ] as [([UInt8]?, [UserID], EnrolmentRule.FirstRead?, EnrolmentRule.Step)])
    func aReadTakesTheEnrolmentOn(
        hash: [UInt8]?, holders: [UserID], first: EnrolmentRule.FirstRead?, step: EnrolmentRule.Step
    ) {
        #expect(EnrolmentRule.step(hash: hash, holders: holders, first: first, at: Self.now) == step)
    }

    @Test(arguments: [(0, true), (59_999, true), (60_000, false), (-1, false)] as [(Int64, Bool)])
    func aReaderIsArmedForAMinute(age: Int64, isArmed: Bool) {
        let armed = WallTime(milliseconds: Self.now.milliseconds - age)
        #expect(EnrolmentRule.isArmed(since: armed, at: Self.now) == isArmed)
    }
}
