// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseRules
import Testing

@Suite struct ReaderRuleTests {
    private static func reader(_ state: ReaderStatus.State, tampered: Bool = false) -> ReaderStatus {
        var reader = ReaderStatus(name: "front", kind: "osdp", state: state)
        reader.isTampered = tampered
        return reader
    }

    @Test(
        arguments: [
            (nil, reader(.attached), []),
            (nil, reader(.waiting), []),
            (nil, reader(.lost), [.lost]),
            (nil, reader(.blocked, tampered: true), [.blocked, .tampered]),
            (reader(.attached), reader(.lost), [.lost]),
            (reader(.lost), reader(.lost), []),
            (reader(.lost), reader(.blocked), [.blocked]),
            (reader(.blocked), reader(.attached), [.back]),
            (reader(.lost), reader(.waiting), []),
            (reader(.attached), reader(.attached, tampered: true), [.tampered]),
            (reader(.attached, tampered: true), reader(.attached, tampered: true), []),
            (reader(.attached, tampered: true), reader(.attached), [.back]),
            (reader(.lost, tampered: true), reader(.attached, tampered: true), []),
            (reader(.attached), reader(.attached), []),
        ] as [(ReaderStatus?, ReaderStatus, [ReaderRule.Change])])
    func anOperatorHearsOfChanges(before: ReaderStatus?, now: ReaderStatus, changes: [ReaderRule.Change]) {
        #expect(ReaderRule.changes(from: before, to: now) == changes)
    }

    @Test func onlyAReaderThatIsBackNeedsNobody() {
        #expect(ReaderRule.Change.allCases.filter { !$0.isAlert } == [.back])
    }

    /// What an agent counts changes all the time, and nobody's business.
    @Test func readsAndDropsAreNoNews() {
        var now = Self.reader(.attached)
        now.reads = 7
        now.drops = [ReaderStatus.Drop(reason: "noise", count: 3)]
        now.obstacle = "the reader goes on typing"
        #expect(ReaderRule.changes(from: Self.reader(.attached), to: now) == [])
    }
}
