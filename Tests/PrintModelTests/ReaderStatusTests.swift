// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Testing

@Suite struct ReaderStatusTests {
    private func reader(_ number: Int, _ state: ReaderStatus.State = .attached) -> ReaderStatus {
        ReaderStatus(name: "r\(number)", kind: "wedge", state: state)
    }

    @Test func whatFitsIsLeftAsItIs() {
        let readers = (0..<ReaderStatus.countLimit).map { reader($0) }
        #expect(ReaderStatus.fitting(readers) == readers)
        #expect(ReaderStatus.fitting([]) == [])
    }

    @Test func ofTooManyReadersThoseInTroubleAreTold() {
        let readers = (0...ReaderStatus.countLimit).map {
            reader($0, $0 == ReaderStatus.countLimit ? .lost : .attached)
        }
        let fitting = ReaderStatus.fitting(readers)
        #expect(fitting.count == ReaderStatus.countLimit)
        #expect(fitting.first?.name == "r\(ReaderStatus.countLimit)")
        #expect(!fitting.contains { $0.name == "r\(ReaderStatus.countLimit - 1)" })
    }

    @Test func ofTooManyReasonsTheCommonestAreTold() {
        var one = reader(1)
        one.drops = (0...ReaderStatus.dropLimit).map { .init(reason: "reason \($0)", count: $0 == 3 ? 1 : 5) }
        let drops = ReaderStatus.fitting([one]).first?.drops ?? []
        #expect(drops.count == ReaderStatus.dropLimit)
        #expect(!drops.contains { $0.reason == "reason 3" })
        #expect(drops.map(\.reason) == drops.map(\.reason).sorted())
    }

    @Test(arguments: [(ReaderStatus.State.attached, false), (.waiting, false), (.lost, true), (.blocked, true)])
    func troubleIsWhatSomebodyMustLookAt(state: ReaderStatus.State, isInTrouble: Bool) {
        var one = reader(1, state)
        #expect(one.isInTrouble == isInTrouble)
        one.isTampered = true
        #expect(one.isInTrouble)
        one.isTampered = false
        one.obstacle = "dirt"
        #expect(one.isInTrouble)
    }
}
