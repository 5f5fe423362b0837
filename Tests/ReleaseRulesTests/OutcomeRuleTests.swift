// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseRules
import Testing

struct OutcomeRuleTests {
    private static let outcomes: [Outcome] = [.printed(pages: 3), .unconfirmed, .neverStarted(.printerUnreachable)]

    @Test(arguments: [
        (ReleaseState.reserved, [Settlement.inDoubt, .inDoubt, .heldAgain]),
        (.sending, [.printed(pages: 3), .inDoubt, .heldAgain]),
        (.inDoubt, [.printed(pages: 3), .unchanged, .unchanged]),
        (.confirmed, [.unchanged, .unchanged, .unchanged]),
        (.failed, [.unchanged, .unchanged, .unchanged]),
    ])
    func anOutcomeSettlesARelease(state: ReleaseState, settlements: [Settlement]) {
        #expect(Self.outcomes.map { OutcomeRule.settle(state, $0) } == settlements)
    }

    @Test func anUnbelievableNumberOfPagesIsADoubt() {
        #expect(OutcomeRule.settle(.sending, .printed(pages: 1_000_000)) == .printed(pages: 1_000_000))
        #expect(OutcomeRule.settle(.sending, .printed(pages: 1_000_001)) == .inDoubt)
        #expect(OutcomeRule.settle(.sending, .printed(pages: -1)) == .inDoubt)
        #expect(OutcomeRule.settle(.inDoubt, .printed(pages: -1)) == .unchanged)
        #expect(OutcomeRule.settle(.sending, .printed(pages: 0)) == .printed(pages: 0))
    }

    @Test func morePagesThanADocumentHasMustBeMeant() throws {
        #expect(try SettleRule.settle(.inDoubt, pages: 6, most: 6) == .printed(pages: 6))
        #expect(throws: SettleRule.Refusal.moreThanThereAre(6)) { try SettleRule.settle(.inDoubt, pages: 7, most: 6) }
        #expect(throws: SettleRule.Refusal.badPageCount) { try SettleRule.check(1_000_001, most: 6) }
        #expect(SettleRule.most(PageCount(pages: 3, colorPages: nil, copies: 2)) == 6)
        #expect(SettleRule.most(PageCount(pages: 3, colorPages: nil, copies: 0)) == 3)
        #expect(SettleRule.most(.unknown) == nil)
        #expect(SettleRule.most(PageCount(pages: .max, colorPages: nil, copies: 2)) == nil)
    }

    @Test func aPersonSettlesADoubt() throws {
        #expect(try SettleRule.settle(.inDoubt, pages: 0, most: nil) == .heldAgain)
        #expect(try SettleRule.settle(.inDoubt, pages: 4, most: nil) == .printed(pages: 4))
        #expect(throws: SettleRule.Refusal.badPageCount) { try SettleRule.settle(.inDoubt, pages: -1, most: nil) }
        #expect(throws: SettleRule.Refusal.badPageCount) {
            try SettleRule.settle(.inDoubt, pages: 1_000_001, most: nil)
        }
        for state in JobState.allCases where state != .inDoubt {
            #expect(throws: SettleRule.Refusal.notInDoubt) { try SettleRule.settle(state, pages: 1, most: nil) }
        }
    }
}
